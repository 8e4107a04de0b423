// The demo shop: what a shop's own page does with Till, by the client for pages, and the provider's side beside it.

import { Till, TillError } from './till.js';

const API = new URL(document.body.dataset.api, location.href).href.replace(/\/$/, '');
const SESSION = 'till-demo';
/** The methods that a page can show without a script of the provider. */
const WAYS = {
  wechat_native: 'WeChat Pay, by QR code',
  wechat_h5: 'WeChat Pay, on a phone',
  alipay_qr: 'Alipay, by QR code',
  alipay_page: "Alipay's page",
  stripe_checkout: 'Stripe Checkout',
};
const PROVIDERS = { wechat: 'WeChat Pay', alipay: 'Alipay', stripe: 'Stripe' };

const at = (id) => document.getElementById(id);
let session = JSON.parse(localStorage.getItem(SESSION) ?? 'null');
let products = [];
let points;

const till = new Till({ url: API, token: () => session.token, language: 'en' });

/** An element; of `fields`, functions are handlers, and the rest attributes. */
function make(tag, fields, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

const money = (amount, currency) => new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount);
/** A product's name. Without an English one in the catalogue it is Chinese, and is read aloud as such. */
const named = (text) => make('span', { lang: /\p{Script=Han}/u.test(text) && 'zh' }, text);

function complain(error, where = at('problem')) {
  console.warn(error);
  const known = error instanceof TillError;
  where.textContent = known && error.status ? `${error.message} (${error.error})` : known ? 'There was no answer: is the stack running?' : String(error);
  where.hidden = false;
}

/** Does something once, with its button off meanwhile, and shows what goes wrong. */
const doing = (work, where) => async (event) => {
  const button = event.currentTarget;
  (where?.() ?? at('problem')).hidden = true;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    complain(error, where?.());
  } finally {
    button.disabled = false;
  }
};

/** The sandbox itself, which is not Till. */
async function sandbox(path, body) {
  const answer = await fetch(path, { method: 'POST', ...(body && { body: JSON.stringify(body) }), headers: { accept: 'application/json' } });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.msg ?? `The sandbox answers ${answer.status}`);
  return json;
}

// Signing in

async function signIn(user) {
  session = await sandbox('shop/sign-in', { user });
  localStorage.setItem(SESSION, JSON.stringify(session));
  await enter();
}

function signOut() {
  session = null;
  points = undefined;
  localStorage.removeItem(SESSION);
  show();
}

function show() {
  at('door').hidden = session !== null;
  at('shop').hidden = at('who').hidden = session === null;
  at('user').textContent = session?.user ?? '';
}

async function enter() {
  try {
    const [goods] = await Promise.all([till.products(), showWallet(), showOrders()]);
    products = goods.products;
    at('goods').replaceChildren(...products.map(card));
    at('paused').hidden = !goods.paused;
    at('paused').textContent = goods.paused ? (goods.paused_text ?? 'Nothing can be ordered at the moment. Orders that are open can still be paid.') : '';
    show();
  } catch (error) {
    // A token of an earlier stack, or an old one.
    if (error.status === 401) signOut();
    throw error;
  }
}

// The catalogue

function grantText(grant) {
  if (grant.type === 'points') return `${grant.amount} points`;
  if (grant.type === 'membership') return `${grant.tier} membership, ${grant.days} days`;
  return `${grant.count} ${grant.name}, for ${grant.days} days`;
}

function card(product) {
  const [first, ...more] = product.prices.map((price) => money(price.amount, price.currency));
  const isOpen = waysOf(product).length > 0;
  const says = isOpen ? 'Buy' : 'Not on sale now';
  return make('li', {},
    make('h2', {}, named(product.name)),
    make('p', { class: 'quiet' }, product.grants.map(grantText).join(' · ')),
    make('p', { class: 'price' }, first, more.length > 0 && make('small', {}, ` or ${more.join(', ')}`)),
    make('button', { class: 'main', disabled: !isOpen, 'aria-label': `${says} ${product.name}`, click: () => choose(product) }, says));
}

function waysOf(product) {
  return product.prices.flatMap((price) =>
    price.payment_methods.filter((method) => method in WAYS).map((method) => ({ method, price })));
}

// Paying

let watching = new AbortController();

function open(title, ...body) {
  at('till-title').replaceChildren(title);
  at('till-problem').hidden = true;
  at('state').textContent = '';
  at('till-body').replaceChildren(...body);
  if (!at('till').open) at('till').showModal();
}

const inDialog = () => at('till-problem');

