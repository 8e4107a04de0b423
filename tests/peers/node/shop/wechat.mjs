// A merchant at the sandbox's WeChat Pay, with wechatpay-axios-plugin: it verifies every answer by itself, with the public
// key or with the platform's certificate.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';

import { eventually, paymentNo } from '../lib.mjs';
import { Aes, Formatter, Rsa, Wechatpay } from '../sdks.mjs';

export async function shopAtWechat({ checks, ear, pay, base, settings, byCertificates }) {
  const mode = byCertificates ? 'certificates' : 'public key';
  const check = (name, run) => checks.run(`sandbox, wechatpay-axios-plugin with ${mode}: ${name}`, run);
  const { appid, mchid, apiv3_key } = settings;
  const [key_id, platform] = byCertificates
    ? [new X509Certificate(settings.platform_certificate).serialNumber, settings.platform_certificate]
    : [settings.platform_public_key_id, settings.platform_public_key];
  const connect = () =>
    new Wechatpay({
      mchid,
      serial: settings.merchant_serial,
      privateKey: settings.merchant_private_key,
      certs: { [key_id]: platform },
      baseURL: base,
      // Asks for answers that the public key signs; certificates are not asked for by name.
      headers: byCertificates ? {} : { 'Wechatpay-Serial': key_id },
    }).v3;
  const sdk = connect();
  const { transactions } = sdk.pay;
  const { refunds } = sdk.refund.domestic;

  const order = (out_trade_no, more = {}) => ({
    appid,
    mchid,
    out_trade_no,
    description: '会员 30 天',
    notify_url: `${ear.base}/wechat`,
    amount: { total: 1990, currency: 'CNY' },
    ...more,
  });
  const query = async (out_trade_no) =>
    (await transactions.outTradeNo.$no$.get({ params: { mchid }, no: out_trade_no })).data;
  const close = (out_trade_no) => transactions.outTradeNo.$no$.close.post({ mchid }, { no: out_trade_no });
  const refused = async (call, status, code) => {
    const error = await call.then(
      () => assert.fail('it is not refused'),
      (why) => why,
    );
    assert.deepEqual([error.response?.status, error.response?.data?.code], [status, code], error.message);
  };

  /** What a callback says, once the SDK has verified and opened it. */
  const opened = (event, number) =>
    ear.next(({ path, headers, body }) => {
      if (path !== '/wechat') return undefined;
      const [stamp, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map(
        (name) => headers[`wechatpay-${name}`],
      );
      assert.equal(serial, key_id);
      assert.ok(Rsa.verify(Formatter.response(stamp, nonce, body), signature, platform), 'a callback does not verify');
      const { event_type, resource } = JSON.parse(body);
      const text = Aes.AesGcm.decrypt(resource.ciphertext, apiv3_key, resource.nonce, resource.associated_data ?? '');
      const content = JSON.parse(text);
      return event_type === event && content.out_trade_no === number ? content : undefined;
    });

  const number = paymentNo();
  await check('native: creates', async () => {
    const { data } = await transactions.native.post(order(number));
    assert.match(data.code_url, /^weixin:\/\//);
  });
  await check('query: not paid yet', async () => {
    const said = await query(number);
    assert.deepEqual([said.trade_state, said.out_trade_no, said.mchid], ['NOTPAY', number, mchid]);
  });
  let trade;
  await check('native: pays, and the callback is believed', async () => {
    await pay(number);
    trade = await opened('TRANSACTION.SUCCESS', number);
    assert.deepEqual([trade.trade_state, trade.appid, trade.mchid], ['SUCCESS', appid, mchid]);
    assert.deepEqual([trade.amount.total, trade.amount.currency], [1990, 'CNY']);
    assert.ok(Date.parse(trade.success_time) > Date.now() - 300_000);
  });
  await check('query: paid, by our number and by theirs', async () => {
    const said = await query(number);
    assert.deepEqual([said.trade_state, said.transaction_id], ['SUCCESS', trade.transaction_id]);
    const { data } = await transactions.id.$id$.get({ params: { mchid }, id: trade.transaction_id });
    assert.deepEqual([data.trade_state, data.out_trade_no], ['SUCCESS', number]);
  });
  await check('close: a paid trade is not closed', () => refused(close(number), 400, 'ORDER_PAID'));

  const refund_no = `${number}R1`;
  await check('refund: is taken on, done, and the callback is believed', async () => {
    const { data } = await refunds.post({
      out_trade_no: number,
      out_refund_no: refund_no,
      reason: '退一部分',
      notify_url: `${ear.base}/wechat`,
      amount: { refund: 990, total: 1990, currency: 'CNY' },
    });
    assert.ok(['PROCESSING', 'SUCCESS'].includes(data.status), data.status);
    const heard = await opened('REFUND.SUCCESS', number);
    assert.deepEqual([heard.out_refund_no, heard.refund_status, heard.amount.refund], [refund_no, 'SUCCESS', 990]);
  });
  await check('refund query: done', async () => {
    const data = await eventually(async () => {
      const { data: said } = await refunds.$no$.get({ no: refund_no });
      return said.status === 'SUCCESS' ? said : undefined;
    });
    assert.deepEqual([data.out_refund_no, data.amount.refund, data.amount.total], [refund_no, 990, 1990]);
  });
  await check('query: after a part went back it says REFUND', async () => {
    assert.equal((await query(number)).trade_state, 'REFUND');
  });

  for (const [name, more, field, expected] of [
    ['jsapi', { payer: { openid: 'o-peers' } }, 'prepay_id', /^\w+/],
    ['h5', { scene_info: { payer_client_ip: '203.0.113.7', h5_info: { type: 'Wap' } } }, 'h5_url', /^https?:\/\//],
  ]) {
    await check(`${name}: creates, closes, and is closed`, async () => {
      const another = paymentNo();
      const { data } = await transactions[name].post(order(another, more));
      assert.match(data[field], expected);
      assert.equal((await close(another)).status, 204);
      assert.equal((await close(another)).status, 204, 'closing again is no fault');
      assert.equal((await query(another)).trade_state, 'CLOSED');
    });
  }
  await check('query: an unknown number', () => refused(query(paymentNo()), 404, 'ORDER_NOT_EXIST'));
  await check('create: a wrong signature', async () => {
    // What is sent is not what was signed.
    const transformRequest = [() => JSON.stringify(order(paymentNo(), { amount: { total: 1, currency: 'CNY' } }))];
    await refused(connect().pay.transactions.native.post(order(paymentNo()), { transformRequest }), 401, 'SIGN_ERROR');
  });
  if (!byCertificates) {
    await check('certificates: there are none', () => refused(sdk.certificates.get(), 404, 'RESOURCE_NOT_EXISTS'));
    return;
  }
  await check('certificates: open with the key, and are what they say', async () => {
    const { data } = await sdk.certificates.get();
    assert.ok(data.data.length > 0);
    for (const {
      serial_no,
      encrypt_certificate: { ciphertext, nonce, associated_data },
    } of data.data) {
      const pem = Aes.AesGcm.decrypt(ciphertext, apiv3_key, nonce, associated_data);
      assert.equal(new X509Certificate(pem).serialNumber, serial_no);
    }
  });
}
