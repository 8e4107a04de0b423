// The demo shop: a stranger signs in, buys at each provider, sees the wallet change, and gets the money back.

import assert from 'node:assert/strict';

import { DESK, LOOKS, PHONE, axe, fitsItsWidth, pageTest, sandboxUrl, screenshot } from './lib.mjs';

const SHOP = `${sandboxUrl}/`;
const WAYS = [
  ['WeChat Pay, by QR code', 'WeChat Pay'],
  ['WeChat Pay, on a phone', 'WeChat Pay'],
  ['Alipay, by QR code', 'Alipay'],
  ['Stripe Checkout', 'Stripe'],
];

async function enter(page) {
  await page.goto(SHOP);
  await page.getByRole('button', { name: 'Somebody new' }).click();
  await page.getByRole('heading', { name: 'Your wallet' }).waitFor();
}

/** Opens the payment of 100 points. */
async function orderPoints(page, way) {
  await page.getByRole('button', { name: 'Buy 100 points', exact: true }).click();
  await page.getByRole('radio', { name: way }).first().check();
  await page.getByRole('button', { name: 'Order and pay' }).click();
  await page.getByText('Waiting for your payment').waitFor();
}

const atProvider = (page, action) => page.locator('#provider').getByRole('button', { name: action, exact: true }).click();
const points = async (page) => (await page.locator('.points').textContent()).trim();
const orderLines = (page) => page.getByRole('region', { name: 'Your orders' }).getByRole('listitem');

for (const [way, provider] of WAYS) {
  pageTest(`visitor buys points by ${way} and sees them in the wallet`, PHONE, async (page) => {
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket));
    await enter(page);
    assert.equal(await points(page), '0 points');
    await orderPoints(page, way);
    await page.getByRole('heading', { name: `You are ${provider}` }).waitFor();
    await atProvider(page, 'Pay');
    await page.getByText('You have 100 points.').waitFor();
    await page.getByText('Paid, and in your wallet.').waitFor();
    await page.getByRole('button', { name: 'Back to the shop' }).click();
    await page.getByText('received 100 points').waitFor();
    assert.equal(await points(page), '100 points');
    await orderLines(page).getByText('paid').waitFor();
    assert.equal(sockets.length, 1, 'one socket is opened, by the address that came with the order');
  });
}

for (const [way, provider] of [['Stripe Checkout', 'Stripe'], ["Alipay's page", 'Alipay']]) {
  pageTest(`order is paid on the page of ${provider}, and the shop hears of it`, DESK, async (page, context) => {
    await enter(page);
    await orderPoints(page, way);
    const [other] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: `Go to ${provider}` }).click()]);
    await other.getByRole('button', { name: 'Pay', exact: true }).click();
    await page.getByText('Paid, and in your wallet.').waitFor();
    // Stripe sends the buyer back, to the address of the sandbox; Alipay does where the order names a page.
    if (provider === 'Stripe') await other.getByRole('heading', { name: 'Your wallet' }).waitFor();
  });
}

pageTest("provider's side is there once the provider's page was opened", DESK, async (page, context) => {
  await enter(page);
  await orderPoints(page, "Alipay's page");
  await page.getByText('Alipay learns of this trade when its page is opened').waitFor();
  const [other] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Go to Alipay' }).click()]);
  await other.getByRole('button', { name: 'Pay', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Look again' }).click();
  await atProvider(page, 'Pay');
  await page.getByText('Paid, and in your wallet.').waitFor();
});

pageTest('money goes back by the team, and the points with it', DESK, async (page) => {
  await enter(page);
  await orderPoints(page, 'Alipay, by QR code');
  await atProvider(page, 'Pay');
  await page.getByRole('button', { name: 'Back to the shop' }).click();
  await page.getByRole('button', { name: 'Refund, as the team: 100 points' }).click();
  await orderLines(page).getByText('refunded').waitFor();
  await page.getByText('gave back 100 points').waitFor();
  assert.equal(await points(page), '0 points');
});

pageTest('attempt that failed is tried again under a fresh code', PHONE, async (page) => {
  await enter(page);
  await orderPoints(page, 'WeChat Pay, by QR code');
  const before = await page.getByRole('img', { name: /QR code/ }).getAttribute('src');
  await atProvider(page, 'Fail');
  await page.locator('#provider').getByText('failed').waitFor();
  await page.getByRole('button', { name: 'A fresh code' }).click();
  await page.locator(`#till img:not([src="${before}"])`).waitFor();
  await page.locator('#provider a[href$="_2"]').waitFor();
  await atProvider(page, 'Pay');
  await page.getByText('Paid, and in your wallet.').waitFor();
});

pageTest('order is cancelled, and one that was left is paid later', {}, async (page) => {
  await enter(page);
  await orderPoints(page, 'WeChat Pay, by QR code');
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await page.getByText('The order is cancelled.').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await orderLines(page).getByText('cancelled').waitFor();
  await orderPoints(page, 'Alipay, by QR code');
  await page.keyboard.press('Escape');
  await page.reload();
  await page.getByRole('button', { name: 'Pay 100 points' }).click();
  await page.getByText('Waiting for your payment').waitFor();
  await atProvider(page, 'Pay');
  await page.getByText('Paid, and in your wallet.').waitFor();
});

pageTest('lost callback is marked, and wrong money is looked at by a person', {}, async (page) => {
  await enter(page);
  await orderPoints(page, 'WeChat Pay, by QR code');
  await atProvider(page, 'Lose the callback');
  await page.getByRole('button', { name: 'Callback will be lost' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await orderPoints(page, 'Alipay, by QR code');
  await atProvider(page, 'Pay a wrong amount');
  await page.getByText('A person of the team looks at this payment.').waitFor();
});

pageTest("order with Till's own page offers that page first", PHONE, async (page) => {
  const checkoutUrl = `${sandboxUrl}/trades`;
  await page.route('**/create-order', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), checkout_url: checkoutUrl } });
  });
  await enter(page);
  await orderPoints(page, 'WeChat Pay, by QR code');
  const first = page.locator('#till-body').getByRole('link').first();
  assert.deepEqual([await first.textContent(), await first.getAttribute('href')], ["Pay on the order's page", checkoutUrl]);
  await page.getByRole('img', { name: 'QR code for WeChat Pay' }).waitFor();
  await axe(page);
});