function choose(product) {
  const ways = waysOf(product);
  const options = ways.map(({ method, price }, index) =>
    make('label', { class: 'way' }, make('input', { type: 'radio', name: 'way', value: index, checked: index === 0 }), make('b', {}, WAYS[method]), money(price.amount, price.currency)));
  const key = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const buy = doing(async () => {
    const { method, price } = ways[Number(at('till').querySelector('input[name=way]:checked').value)];
    const wish = { product_type: product.product_type, product_id: product.product_id, payment_method: method, currency: price.currency };
    // One key for each visit to this dialog and each way: pressing twice makes one order.
    pay(await till.createOrder(wish, { key: `${key}-${method}-${price.currency}` }), product.name);
  }, inDialog);
  open(named(product.name), make('fieldset', {}, make('legend', {}, 'How would you like to pay?'), ...options), make('button', { class: 'main wide', click: buy }, 'Order and pay'));
}

/** How to pay an order, and its states as they come. */
function pay(order, name) {
  const code = order.qr_code_url && make('img', { class: 'code', alt: `QR code for ${WAYS[order.payment_method]}`, src: `shop/qr.svg?text=${encodeURIComponent(order.qr_code_url)}`, width: 224, height: 224 });
  const link = order.pay_url && make('a', { class: order.checkout_url ? undefined : 'go', href: order.pay_url, target: '_blank', rel: 'noreferrer' }, `Go to ${providerOf(order.payment_method)}`);
  const until = new Date(order.qr_code_expire_at ?? order.expire_at).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit' });
  const own = [
    code,
    code && make('p', { class: 'quiet center' }, 'Nothing scans it here: pay below, at the provider.'),
    link && make('p', { class: 'center' }, link),
    make('p', { class: 'quiet center' }, `Good until ${until}.`),
  ].filter(Boolean);
  const page = order.checkout_url && make('a', { class: 'go', href: order.checkout_url, target: '_blank', rel: 'noreferrer' }, "Pay on the order's page");
  const retry = doing(async () => pay(await till.retry(order.order_no), name), inDialog);
  const cancel = doing(async () => till.cancel(order.order_no), inDialog);
  open(named(name),
    make('p', { class: 'amount' }, money(order.amount, order.currency)),
    ...(page ? [page, make('details', { open: true }, make('summary', {}, 'Or on a page of your own, as here'), ...own)] : own),
    make('div', { class: 'provider', id: 'provider' }),
    make('p', { class: 'center' }, make('button', { class: 'small', click: retry }, code ? 'A fresh code' : 'Try again'), ' ', make('button', { class: 'small', click: cancel }, 'Cancel the order')));
  void atProvider(order);
  void follow(order, name);
}

const providerOf = (method) => PROVIDERS[method.split('_')[0]];

/** The provider's side of an order's newest attempt: what its buyer, or its bad luck, can do. */
async function atProvider(order) {
  try {
    const answer = await fetch(`shop/trades/${order.order_no}`);
    const provider = providerOf(order.payment_method);
    const heading = (...word) => make('h3', {}, `You are ${provider} `, ...word);
    if (answer.status === 404) {
      const look = make('button', { click: doing(() => atProvider(order), inDialog) }, 'Look again');
      at('provider')?.replaceChildren(heading(), make('p', {}, `${provider} learns of this trade when its page is opened, by the link above.`), look);
      return;
    }
    if (!answer.ok) throw new Error(`The sandbox answers ${answer.status}`);
    const trade = await answer.json();
    const act = (word) => doing(async () => {
      await sandbox(`trades/${trade.payment_no}/${word}`);
      await atProvider(order);
    }, inDialog);
    const lose = make('button', { class: trade.loses_callback ? 'armed' : '', disabled: trade.loses_callback, click: act('faults/lose_callback') }, trade.loses_callback ? 'Callback will be lost ✓' : 'Lose the callback');
    const actions = trade.actions.map(({ word, label, can }) => make('button', { class: word === 'pay' ? 'main' : '', disabled: !can, click: act(word) }, label));
    at('provider')?.replaceChildren(
      heading(make('span', { class: `word ${trade.state}` }, trade.state === 'unseen' ? 'not scanned yet' : trade.state)),
      make('div', { class: 'row' }, ...actions, lose),
      make('p', { class: 'quiet' }, make('a', { href: `trades/${trade.payment_no}`, target: '_blank', rel: 'noreferrer' }, 'All that can go wrong, and its books')));
  } catch (error) {
    complain(error, inDialog());
  }
}

async function follow(order, name) {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  void showOrders().catch(complain);
  try {
    for await (const state of till.watchOrder(order.order_no, { pushUrl: order.push_url, signal })) {
      at('state').textContent = stateText(state);
      if (state.status === 'paid' && state.fulfilment === 'granted') received(state, name);
      else if (state.status !== 'pending') void atProvider(order);
    }
    if (!signal.aborted) await Promise.all([showWallet(), showOrders()]);
  } catch (error) {
    complain(error, inDialog());
  }
}

function stateText({ status, fulfilment, on_hold: isOnHold, attempt }) {
  if (status === 'cancelled') return 'The order is cancelled.';
  if (status === 'refunded') return 'Your money is back.';
  if (isOnHold) return 'A person of the team looks at this payment.';
  if (status === 'pending' && attempt?.state === 'processing') return 'Your payment is on its way …';
  if (status === 'pending' && (attempt?.state === 'failed' || attempt?.reason)) return 'The payment did not go through. Try again.';
  if (status === 'pending') return 'Waiting for your payment …';
  return fulfilment === 'granted' ? 'Paid, and in your wallet.' : 'Paid. Your goods are on their way …';
}

