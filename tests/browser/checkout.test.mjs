// The page of an order: buying with each provider, and everything that can happen while it is open.

import assert from 'node:assert/strict';

import { DESK, LOOKS, PHONE, act, age, axe, call, fitsItsWidth, newUser, order, orderStatus, pageTest, screenshot, stack, token, until } from './lib.mjs';

const WECHAT = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.49';

/** A new order, and its page, opened. */
async function opened(page, method, more = {}) {
  const bearer = await token(newUser());
  const made = await order(bearer, method, more);
  await page.goto(made.checkout_url);
  return { bearer, no: made.order_no, url: made.checkout_url };
}

/** What no push tells is asked for every 30 seconds while a socket is open. */
const heading = (page, name) => page.getByRole('heading', { name }).waitFor({ timeout: 45_000 });

/** Cuts the page off from sockets before it opens one. */
async function withoutSockets(page) {
  await page.addInitScript(() => {
    globalThis.WebSocket = class {
      constructor() {
        setTimeout(() => this.onclose?.());
      }
      close() {}
    };
  });
}

function counted(page, part) {
  const seen = [];
  page.on('request', (request) => new URL(request.url()).pathname.endsWith(part) && seen.push(request.url()));
  return seen;
}

for (const [method, name] of [['wechat_native', 'WeChat Pay'], ['alipay_qr', 'Alipay']]) {
  pageTest(`code of ${name} is scanned, and the page learns of the payment by push`, {}, async (page) => {
    const looks = counted(page, '/status');
    const opening = page.waitForEvent('websocket');
    const { no } = await opened(page, method);
    const socket = await opening;
    const heard = socket.waitForEvent('framereceived');
    await heading(page, `Scan with ${name}`);
    await page.getByRole('img', { name: 'QR code to pay' }).waitFor();
    await act(no, 'pay');
    await heard;
    await heading(page, 'Paid');
    await page.getByText('100 points').waitFor();
    assert.ok(looks.length <= 8, `${looks.length} questions`);
  });
}

