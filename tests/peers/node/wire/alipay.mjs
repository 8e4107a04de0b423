// Alipay on the wire, judged by alipay-sdk: from our parameters it has to make our signature, and it signs what the
// gateway answers and notifies.

import assert from 'node:assert/strict';

import { hex, keyPair, oneBitOff, pairs, paymentNo, seconds } from '../lib.mjs';
import { AlipaySdk, alipaySign } from '../sdks.mjs';

const TRADE_NO = '2026112122001404121234567890';

export async function checkAlipay(checks, far) {
  const check = (name, run) => checks.run(`alipay, alipay-sdk: ${name}`, run);
  const app = keyPair();
  const gateway = keyPair();
  const settings = {
    base_url: 'https://alipay.peers.test',
    notify_url: 'https://shop.peers.test/alipay',
    app_id: '2021000122671080',
    seller_id: '2088102146225135',
    app_private_key: app.privateKey,
    app_public_key: app.publicKey,
    alipay_public_key: gateway.publicKey,
  };
  await far.account('alipay', settings);
  const sdk = (publicKey) =>
    new AlipaySdk({
      appId: settings.app_id,
      privateKey: app.privateKey,
      keyType: 'PKCS8',
      alipayPublicKey: publicKey,
    });
  const payment_no = paymentNo();
  const world = { settings, gateway, number: payment_no, ours: sdk(app.publicKey), theirs: sdk(gateway.publicKey) };
  const facts = {
    payment_no,
    amount_minor: 1990,
    currency: 'CNY',
    name: '会员 30 天',
    expire_at: seconds() + 1800,
    ip: '203.0.113.7',
    return_url: 'https://shop.peers.test/back?order=1&from=alipay',
    refund_no: `${payment_no}R1`,
    refund_minor: 990,
    reason: '退一部分',
    trade_no: TRADE_NO,
  };

  for (const [name, call, method, of, seen] of calls(facts)) {
    const asked = { ...facts, method };
    await check(`${name}: the SDK makes the same signature, and the answer is believed`, async () => {
      const said = await far.call('alipay', call, asked, (request) => answer(world, request));
      const [request] = said.sent;
      assert.equal(request.url.origin + request.url.pathname, `${settings.base_url}/gateway.do`);
      const content = checkParameters(world, parameters(request), of);
      assert.ok(said.done, JSON.stringify(said));
      seen(said.done, content);
    });
    await check(`${name}: an answer with one bit changed is not believed`, async () => {
      const said = await far.call('alipay', call, asked, (request) => {
        const body = Buffer.from(answer(world, request).body);
        return { body: oneBitOff(body, body.indexOf('Success') + 2) };
      });
      assert.equal(said.failed, 'distrust', JSON.stringify(said));
    });
  }

  await check('query: an answer with a brace in a string is believed', async () => {
    const asked = { ...facts, method: 'alipay_qr' };
    const said = await far.call('alipay', 'query', asked, (request) =>
      answer(world, request, { body: 'a } and a \\"{' }),
    );
    assert.ok(said.done, JSON.stringify(said));
  });

  for (const [name, method, of] of [
    ['page', 'alipay_page', 'alipay.trade.page.pay'],
    ['wap', 'alipay_wap', 'alipay.trade.wap.pay'],
  ]) {
    await check(`${name}: the address for the buyer is the SDK's for the same parameters and time`, async () => {
      const said = await far.call('alipay', 'create', { ...facts, method }, (request) => answer(world, request));
      assert.deepEqual(said.sent, [], "nothing is sent: the buyer's browser goes there");
      assert.ok(said.done?.show?.pay_url, JSON.stringify(said));
      const url = new URL(said.done.show.pay_url);
      assert.equal(url.origin + url.pathname, `${settings.base_url}/gateway.do`);
      const found = pairs(url.searchParams);
      const content = checkParameters(world, found, of);
      assert.deepEqual([content.out_trade_no, content.total_amount], [payment_no, '19.90']);
      assert.equal(found.notify_url, settings.notify_url);
      assert.equal(found.return_url, facts.return_url);
      assert.deepEqual(found, pairs(remade(world, found, of)));
    });
  }

  await checkNotifies(check, far, world);
}