function received({ product }, name) {
  const bought = products.find((one) => one.product_type === product.product_type && one.product_id === product.product_id);
  const close = make('button', { class: 'main wide', click: () => at('till').close() }, 'Back to the shop');
  const provider = at('provider');
  at('till-body').replaceChildren(make('p', { class: 'done' }, '✓ You have ', (bought?.grants ?? []).map(grantText).join(' and ') || named(name), '.'), close, ...(provider ? [provider] : []));
  close.focus();
}

// Orders and refunds

async function showOrders() {
  const { orders } = await till.orders();
  const lines = orders.slice(0, 8).map(orderLine);
  at('orders').replaceChildren(...(lines.length > 0 ? lines : [make('li', { class: 'quiet' }, 'None yet.')]));
}

function orderLine(order) {
  const word = order.status === 'paid' && order.fulfilment !== 'granted' ? order.fulfilment : order.status;
  const name = order.product.name;
  const goOn = doing(async () => pay(await till.retry(order.order_no), name));
  const cancel = doing(async () => {
    await till.cancel(order.order_no);
    await showOrders();
  });
  return make('li', {},
    make('p', { class: 'line' }, make('b', {}, named(name)), money(order.amount, order.currency), make('span', { class: `word ${order.status}` }, word)),
    order.status === 'pending' && make('div', { class: 'does' },
      make('button', { class: 'small', click: goOn, 'aria-label': `Pay ${name}` }, 'Pay'),
      make('button', { class: 'small', click: cancel, 'aria-label': `Cancel ${name}` }, 'Cancel')),
    order.status === 'paid' && make('div', { class: 'does' },
      make('button', { class: 'small', click: doing(() => refund(order)), 'aria-label': `Refund, as the team: ${name}` }, 'Refund, as the team')));
}

/** A shop's server does this, or a person of the team: the buyer's token would be refused. */
async function refund(order) {
  const { token } = await sandbox('shop/sign-in', { user: 'team' });
  const answer = await fetch(`${API}/api/v1/payment/refund-order`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': `demo-${order.order_no}` },
    body: JSON.stringify({ order_no: order.order_no, reason: 'the demo shop' }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.msg} (${body.error})`);
  for await (const state of till.watchOrder(order.order_no, { until: ({ status, fulfilment }) => status === 'refunded' && fulfilment !== 'revoking' })) {
    await Promise.all([showWallet(), showOrders()]);
    at('problem').hidden = true;
    void state;
  }
}

// The wallet

async function showWallet() {
  const wallet = await till.wallet();
  const hasChanged = points !== undefined && points !== wallet.points;
  points = wallet.points;
  const { membership } = wallet;
  const day = (time) => new Date(time).toLocaleDateString('en', { year: 'numeric', month: 'short', day: 'numeric' });
  const facts = [
    membership.tier && `${membership.tier} member until ${day(membership.until)}`,
    ...wallet.quotas.map((quota) => `${quota.left} ${quota.name} left`),
  ].filter(Boolean);
  const lines = wallet.entries.slice(0, 5).map(entryText);
  at('wallet').replaceChildren(
    make('div', { class: `points${hasChanged ? ' changed' : ''}` }, String(wallet.points), make('small', {}, ' points')),
    facts.length > 0 && make('ul', { class: 'facts' }, ...facts.map((fact) => make('li', {}, fact))) || '',
    lines.length > 0 && make('div', { class: 'ledger' }, 'Lately', make('ol', {}, ...lines.map((line) => make('li', {}, line)))) || '');
}

function entryText(entry) {
  if (entry.type === 'grant') return `received ${entry.grants.map(grantText).join(', ')}`;
  if (entry.type === 'revoke') return entry.points ? `gave back ${Math.abs(entry.points)} points` : 'gave it back';
  if (entry.type === 'admin_grant') return `a gift of ${entry.grants.map(grantText).join(', ')}`;
  if (entry.type === 'admin_extend') return `a gift of ${entry.days} days of ${entry.tier} membership`;
  if (entry.type === 'admin_revoke') return 'the shop took something back';
  return `spent: ${entry.reason}`;
}

// Wiring

for (const button of document.querySelectorAll('[data-user]')) button.addEventListener('click', doing(() => signIn(button.dataset.user)));
at('sign-out').addEventListener('click', signOut);
at('close').addEventListener('click', () => at('till').close());
at('till').addEventListener('close', () => {
  watching.abort();
  Promise.all([showWallet(), showOrders()]).catch((error) => complain(error));
});

if (!document.body.dataset.api) {
  complain('This sandbox stands alone, without Till: there is nothing to buy. The providers’ side is there.');
} else if (session) {
  enter().catch((error) => complain(error));
} else {
  show();
}
