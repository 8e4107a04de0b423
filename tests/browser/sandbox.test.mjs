// The provider's side: the sandbox's list of trades and the page of a trade.

import assert from 'node:assert/strict';

import { LOOKS, PHONE, act, arm, axe, fitsItsWidth, newUser, order, orderStatus, pageTest, sandboxUrl, token, tradeUrl, until } from './lib.mjs';

const LIST = `${sandboxUrl}/trades`;
const METHODS = ['wechat_native', 'alipay_qr', 'stripe_checkout'];

async function ordered(method) {
  const bearer = await token(newUser());
  return { bearer, no: (await order(bearer, method)).order_no };
}

async function stateOf(page) {
  return (await page.locator('.word').first().textContent()).trim();
}

for (const method of METHODS) {
  pageTest(`button Pay pays a trade of ${method}, and the order is granted`, PHONE, async (page) => {
    const { bearer, no } = await ordered(method);
    await page.goto(tradeUrl(no));
    await page.getByRole('button', { name: 'Pay', exact: true }).click();
    const status = await until('granted', () => orderStatus(bearer, no), (status) => status.fulfilment === 'granted');
    assert.equal(status.status, 'paid');
    await page.goto(tradeUrl(no));
    assert.equal(await stateOf(page), 'paid');
    assert.equal(await page.getByRole('button', { name: 'Pay', exact: true }).count(), 0);
  });

  pageTest(`button Fail fails the attempt of ${method}, and the order stays pending`, {}, async (page) => {
    const { bearer, no } = await ordered(method);
    await page.goto(tradeUrl(no));
    await page.getByRole('button', { name: 'Fail', exact: true }).click();
    await page.waitForLoadState();
    assert.equal(await stateOf(page), 'failed');
    assert.equal((await orderStatus(bearer, no)).status, 'pending');
  });
}

pageTest('trade is paid without scripts', { scripts: false }, async (page) => {
  const { bearer, no } = await ordered('wechat_native');
  await page.goto(tradeUrl(no));
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await page.getByRole('heading', { name: 'Callbacks' }).waitFor();
  await until('paid', () => orderStatus(bearer, no), (status) => status.status === 'paid');
});

pageTest('list leads to a trade, and the trade back to the list', {}, async (page) => {
  const { no } = await ordered('alipay_qr');
  await page.goto(LIST);
  await page.getByRole('link', { name: no }).click();
  await page.getByRole('heading', { name: '9.90 CNY' }).waitFor();
  await page.getByRole('link', { name: 'All trades' }).click();
  await page.getByRole('link', { name: no }).waitFor();
});

pageTest('armed fault is marked on the page of its trade', {}, async (page) => {
  const { no } = await ordered('wechat_native');
  await page.goto(tradeUrl(no));
  await page.getByRole('button', { name: 'Lose the callback' }).click();
  await page.getByRole('button', { name: /Lose the callback ✓/ }).waitFor();
});

for (const look of LOOKS) {
  pageTest('pages of the provider are without a violation and fit the window', look, async (page) => {
    const { no: open } = await ordered('wechat_native');
    const { no: paid } = await ordered('stripe_checkout');
    const { no: failed } = await ordered('alipay_qr');
    await arm(paid, 'three_callbacks');
    await act(paid, 'pay');
    await act(paid, 'open_dispute');
    await arm(open, 'lose_callback');
    await act(failed, 'fail');
    for (const url of [LIST, tradeUrl(open), tradeUrl(paid), tradeUrl(failed), tradeUrl('unknown')]) {
      await page.goto(url);
      await axe(page);
      await fitsItsWidth(page);
    }
  });
}