function calls(facts) {
  const about = (content) => assert.ok(content.out_trade_no === facts.payment_no || content.trade_no === TRADE_NO);
  const paid = { word: 'paid', trade_no: TRADE_NO, amount_minor: 1990, currency: 'CNY' };
  const refunded = ({ says }) => {
    const found = says.find(({ word }) => word === 'refund');
    assert.deepEqual([found?.refund_no, found?.amount_minor, found?.state], [facts.refund_no, 990, 'succeeded']);
  };
  return [
    [
      'precreate',
      'create',
      'alipay_qr',
      'alipay.trade.precreate',
      (done, content) => {
        assert.equal(content.out_trade_no, facts.payment_no);
        assert.equal(content.total_amount, '19.90');
        assert.equal(done.show.qr_code_url, 'https://qr.alipay.com/peers');
      },
    ],
    [
      'query',
      'query',
      'alipay_qr',
      'alipay.trade.query',
      (done, content) => {
        about(content);
        assert.deepEqual(
          done.says.filter(({ word }) => word === 'paid'),
          [paid],
        );
      },
    ],
    [
      'close',
      'close',
      'alipay_qr',
      'alipay.trade.close',
      (done, content) => {
        about(content);
        assert.ok(done.says.every(({ word }) => word !== 'paid'));
      },
    ],
    [
      'refund',
      'refund',
      'alipay_qr',
      'alipay.trade.refund',
      (done, content) => {
        about(content);
        assert.deepEqual([content.out_request_no, content.refund_amount], [facts.refund_no, '9.90']);
        refunded(done);
      },
    ],
    [
      'refund query',
      'query_refund',
      'alipay_qr',
      'alipay.trade.fastpay.refund.query',
      (done, content) => {
        about(content);
        assert.equal(content.out_request_no, facts.refund_no);
        refunded(done);
      },
    ],
  ];
}

/** What was sent, whether in the query or in the form. */
function parameters({ url, body }) {
  return pairs([url.search.slice(1), body.toString()].filter(Boolean).join('&'));
}

