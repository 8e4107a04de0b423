// Stripe on the wire, judged by stripe: from our parameters it has to write our form, and it signs the events.

import assert from 'node:assert/strict';

import { hex, oneBitOff, pairs, paymentNo, seconds } from '../lib.mjs';
import { Stripe } from '../sdks.mjs';

const INTENT = 'pi_3PeersPeersPeers01';
const SESSION = 'cs_test_a1PeersPeersPeers01';

export async function checkStripe(checks, far) {
  const check = (name, run) => checks.run(`stripe, stripe: ${name}`, run);
  const settings = {
    base_url: 'https://stripe.peers.test',
    notify_url: 'https://shop.peers.test/stripe',
    secret_key: `sk_test_${hex(12)}`,
    publishable_key: `pk_test_${hex(12)}`,
    webhook_secret: `whsec_${hex(16)}`,
  };
  await far.account('stripe', settings);
  const payment_no = paymentNo();
  const world = { settings, number: payment_no, metadata: {} };
  const facts = {
    payment_no,
    amount_minor: 1999,
    currency: 'USD',
    name: 'Membership & 会员, 30 days [new]',
    expire_at: seconds() + 2400,
    return_url: 'https://shop.peers.test/back?order=1',
    refund_no: `${payment_no}R1`,
    refund_minor: 999,
    reason: 'a part goes back',
    trade_no: INTENT,
    handle: SESSION,
  };
  // Every later answer and event carries what the far end itself writes on its trades, as Stripe's do.
  const opening = { ...facts, method: 'stripe_checkout' };
  const { sent } = await far.call('stripe', 'create', opening, (request) => answer(world, request));
  world.metadata = under(fields(sent[0]?.body ?? ''), 'metadata');

  for (const [name, call, more, seen] of calls(facts, world)) {
    await check(`${name}: the SDK writes the same form, and the answer is read`, async () => {
      const said = await far.call('stripe', call, { ...facts, ...more }, (request) => answer(world, request));
      for (const request of said.sent) await checkRequest(world, request);
      assert.ok(said.done, JSON.stringify(said));
      seen(said.done, said.sent[0]);
    });
  }
  await check('the same call has the same idempotency key, and another call another', async () => {
    const key = async (asked) => {
      const whole = { ...facts, method: 'stripe_checkout', ...asked };
      const { sent, done } = await far.call('stripe', 'refund', whole, (request) => answer(world, request));
      assert.ok(done, 'the answer is not read');
      return sent.find(({ method }) => method === 'POST').headers.get('idempotency-key');
    };
    const first = await key({});
    assert.equal(await key({}), first);
    assert.notEqual(await key({ refund_no: `${payment_no}R2` }), first);
    assert.ok(first.length <= 255);
  });
  await checkEvents(check, far, world);
}

