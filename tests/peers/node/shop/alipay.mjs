// A merchant at the sandbox's Alipay, with alipay-sdk, with plain keys or with certificates: it is told to verify every
// answer.

import assert from 'node:assert/strict';

import { pairs, paymentNo } from '../lib.mjs';
import { AlipaySdk } from '../sdks.mjs';

export async function shopAtAlipay({ checks, ear, pay, base, settings, byCertificates }) {
  const mode = byCertificates ? 'certificates' : 'keys';
  const check = (name, run) => checks.run(`sandbox, alipay-sdk with ${mode}: ${name}`, run);
  const gateway = `${base}/gateway.do`;
  const sdk = new AlipaySdk({
    appId: settings.app_id,
    privateKey: settings.app_private_key,
    keyType: 'PKCS8',
    ...(byCertificates
      ? {
          appCertContent: settings.app_certificate,
          alipayPublicCertContent: settings.alipay_certificate,
          alipayRootCertContent: settings.alipay_root_certificate,
        }
      : { alipayPublicKey: settings.alipay_public_key }),
    gateway,
    camelcase: false,
  });
  const notify_url = `${ear.base}/alipay`;
  const exec = (method, bizContent, more = {}) => sdk.exec(method, { bizContent, ...more }, { validateSign: true });
  // A refusal need not be signed.
  const refused = async (method, bizContent, sub_code) => {
    const said = await sdk.exec(method, { bizContent });
    assert.deepEqual([said.code, said.sub_code], ['40004', sub_code]);
  };
  const order = (out_trade_no, more = {}) => ({ out_trade_no, total_amount: '19.90', subject: '会员 30 天', ...more });
  const accepted = (said) => assert.equal(said.code, '10000', JSON.stringify(said));
  const is = async (out_trade_no, status) => {
    const said = await exec('alipay.trade.query', { out_trade_no });
    accepted(said);
    assert.deepEqual([said.trade_status, said.total_amount, said.out_trade_no], [status, '19.90', out_trade_no]);
    return said;
  };

  /** A notify about a number, once the SDK has verified it in both of its ways. */
  const notified = (number, status) =>
    ear.next(({ path, body }) => {
      if (path !== '/alipay') return undefined;
      const said = pairs(body);
      assert.ok(sdk.checkNotifySignV2({ ...said }), 'a notify does not verify (V2)');
      // The older way decodes once more; that works as long as no value holds a percent sign.
      assert.ok(sdk.checkNotifySign({ ...said }), 'a notify does not verify (V1)');
      return said.out_trade_no === number && said.trade_status === status ? said : undefined;
    });
  const paidBy = async (number) => {
    await pay(number);
    const said = await notified(number, 'TRADE_SUCCESS');
    assert.deepEqual([said.app_id, said.seller_id, said.total_amount], [settings.app_id, settings.seller_id, '19.90']);
    assert.equal((await is(number, 'TRADE_SUCCESS')).trade_no, said.trade_no);
  };

  const number = paymentNo();
  await check('precreate: shows a code, and there is no trade before it is scanned', async () => {
    const said = await exec('alipay.trade.precreate', order(number), { notify_url });
    accepted(said);
    assert.match(said.qr_code, /^https?:\/\//);
    await refused('alipay.trade.query', { out_trade_no: number }, 'ACQ.TRADE_NOT_EXIST');
    await refused('alipay.trade.close', { out_trade_no: number }, 'ACQ.TRADE_NOT_EXIST');
  });
  await check('precreate: pays, the notify is believed, and the query agrees', () => paidBy(number));
  await check('refund: a part, and the same again is the same', async () => {
    const asked = {
      out_trade_no: number,
      refund_amount: '9.90',
      out_request_no: `${number}R1`,
      refund_reason: '退一部分',
    };
    const said = await exec('alipay.trade.refund', asked);
    accepted(said);
    assert.deepEqual([said.fund_change, said.refund_fee], ['Y', '9.90']);
    const again = await exec('alipay.trade.refund', asked);
    assert.deepEqual([again.code, again.refund_fee], ['10000', '9.90']);
  });
  await check('refund query: done, and an unknown number has no details', async () => {
    const said = await exec('alipay.trade.fastpay.refund.query', {
      out_trade_no: number,
      out_request_no: `${number}R1`,
    });
    assert.deepEqual([said.code, said.refund_status, said.refund_amount], ['10000', 'REFUND_SUCCESS', '9.90']);
    const unknown = await exec('alipay.trade.fastpay.refund.query', {
      out_trade_no: number,
      out_request_no: `${number}R9`,
    });
    assert.deepEqual([unknown.code, unknown.refund_status], ['10000', undefined]);
  });
  await check('refund: more than is left is refused', async () => {
    const said = await sdk.exec('alipay.trade.refund', {
      bizContent: { out_trade_no: number, refund_amount: '19.90', out_request_no: `${number}R2` },
    });
    assert.equal(said.code, '40004');
  });

  const visit = async (url) => {
    const answer = await fetch(url);
    assert.ok(answer.ok, `the page says ${answer.status}`);
    return answer.text();
  };
  await check("page: opens at the SDK's address, pays, and the notify is believed", async () => {
    const another = paymentNo();
    const content = order(another, { product_code: 'FAST_INSTANT_TRADE_PAY' });
    await visit(
      sdk.pageExec('alipay.trade.page.pay', 'GET', { bizContent: content, notify_url, return_url: `${ear.base}/back` }),
    );
    await paidBy(another);
  });
  await check("wap: opens at the SDK's address, waits, closes", async () => {
    const another = paymentNo();
    const content = order(another, { product_code: 'QUICK_WAP_WAY', quit_url: `${ear.base}/quit` });
    await visit(
      `${gateway}?${sdk.sdkExec('alipay.trade.wap.pay', { bizContent: content, notify_url, return_url: `${ear.base}/back` })}`,
    );
    await is(another, 'WAIT_BUYER_PAY');
    accepted(await exec('alipay.trade.close', { out_trade_no: another }));
    await is(another, 'TRADE_CLOSED');
  });
  const queried = () =>
    new URL(`${gateway}?${sdk.sdkExec('alipay.trade.query', { bizContent: { out_trade_no: number } })}`);
  await check('answers name the certificate that the SDK has, or none', async () => {
    const said = JSON.parse(await visit(queried()));
    assert.equal(said.alipay_trade_query_response.code, '10000');
    assert.equal(said.alipay_cert_sn, sdk.config.alipayCertSn);
    assert.equal(said.alipay_cert_sn !== undefined, byCertificates);
  });
  await check('a wrong signature is refused', async () => {
    const url = queried();
    url.searchParams.set('biz_content', JSON.stringify({ out_trade_no: paymentNo() }));
    const said = JSON.parse(await visit(url));
    const inner = said.alipay_trade_query_response ?? said.error_response;
    assert.deepEqual([inner.code, inner.sub_code], ['40002', 'isv.invalid-signature']);
  });
}