/** Checks the common parameters and the signature, and returns what `biz_content` says. */
function checkParameters(world, found, method) {
  assert.equal(found.method, method);
  assert.equal(found.app_id, world.settings.app_id);
  assert.deepEqual([found.charset, found.sign_type, found.version], ['utf-8', 'RSA2', '1.0']);
  assert.match(found.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const age = Date.now() - Date.parse(`${found.timestamp.replace(' ', 'T')}+08:00`);
  assert.ok(Math.abs(age) < 60_000, `the time-stamp is not now in China: ${found.timestamp}`);
  const { sign, ...rest } = found;
  assert.ok(world.ours.notifyRSACheck(rest, sign, 'RSA2', true), 'the signature does not verify');
  assert.equal(sign, pairs(remade(world, found, method)).sign);
  return JSON.parse(found.biz_content);
}

/** The SDK's query string from the same parameters. */
function remade(world, { sign: _, method: __, biz_content, ...rest }, method) {
  const options = { bizContentAutoSnakeCase: false };
  return world.ours.sdkExecute(method, { ...rest, bizContent: JSON.parse(biz_content) }, options);
}

/** What the gateway answers, signed by the SDK. */
function answer(world, request, more = {}) {
  const { method, biz_content } = parameters(request);
  const numbers = { out_trade_no: world.number, trade_no: TRADE_NO };
  const said =
    {
      'alipay.trade.precreate': { out_trade_no: world.number, qr_code: 'https://qr.alipay.com/peers' },
      'alipay.trade.query': {
        ...numbers,
        trade_status: 'TRADE_SUCCESS',
        total_amount: '19.90',
        receipt_amount: '19.90',
        buyer_pay_amount: '19.90',
        buyer_logon_id: '159****5620',
        buyer_user_id: '2088102177846880',
        send_pay_date: inChina(),
      },
      'alipay.trade.close': numbers,
      'alipay.trade.refund': { ...numbers, fund_change: 'Y', refund_fee: '9.90', buyer_logon_id: '159****5620' },
      'alipay.trade.fastpay.refund.query': {
        ...numbers,
        out_request_no: JSON.parse(biz_content).out_request_no,
        refund_status: 'REFUND_SUCCESS',
        refund_amount: '9.90',
        total_amount: '19.90',
      },
    }[method] ?? assert.fail(`${method} was not expected`);
  const text = JSON.stringify({ code: '10000', msg: 'Success', ...said, ...more });
  const key = `${method.replaceAll('.', '_')}_response`;
  const sign = alipaySign(text, world.gateway.privateKey);
  const body = `{"${key}":${text},"sign":"${sign}"}`;
  // The SDK as a merchant would believe it: then so must we.
  world.theirs.checkResponseSign(body, key, sign);
  return { headers: { 'Content-Type': 'text/html;charset=utf-8' }, body };
}

function inChina() {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

/** A notify as Alipay sends it; `dropEmpty`: signed as by those SDKs that leave empty parameters out. */
function notify(world, more = {}, { dropEmpty = false, key = world.gateway.privateKey } = {}) {
  const content = {
    notify_time: inChina(),
    notify_type: 'trade_status_sync',
    notify_id: hex(16),
    charset: 'utf-8',
    version: '1.0',
    app_id: world.settings.app_id,
    auth_app_id: world.settings.app_id,
    seller_id: world.settings.seller_id,
    trade_no: TRADE_NO,
    out_trade_no: world.number,
    trade_status: 'TRADE_SUCCESS',
    subject: '会员 30 天 + 1%',
    buyer_id: '2088102177846880',
    buyer_logon_id: '159****5620',
    total_amount: '19.90',
    receipt_amount: '19.90',
    buyer_pay_amount: '19.90',
    gmt_create: inChina(),
    gmt_payment: inChina(),
    fund_bill_list: '[{"amount":"19.90","fundChannel":"ALIPAYACCOUNT"}]',
    ...more,
  };
  const names = Object.keys(content)
    .sort()
    .filter((name) => !dropEmpty || content[name] !== '');
  const sign = alipaySign(names.map((name) => `${name}=${content[name]}`).join('&'), key);
  return { ...content, sign_type: 'RSA2', sign };
}

function form(parameters_) {
  return {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(parameters_).toString(),
  };
}

async function checkNotifies(check, far, world) {
  const hear = (parameters_) => far.hear('alipay', form(parameters_));
  const paid = { word: 'paid', trade_no: TRADE_NO, amount_minor: 1990, currency: 'CNY' };

  for (const [name, make] of [
    ['a payment, with Chinese, a plus, a percent sign and JSON in it,', () => notify(world)],
    ['a payment with an empty parameter that is signed', () => notify(world, { body: '' })],
  ]) {
    await check(`notify: ${name} is believed`, async () => {
      const made = make();
      assert.ok(world.theirs.checkNotifySignV2({ ...made }), 'the SDK itself does not believe it');
      assert.deepEqual((await hear(made)).heard, { payment_no: world.number, says: [paid] });
    });
  }
  await check('notify: a payment with an empty parameter that is not signed is believed', async () => {
    assert.ok((await hear(notify(world, { body: '' }, { dropEmpty: true }))).heard);
  });
  await check('notify: one about a trade that waits for its buyer is no payment', async () => {
    const { heard } = await hear(notify(world, { trade_status: 'WAIT_BUYER_PAY' }));
    assert.ok(heard, 'it is not believed');
    assert.ok(heard.says.every(({ word }) => word !== 'paid'));
  });

  for (const [name, word, make] of [
    ['another amount', 'bad_signature', () => ({ ...notify(world), total_amount: '0.01' })],
    [
      'another status',
      'bad_signature',
      () => ({ ...notify(world, { trade_status: 'WAIT_BUYER_PAY' }), trade_status: 'TRADE_SUCCESS' }),
    ],
    ['a parameter more', 'bad_signature', () => ({ ...notify(world), refund_fee: '19.90' })],
    [
      'one bit of the signature changed',
      'bad_signature',
      () => {
        const made = notify(world);
        return { ...made, sign: oneBitOff(Buffer.from(made.sign, 'base64')).toString('base64') };
      },
    ],
    [
      'signed by the app, not by Alipay',
      'bad_signature',
      () => notify(world, {}, { key: world.settings.app_private_key }),
    ],
    [
      'no signature',
      'missing',
      () => {
        const { sign: _, ...rest } = notify(world);
        return rest;
      },
    ],
    ['about another app', 'other_merchant', () => notify(world, { app_id: '2021000000000000' })],
    ['about another seller', 'other_merchant', () => notify(world, { seller_id: '2088000000000000' })],
  ]) {
    await check(`notify: ${name}: refused as ${word}`, async () => {
      assert.deepEqual(await hear(make()), { distrust: word });
    });
  }
}