pageTest('card is paid on the page of the provider, which leads back', {}, async (page) => {
  const { no, url } = await opened(page, 'stripe_checkout');
  await page.getByRole('link', { name: 'Continue to card payment' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await page.goto(url);
  await heading(page, 'Paid');
  assert.ok(no);
});

pageTest('phone pays by the page of Alipay', PHONE, async (page) => {
  const { no, url } = await opened(page, 'alipay_wap');
  await page.getByRole('link', { name: 'Open Alipay' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await page.goto(url);
  await heading(page, 'Paid');
  assert.ok(no);
});

pageTest('without a socket the page asks, and learns of the payment', {}, async (page) => {
  await withoutSockets(page);
  const { no } = await opened(page, 'wechat_native');
  await act(no, 'pay');
  await heading(page, 'Paid');
});

pageTest('socket that is cut is replaced by questions', {}, async (page) => {
  const routes = [];
  await page.routeWebSocket(/.*/, (route) => routes.push([route, route.connectToServer()]));
  const { no } = await opened(page, 'alipay_qr');
  await until('a socket', async () => routes.length, (count) => count > 0);
  for (const [route, server] of routes) {
    await server.close();
    await route.close();
  }
  await act(no, 'pay');
  await heading(page, 'Paid');
});

pageTest('declined card is told by push, and the next try is paid', {}, async (page) => {
  const opening = page.waitForEvent('websocket');
  const { no, url } = await opened(page, 'stripe_checkout');
  const heard = (await opening).waitForEvent('framereceived');
  await act(no, 'fail');
  await heard;
  await page.getByText('The last payment did not go through').waitFor();
  await page.getByRole('link', { name: 'Continue to card payment' }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await page.goto(url);
  await heading(page, 'Paid');
});

pageTest('another method is one tap away', {}, async (page) => {
  const { no } = await opened(page, 'wechat_native');
  await page.getByRole('button', { name: 'Pay with Alipay' }).click();
  await heading(page, 'Scan with Alipay');
  await act(`${no}_2`, 'pay');
  await heading(page, 'Paid');
});

pageTest('card is chosen and leads on to the provider at once', {}, async (page) => {
  const { no } = await opened(page, 'wechat_native');
  await page.getByRole('button', { name: 'Pay with Card' }).click();
  await page.waitForURL(/\/trades\/|\/pay\/cs_/);
  assert.ok(no);
});

pageTest('payment on its way is told, and then what became of it', {}, async (page) => {
  const { no, url } = await opened(page, 'stripe_checkout');
  await act(no, 'process');
  await page.goto(url);
  await heading(page, 'Your payment is being processed');
  await act(no, 'pay');
  await heading(page, 'Paid');
});

pageTest('money that does not fit is told with both amounts', {}, async (page) => {
  const { no } = await opened(page, 'alipay_qr');
  await act(no, 'pay_wrong_amount');
  await heading(page, 'We are checking your payment');
  await page.getByText('Your order is ¥9.90; we received ¥9.89.').waitFor();
  assert.equal(await page.getByRole('button').count(), 0);
});

pageTest('cancelled order says that nothing was charged', {}, async (page) => {
  const { bearer, no } = await opened(page, 'wechat_native');
  await call(bearer, 'POST /cancel-order', { order_no: no });
  await heading(page, 'This order was cancelled');
});

pageTest('refunded order says how much is back', {}, async (page) => {
  const { bearer, no, url } = await opened(page, 'wechat_native');
  await act(no, 'pay');
  await until('granted', () => orderStatus(bearer, no), (status) => status.fulfilment === 'granted');
  const admin = await token('ann', 'admin');
  await call(admin, 'POST /refund-order', { order_no: no, reason: 'a test' }, { headers: { 'idempotency-key': no } });
  await until('refunded', () => orderStatus(bearer, no), (status) => status.status === 'refunded');
  await page.goto(url);
  await heading(page, /Refunded/);
  await page.getByText('Refunded: ¥9.90').waitFor();
});

for (const scripts of [true, false]) {
  pageTest('page is complete without a script, forms included', { scripts }, async (page) => {
    const { no } = await opened(page, 'wechat_native');
    await page.getByRole('img', { name: 'QR code to pay' }).waitFor();
    await page.getByRole('button', { name: 'Pay with Alipay' }).click();
    await heading(page, 'Scan with Alipay');
    await act(`${no}_2`, 'pay');
    if (!scripts) {
      await until('paid', async () => page.reload().then(() => page.content()), (html) => html.includes('You received:'));
    }
    await heading(page, 'Paid');
  });
}

pageTest('refused form is told on the page', { scripts: false }, async (page) => {
  const { bearer, no } = await opened(page, 'wechat_native');
  await call(bearer, 'POST /cancel-order', { order_no: no });
  await page.getByRole('button', { name: 'Pay with Alipay' }).click();
  await page.getByRole('alert').waitFor();
  await heading(page, 'This order was cancelled');
});

pageTest('page speaks Chinese to those who read it', { language: 'zh-CN' }, async (page) => {
  await opened(page, 'wechat_native');
  await heading(page, '用微信支付扫码付款');
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
});

pageTest('two tabs ask no more than one, and both learn', {}, async (page, context) => {
  await withoutSockets(page);
  const { no, url } = await opened(page, 'wechat_native');
  const second = await context.newPage();
  await withoutSockets(second);
  await second.goto(url);
  const looks = [counted(page, '/status'), counted(second, '/status')];
  await page.waitForTimeout(7_000);
  const asked = looks.map((seen) => seen.length);
  assert.ok(Math.min(...asked) <= 1, `both ask: ${asked}`);
  await act(no, 'pay');
  await Promise.all([heading(page, 'Paid'), heading(second, 'Paid')]);
});

pageTest('back and forward show how the order stands then', {}, async (page) => {
  const { no } = await opened(page, 'wechat_native');
  await page.goto('about:blank');
  await act(no, 'pay');
  await page.goBack();
  await heading(page, 'Paid');
});

pageTest('lost connection is told, and the page goes on when it is back', {}, async (page, context) => {
  const { no } = await opened(page, 'wechat_native');
  await context.setOffline(true);
  await page.getByText('You are offline').waitFor();
  await context.setOffline(false);
  await act(no, 'pay');
  await heading(page, 'Paid');
});

pageTest('ended code is told, and a new one is one tap away', {}, async (page) => {
  const { no, url } = await opened(page, 'wechat_native');
  await age(no, 16 * 60);
  await page.goto(url);
  await heading(page, 'This code is no longer valid');
  await page.getByRole('button', { name: 'Pay with WeChat Pay' }).click();
  await heading(page, 'Scan with WeChat Pay');
  await act(`${no}_2`, 'pay');
  await heading(page, 'Paid');
});

pageTest('countdown that ends while the page is open asks how the order stands', {}, async (page) => {
  const { no } = await opened(page, 'wechat_native');
  await withTime(page, /^1[0-5]:\d\d$/);
  await age(no, 15 * 60 - 5);
  await page.reload();
  await withTime(page, /^00:0\d$/);
  await heading(page, 'This code is no longer valid');
});

pageTest('expired order and stale link say what is left to do', {}, async (page) => {
  const { no, url } = await opened(page, 'alipay_qr');
  await age(no, 31 * 60);
  await page.goto(url);
  await heading(page, 'This order has expired');
  await page.getByText('You were not charged').waitFor();
  await page.goto(url.replace(/t=\d+/, `t=${Math.floor(Date.now() / 1000) - 1}`));
  await heading(page, 'This link is no longer valid');
});

const withTime = (page, pattern) => page.locator('time').filter({ hasText: pattern }).waitFor();

for (const look of LOOKS) {
  pageTest('each face is without a violation and fits the window', look, async (page) => {
    const waiting = await opened(page, 'wechat_native');
    await shot(page, 'waiting', look);
    await act(waiting.no, 'pay');
    await heading(page, 'Paid');
    await shot(page, 'paid', look);
    const odd = await opened(page, 'alipay_qr');
    await act(odd.no, 'pay_wrong_amount');
    await until('on hold', () => orderStatus(odd.bearer, odd.no), (status) => status.on_hold);
    await page.reload();
    await heading(page, 'We are checking your payment');
    await shot(page, 'in-review', look);
    const declined = await opened(page, 'stripe_checkout');
    await act(declined.no, 'fail');
    await until('declined', () => orderStatus(declined.bearer, declined.no), (status) => status.attempt.reason);
    await page.reload();
    await page.getByText('The last payment did not go through').waitFor();
    await shot(page, 'declined', look);
    const over = await opened(page, 'wechat_native');
    await age(over.no, 16 * 60);
    await page.reload();
    await heading(page, 'This code is no longer valid');
    await shot(page, 'code-over', look);
    await page.goto(waiting.url.replace(/t=/, 't=1'));
    await heading(page, 'This link is no longer valid');
    await shot(page, 'link-over', look);
  });
}

async function shot(page, face, look) {
  await axe(page);
  await fitsItsWidth(page);
  await screenshot(page, `checkout ${face} ${look.width}${look.dark ? ' dark' : ''}`);
}

pageTest('page in a frame is not shown', {}, async (page) => {
  const { url } = await opened(page, 'wechat_native');
  // A page of the same origin that permits frames itself.
  await page.goto(`${stack.api_url}/api/v1/payment/products`);
  await page.setContent(`<iframe src="${url}"></iframe>`);
  await page.waitForTimeout(1_000);
  const text = await page.frames()[1].evaluate(() => document.body.innerText).catch(() => '');
  assert.ok(!text.includes('9.90'), text);
  return /frame-ancestors/;
});

pageTest('page inside WeChat offers what WeChat can open', PHONE, async (page) => {
  await page.setExtraHTTPHeaders({ 'user-agent': WECHAT });
  await opened(page, 'wechat_jsapi', { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' });
  await page.evaluate(() => {
    globalThis.WeixinJSBridge = { invoke: (name, wish, then) => ((globalThis.asked = { name, wish }), then({ err_msg: 'get_brand_wcpay_request:ok' })) };
  });
  await page.getByRole('button', { name: 'Pay with WeChat' }).click();
  const asked = await until('WeChat is asked', () => page.evaluate(() => globalThis.asked), Boolean);
  assert.equal(asked.name, 'getBrandWCPayRequest');
  assert.deepEqual(Object.keys(asked.wish).sort(), ['appId', 'nonceStr', 'package', 'paySign', 'signType', 'timeStamp']);
  assert.equal(await page.getByRole('button', { name: 'Pay with Alipay' }).count(), 0);
});

pageTest('page costs its buyer less than 40 kB, and is painted by its first answer', DESK, async (page) => {
  let bytes = 0;
  const scripts = [];
  page.on('response', async (response) => {
    bytes += (await response.body().catch(() => Buffer.alloc(0))).length;
    if (response.request().resourceType() === 'script') scripts.push(response.url());
  });
  await opened(page, 'wechat_native');
  await page.waitForTimeout(500);
  console.log(`all of a page's bytes: ${bytes}`);
  assert.ok(bytes > 5_000 && bytes < 40_000, `${bytes} bytes`);
  assert.deepEqual(scripts, []);
});