function calls(facts, world) {
  const paid = { word: 'paid', trade_no: INTENT, amount_minor: 1999, currency: 'USD' };
  const found = (says, word) => says.find((said) => said.word === word);
  return [
    [
      'checkout session',
      'create',
      { method: 'stripe_checkout' },
      (done, request) => {
        const sent = fields(request.body);
        assert.equal(request.url.pathname, '/v1/checkout/sessions');
        assert.equal(sent.mode, 'payment');
        assert.equal(sent['line_items[0][price_data][unit_amount]'], '1999');
        assert.equal(sent['line_items[0][price_data][currency]'], 'usd');
        assert.equal(sent['line_items[0][quantity]'], '1');
        assert.ok(
          Number(sent.expires_at) >= seconds() + 1800,
          'Stripe refuses an end that is less than 30 minutes away',
        );
        assert.ok(Object.values(under(sent, 'metadata')).includes(facts.payment_no));
        assert.deepEqual(under(sent, 'payment_intent_data', 'metadata'), under(sent, 'metadata'));
        assert.equal(done.show.pay_url, 'https://checkout.stripe.com/c/pay/peers');
      },
    ],
    [
      'payment intent',
      'create',
      { method: 'stripe_intent' },
      (done, request) => {
        const sent = fields(request.body);
        assert.equal(request.url.pathname, '/v1/payment_intents');
        assert.deepEqual([sent.amount, sent.currency], ['1999', 'usd']);
        // The same as on a session, but for the method.
        const [own, sessions] = [under(sent, 'metadata'), world.metadata].map(({ method: _, ...rest }) => rest);
        assert.deepEqual(own, sessions);
        assert.ok(Object.values(own).includes(facts.payment_no));
        assert.equal(done.show.client_secret, `${INTENT}_secret_peers`);
        assert.equal(done.show.publishable_key, world.settings.publishable_key);
      },
    ],
    [
      'query of a session',
      'query',
      { method: 'stripe_checkout' },
      (done) => {
        assert.deepEqual(found(done.says, 'paid'), paid);
      },
    ],
    [
      'query of a payment intent',
      'query',
      { method: 'stripe_intent', handle: INTENT },
      (done) => {
        assert.deepEqual(found(done.says, 'paid'), paid);
      },
    ],
    [
      'expiry of a session',
      'close',
      { method: 'stripe_checkout' },
      (done, request) => {
        assert.equal(request.url.pathname, `/v1/checkout/sessions/${SESSION}/expire`);
        assert.ok(found(done.says, 'closed') && !found(done.says, 'paid'));
      },
    ],
    [
      'cancellation of a payment intent',
      'close',
      { method: 'stripe_intent', handle: INTENT },
      (done, request) => {
        assert.equal(request.url.pathname, `/v1/payment_intents/${INTENT}/cancel`);
        assert.ok(found(done.says, 'closed') && !found(done.says, 'paid'));
      },
    ],
    [
      'refund',
      'refund',
      { method: 'stripe_checkout' },
      (done, request) => {
        const sent = fields(request.body);
        assert.deepEqual([request.url.pathname, sent.payment_intent, sent.amount], ['/v1/refunds', INTENT, '999']);
        assert.ok(Object.values(under(sent, 'metadata')).includes(facts.refund_no));
        world.refundMetadata = under(sent, 'metadata');
        const { refund_no, amount_minor, state } = found(done.says, 'refund');
        assert.deepEqual([refund_no, amount_minor, state], [facts.refund_no, 999, 'succeeded']);
      },
    ],
    [
      'refund query',
      'query_refund',
      { method: 'stripe_checkout' },
      (done) => {
        const { refund_no, amount_minor, state } = found(done.says, 'refund');
        assert.deepEqual([refund_no, amount_minor, state], [facts.refund_no, 999, 'succeeded']);
      },
    ],
  ];
}

/**
 * A form's parameters. A list may be written with numbers, as the SDK does, or without, as Stripe's documentation does:
 * `expand[0]=a&expand[1]=b` and `expand[]=a&expand[]=b` are the same.
 */
function fields(form) {
  const counts = {};
  const numbered = (name) =>
    name.replace(/\[\]$/, () => {
      counts[name] = (counts[name] ?? -1) + 1;
      return `[${counts[name]}]`;
    });
  const given = [...new URLSearchParams(form.toString())];
  return pairs(new URLSearchParams(given.map(([name, value]) => [numbered(name), value])));
}

/** The parameters below a name: `metadata[order_no]` as `order_no`. */
function under(sent, ...path) {
  const prefix = `${path[0]}${path
    .slice(1)
    .map((name) => `[${name}]`)
    .join('')}[`;
  const names = Object.keys(sent).filter((name) => name.startsWith(prefix));
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length, -1), sent[name]]));
}