pageTest('code is an image that browsers can show', {}, async (page) => {
  await enter(page);
  await orderPoints(page, 'WeChat Pay, by QR code');
  const code = page.getByRole('img', { name: 'QR code for WeChat Pay' });
  await code.evaluate((image) => image.decode());
  assert.ok((await code.evaluate((image) => image.naturalWidth)) > 0);
});

pageTest('visitor stays signed in after a reload, until signing out', {}, async (page) => {
  await enter(page);
  const user = await page.locator('#user').textContent();
  await page.reload();
  await page.getByText(user).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Who is buying?' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Your wallet' }).isVisible(), false);
});

pageTest('token that the API refuses leads back to the door', {}, async (page) => {
  await enter(page);
  await page.evaluate(() => localStorage.setItem('till-demo', JSON.stringify({ user: 'x', token: 'a.b.c' })));
  await page.reload();
  await page.getByRole('heading', { name: 'Who is buying?' }).waitFor();
  await page.getByRole('alert').filter({ hasText: 'unauthenticated' }).waitFor();
});

pageTest('page without scripts says what it needs', { scripts: false }, async (page) => {
  await page.goto(SHOP);
  await page.getByRole('heading', { name: 'This shop needs scripts' }).waitFor();
  await page.getByRole('main').getByRole('link', { name: "the providers' side" }).click();
  await page.getByRole('heading', { name: 'Trades' }).waitFor();
});

for (const look of LOOKS) {
  pageTest('shop is without a violation and fits the window', look, async (page) => {
    const judge = async (name) => {
      await axe(page);
      await fitsItsWidth(page);
      await screenshot(page, `shop ${name} ${look.width} ${look.dark ? 'dark' : 'light'}`);
    };
    await page.goto(SHOP);
    await page.getByRole('heading', { name: 'Who is buying?' }).waitFor();
    await judge('door');
    await enter(page);
    await page.getByRole('button', { name: 'Buy Enterprise package', exact: true }).click();
    await judge('choice');
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('heading', { name: 'You are' }).waitFor();
    await page.getByText('Waiting for your payment').waitFor();
    await judge('payment');
    await atProvider(page, 'Pay');
    await page.getByRole('button', { name: 'Back to the shop' }).waitFor();
    await judge('paid');
    await page.getByRole('button', { name: 'Back to the shop' }).click();
    await orderLines(page).getByText('paid').waitFor();
    await judge('wallet');
  });
}

for (const look of LOOKS) {
  pageTest('shop says that nothing can be ordered, in the words of the team', look, async (page) => {
    let text = 'We are back at noon';
    await page.route('**/api/v1/payment/products', async (route) => {
      const response = await route.fetch();
      const { products } = await response.json();
      const closed = products.map((one) => ({ ...one, payment_methods: [], prices: one.prices.map((price) => ({ ...price, payment_methods: [] })) }));
      await route.fulfill({ response, json: { paused: true, paused_text: text, products: closed } });
    });
    await enter(page);
    const told = page.getByRole('region', { name: 'What would you like?' }).getByRole('status');
    await told.getByText(text).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Not on sale now 100 points', exact: true }).isDisabled());
    await axe(page);
    await fitsItsWidth(page);
    text = null;
    await page.reload();
    await told.getByText('Nothing can be ordered at the moment.').waitFor();
  });
}