async function checkRequest({ settings }, { method, url, headers, body }) {
  assert.equal(url.origin, settings.base_url);
  assert.equal(headers.get('authorization'), `Bearer ${settings.secret_key}`);
  assert.match(headers.get('stripe-version') ?? '', /^\d{4}-\d\d-\d\d/, 'the version is not pinned');
  if (method !== 'POST') return;
  // What makes something new must not make it twice. An end is an end however often it is asked for, and under a key
  // Stripe would repeat an old refusal.
  if (!/\/(expire|cancel)$/.test(url.pathname)) {
    assert.ok(headers.get('idempotency-key'), 'there is no idempotency key');
  }
  assert.equal(headers.get('content-type'), 'application/x-www-form-urlencoded');
  const sent = fields(body);
  assert.deepEqual(sent, fields(await written(url.pathname, nested(sent))));
}

/** What the SDK writes from parameters, caught before it is sent. */
async function written(path, parameters) {
  let caught;
  const fetch = async (_, { body }) => {
    caught = body;
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  };
  const stripe = new Stripe('sk_test_peers', { httpClient: Stripe.createFetchHttpClient(fetch), telemetry: false });
  await stripe.rawRequest('POST', path, parameters);
  return caught ?? '';
}

/** `a[b][0][c]=d` as objects and lists. */
function nested(sent) {
  const made = {};
  for (const [name, value] of Object.entries(sent)) {
    const path = name.split(/\[|\]\[?/).filter((piece) => piece !== '');
    const last = path.pop();
    path.reduce((at, piece) => (at[piece] ??= {}), made)[last] = value;
  }
  const listed = (thing) => {
    if (typeof thing !== 'object') return thing;
    const all = Object.entries(thing).map(([name, inner]) => [name, listed(inner)]);
    return all.every(([name], at) => name === String(at)) && all.length
      ? all.map(([, inner]) => inner)
      : Object.fromEntries(all);
  };
  return listed(made);
}

/** What Stripe answers. Its answers are not signed. */
function answer(world, { method, url, body }) {
  const path = url.pathname;
  const sent = fields(body);
  const written = { metadata: under(sent, 'metadata') };
  const made =
    {
      'POST /v1/checkout/sessions': session(world, {
        status: 'open',
        payment_status: 'unpaid',
        payment_intent: null,
        url: 'https://checkout.stripe.com/c/pay/peers',
        ...written,
      }),
      'POST /v1/payment_intents': intent(world, {
        status: 'requires_payment_method',
        amount_received: 0,
        ...written,
      }),
      [`GET /v1/checkout/sessions/${SESSION}`]: session(
        world,
        url.search.includes('expand') ? { payment_intent: intent(world, {}) } : {},
      ),
      [`GET /v1/payment_intents/${INTENT}`]: intent(world, {}),
      [`POST /v1/checkout/sessions/${SESSION}/expire`]: session(world, {
        status: 'expired',
        payment_status: 'unpaid',
        payment_intent: null,
      }),
      [`POST /v1/payment_intents/${INTENT}/cancel`]: intent(world, { status: 'canceled', amount_received: 0 }),
      'POST /v1/refunds': refund({ ...world, refundMetadata: written.metadata }),
      'GET /v1/refunds': { object: 'list', url: '/v1/refunds', has_more: false, data: [refund(world)] },
      'GET /v1/refunds/re_3Peers': refund(world),
    }[`${method} ${path}`] ?? assert.fail(`${method} ${url} was not expected`);
  return { headers: { 'Content-Type': 'application/json', 'Request-Id': 'req_peers' }, body: JSON.stringify(made) };
}

function session(world, more) {
  return {
    id: SESSION,
    object: 'checkout.session',
    amount_total: 1999,
    currency: 'usd',
    mode: 'payment',
    status: 'complete',
    payment_status: 'paid',
    client_reference_id: world.number,
    metadata: world.metadata,
    created: seconds(),
    expires_at: seconds() + 2400,
    livemode: false,
    payment_intent: INTENT,
    url: null,
    ...more,
  };
}

function intent(world, more) {
  return {
    id: INTENT,
    object: 'payment_intent',
    amount: 1999,
    amount_received: 1999,
    currency: 'usd',
    status: 'succeeded',
    livemode: false,
    client_secret: `${INTENT}_secret_peers`,
    created: seconds(),
    metadata: world.metadata,
    latest_charge: 'ch_3Peers',
    ...more,
  };
}

function refund(world) {
  return {
    id: 're_3Peers',
    object: 'refund',
    amount: 999,
    currency: 'usd',
    payment_intent: INTENT,
    charge: 'ch_3Peers',
    status: 'succeeded',
    metadata: world.refundMetadata ?? {},
    created: seconds(),
  };
}

/** An event as Stripe sends it, signed by the SDK. */
function event(world, type, object, { timestamp = seconds(), secret = world.settings.webhook_secret } = {}) {
  // Indented, as Stripe does: the bytes count, not what they mean.
  const body = JSON.stringify(
    {
      id: `evt_${hex(12)}`,
      object: 'event',
      api_version: '2026-01-28',
      created: seconds(),
      livemode: false,
      pending_webhooks: 1,
      type,
      data: { object },
    },
    null,
    2,
  );
  const header = Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp });
  return { headers: { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': header }, body };
}

async function checkEvents(check, far, world) {
  const hear = (made) => far.hear('stripe', made);
  const completed = (options) => event(world, 'checkout.session.completed', session(world, {}), options);
  const paid = { word: 'paid', trade_no: INTENT, amount_minor: 1999, currency: 'USD' };

  for (const [type, object] of [
    ['checkout.session.completed', () => session(world, {})],
    ['payment_intent.succeeded', () => intent(world, {})],
  ]) {
    await check(`event: ${type} is believed, as a payment`, async () => {
      const made = event(world, type, object());
      Stripe.webhooks.constructEvent(made.body, made.headers['Stripe-Signature'], world.settings.webhook_secret);
      const { heard } = await hear(made);
      assert.equal(heard?.payment_no, world.number);
      assert.deepEqual(
        heard.says.find(({ word }) => word === 'paid'),
        paid,
      );
    });
  }
  await check('event: a refund is believed', async () => {
    const { heard } = await hear(event(world, 'refund.updated', refund(world)));
    assert.ok(heard?.says.some(({ word, state }) => word === 'refund' && state === 'succeeded'));
  });
  await check('event: of two signatures one has to be right', async () => {
    const made = completed();
    const other = completed({ secret: 'whsec_rolled' }).headers['Stripe-Signature'].split(',v1=')[1];
    made.headers['Stripe-Signature'] = made.headers['Stripe-Signature'].replace(',v1=', `,v1=${other},v1=`);
    assert.ok((await hear(made)).heard);
  });

  for (const [name, word, make] of [
    [
      'one bit of the body changed',
      'bad_signature',
      () => {
        const made = completed();
        return { ...made, body: oneBitOff(Buffer.from(made.body)) };
      },
    ],
    [
      'the same meaning in other bytes',
      'bad_signature',
      () => {
        const made = completed();
        return { ...made, body: JSON.stringify(JSON.parse(made.body)) };
      },
    ],
    ['signed with another secret', 'bad_signature', () => completed({ secret: 'whsec_other' })],
    [
      "only an old scheme's signature",
      'missing',
      () => {
        const made = completed();
        made.headers['Stripe-Signature'] = made.headers['Stripe-Signature'].replace('v1=', 'v0=');
        return made;
      },
    ],
    ['signed ten minutes ago', 'stale', () => completed({ timestamp: seconds() - 600 })],
    ['no signature', 'missing', () => ({ ...completed(), headers: { 'Content-Type': 'application/json' } })],
  ]) {
    await check(`event: ${name}: refused as ${word}`, async () => {
      assert.deepEqual(await hear(make()), { distrust: word });
    });
  }
}
