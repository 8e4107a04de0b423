// WeChat Pay on the wire, judged by wechatpay-axios-plugin: it verifies our requests, plays the platform with its own
// signatures and ciphers, and we are to believe just that.

import assert from 'node:assert/strict';

import { hex, keyPair, oneBitOff, paymentNo, seconds } from '../lib.mjs';
import { Aes, Formatter, Rsa } from '../sdks.mjs';

const AMOUNT = 1990;
const TRADE_NO = '4200001234202611211234567890';

export async function checkWechat(checks, far) {
  const check = (name, run) => checks.run(`wechat, wechatpay-axios-plugin: ${name}`, run);
  const merchant = keyPair();
  const platform = keyPair();
  const settings = {
    base_url: 'https://wechat.peers.test',
    notify_url: 'https://shop.peers.test/wechat',
    appid: 'wxd678efh567hg6787',
    mchid: '1900007291',
    merchant_serial: hex(20).toUpperCase(),
    merchant_private_key: merchant.privateKey,
    platform_public_key_id: `PUB_KEY_ID_0119000072912026112100${hex(5)}`,
    platform_public_key: platform.publicKey,
    apiv3_key: hex(16),
  };
  await far.account('wechat', settings);
  const world = { settings, merchant, platform, number: paymentNo() };
  const facts = factsOf(world.number);

  for (const [name, call, more, method, target, seen] of calls(settings, facts)) {
    await check(`${name}: the signature verifies, and the answer is believed`, async () => {
      const said = await far.call('wechat', call, { ...facts, ...more }, (request) => answer(world, request));
      const [request] = said.sent;
      assert.equal(`${request.method} ${request.url.pathname}${request.url.search}`, `${method} ${target}`);
      checkRequest(world, request);
      assert.ok(said.done, JSON.stringify(said));
      seen(said.done, JSON.parse(request.body.toString() || 'null'));
    });
    await check(`${name}: an answer with one bit changed is not believed`, async () => {
      const said = await far.call('wechat', call, { ...facts, ...more }, (request) => {
        const good = answer(world, request);
        // An answer without a body has only its headers to be changed.
        if (!good.body) good.headers['Wechatpay-Nonce'] = hex(16);
        return { ...good, body: oneBitOff(Buffer.from(good.body)) };
      });
      assert.equal(said.failed, 'distrust', JSON.stringify(said));
    });
  }

  await check("jsapi: the parameters for the buyer's script are signed", async () => {
    const asked = { ...facts, method: 'wechat_jsapi', openid: 'o-peers' };
    const { done } = await far.call('wechat', 'create', asked, (request) => answer(world, request));
    const shown = done?.show?.pay_params;
    assert.ok(shown, 'nothing is shown');
    assert.equal(shown.appId, settings.appid);
    assert.equal(shown.package, 'prepay_id=wx26112420520518bb1d3a');
    assert.equal(shown.signType, 'RSA');
    assert.ok(Math.abs(seconds() - Number(shown.timeStamp)) < 60);
    const text = Formatter.joinedByLineFeed(shown.appId, shown.timeStamp, shown.nonceStr, shown.package);
    assert.ok(Rsa.verify(text, shown.paySign, merchant.publicKey), 'paySign does not verify');
  });

  await checkCallbacks(check, far, world);
}

function factsOf(payment_no) {
  return {
    payment_no,
    amount_minor: AMOUNT,
    currency: 'CNY',
    name: '会员 30 天',
    expire_at: seconds() + 1800,
    ip: '203.0.113.7',
    refund_no: `${payment_no}R1`,
    refund_minor: 990,
    reason: '退一部分',
    trade_no: TRADE_NO,
  };
}

/** Each call: its name, the word for it, what it needs besides, the request that has to come, and what is to be seen. */
function calls(settings, facts) {
  const trade = `/v3/pay/transactions/out-trade-no/${facts.payment_no}`;
  const refunds = '/v3/refund/domestic/refunds';
  const checkOrder = (body) => {
    assert.equal(body.appid, settings.appid);
    assert.equal(body.mchid, settings.mchid);
    assert.equal(body.out_trade_no, facts.payment_no);
    assert.equal(body.notify_url, settings.notify_url);
    assert.deepEqual(body.amount, { total: AMOUNT, currency: 'CNY' });
    assert.ok(body.description.length > 0);
  };
  const paid = { word: 'paid', trade_no: TRADE_NO, amount_minor: AMOUNT, currency: 'CNY' };
  const refunded = {
    word: 'refund',
    refund_no: facts.refund_no,
    trade_no: TRADE_NO,
    amount_minor: 990,
    currency: 'CNY',
    state: 'processing',
  };
  return [
    [
      'native',
      'create',
      { method: 'wechat_native' },
      'POST',
      '/v3/pay/transactions/native',
      (done, body) => {
        checkOrder(body);
        assert.equal(done.show.qr_code_url, 'weixin://wxpay/bizpayurl?pr=peers');
      },
    ],
    [
      'jsapi',
      'create',
      { method: 'wechat_jsapi', openid: 'o-peers' },
      'POST',
      '/v3/pay/transactions/jsapi',
      (_, body) => {
        checkOrder(body);
        assert.deepEqual(body.payer, { openid: 'o-peers' });
      },
    ],
    [
      'h5',
      'create',
      { method: 'wechat_h5' },
      'POST',
      '/v3/pay/transactions/h5',
      (done, body) => {
        checkOrder(body);
        assert.equal(body.scene_info.payer_client_ip, facts.ip);
        assert.ok(done.show.pay_url.startsWith('https://wx.tenpay.com/'));
      },
    ],
    [
      'query',
      'query',
      { method: 'wechat_native' },
      'GET',
      `${trade}?mchid=${settings.mchid}`,
      (done) => {
        assert.deepEqual(done.says, [paid]);
      },
    ],
    [
      'close',
      'close',
      { method: 'wechat_native' },
      'POST',
      `${trade}/close`,
      (done, body) => {
        assert.deepEqual(body, { mchid: settings.mchid });
        assert.ok(done.says.every(({ word }) => word !== 'paid'));
      },
    ],
    [
      'refund',
      'refund',
      { method: 'wechat_native' },
      'POST',
      refunds,
      (done, body) => {
        assert.equal(body.out_refund_no, facts.refund_no);
        assert.ok(body.transaction_id === TRADE_NO || body.out_trade_no === facts.payment_no);
        assert.deepEqual(body.amount, { refund: 990, total: AMOUNT, currency: 'CNY' });
        assert.ok(body.notify_url, 'a refund without its own notify_url may be notified in the old way');
        assert.deepEqual(done.says, [refunded]);
      },
    ],
    [
      'refund query',
      'query_refund',
      { method: 'wechat_native' },
      'GET',
      `${refunds}/${facts.refund_no}`,
      (done) => {
        assert.deepEqual(done.says, [{ ...refunded, state: 'succeeded' }]);
      },
    ],
  ];
}

function checkRequest({ settings, merchant }, { method, url, headers, body }) {
  const [scheme, list] = headers.get('authorization').split(/ (.*)/);
  assert.equal(scheme, 'WECHATPAY2-SHA256-RSA2048');
  const token = Object.fromEntries(list.split(',').map((pair) => pair.match(/^(\w+)="([^"]*)"$/).slice(1)));
  assert.deepEqual(Object.keys(token).sort(), ['mchid', 'nonce_str', 'serial_no', 'signature', 'timestamp']);
  assert.equal(token.mchid, settings.mchid);
  assert.equal(token.serial_no, settings.merchant_serial);
  assert.ok(token.nonce_str.length >= 16 && token.nonce_str.length <= 32);
  assert.ok(Math.abs(seconds() - Number(token.timestamp)) < 60, 'it is not dated now');
  const text = Formatter.request(
    method,
    `${url.pathname}${url.search}`,
    token.timestamp,
    token.nonce_str,
    body.toString(),
  );
  assert.ok(Rsa.verify(text, token.signature, merchant.publicKey), 'the signature does not verify');
  assert.match(headers.get('accept') ?? '', /application\/json/);
  assert.ok(headers.get('user-agent'), 'there is no User-Agent');
  assert.equal(headers.get('wechatpay-serial'), settings.platform_public_key_id);
  if (body.length) assert.match(headers.get('content-type') ?? '', /^application\/json/);
}

/** What the platform answers, signed by the SDK. */
function answer(world, { method, url }) {
  const last = url.pathname.split('/').at(-1);
  if (last === 'close') return signed(world, '', 204);
  return signed(
    world,
    JSON.stringify(
      {
        native: { code_url: 'weixin://wxpay/bizpayurl?pr=peers' },
        jsapi: { prepay_id: 'wx26112420520518bb1d3a' },
        h5: { h5_url: 'https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx26&package=1' },
        refunds: refund(world, { status: 'PROCESSING' }),
        [`${world.number}R1`]: refund(world, { status: 'SUCCESS', success_time: rfc3339() }),
        [world.number]: transaction(world),
      }[last] ?? assert.fail(`${method} ${url} was not expected`),
    ),
  );
}

function transaction({ settings, number }) {
  return {
    mchid: settings.mchid,
    appid: settings.appid,
    out_trade_no: number,
    transaction_id: TRADE_NO,
    trade_type: 'NATIVE',
    trade_state: 'SUCCESS',
    trade_state_desc: '支付成功',
    bank_type: 'OTHERS',
    attach: '',
    success_time: rfc3339(),
    payer: { openid: 'o-peers' },
    // A voucher paid a part: the buyer paid less than the total, and the total is what counts.
    amount: { total: AMOUNT, payer_total: AMOUNT - 100, currency: 'CNY', payer_currency: 'CNY' },
  };
}

function refund({ number }, more) {
  return {
    refund_id: '50000000382019052709732678859',
    out_refund_no: `${number}R1`,
    transaction_id: TRADE_NO,
    out_trade_no: number,
    channel: 'ORIGINAL',
    user_received_account: '支付用户零钱',
    create_time: rfc3339(),
    amount: {
      total: AMOUNT,
      refund: 990,
      payer_total: AMOUNT,
      payer_refund: 990,
      settlement_refund: 990,
      settlement_total: AMOUNT,
      discount_refund: 0,
      currency: 'CNY',
    },
    ...more,
  };
}

function rfc3339() {
  return `${new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}

function signed({ settings, platform }, body, status = 200, timestamp = Formatter.timestamp()) {
  const nonce = Formatter.nonce();
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Wechatpay-Timestamp': String(timestamp),
      'Wechatpay-Nonce': nonce,
      'Wechatpay-Serial': settings.platform_public_key_id,
      'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
      'Wechatpay-Signature': Rsa.sign(Formatter.response(timestamp, nonce, body), platform.privateKey),
    },
    body,
  };
}

/** A callback as the platform sends it: sealed and signed by the SDK. */
function callback(
  world,
  { event = 'TRANSACTION.SUCCESS', type = 'transaction', content = transaction(world), key, timestamp, aad = type },
) {
  const nonce = Formatter.nonce(12);
  const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(content), key ?? world.settings.apiv3_key, nonce, aad);
  const body = JSON.stringify({
    id: hex(16),
    create_time: rfc3339(),
    resource_type: 'encrypt-resource',
    event_type: event,
    summary: '支付成功',
    resource: { original_type: type, algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: aad, nonce },
  });
  return signed(world, body, 200, timestamp);
}

/** What a merchant hears whose platform signs with a public key. Refusals are not signed. */
function noCertificates({ method, url }) {
  assert.deepEqual([method, url.pathname], ['GET', '/v3/certificates']);
  const body = JSON.stringify({ code: 'RESOURCE_NOT_EXISTS', message: '无可用的平台证书' });
  return { status: 404, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body };
}

async function checkCallbacks(check, far, world) {
  const { settings } = world;
  // Whoever meets a serial number that he does not know may ask for platform certificates: here are none.
  const hear = (made) => far.hear('wechat', made, noCertificates);
  const paid = { word: 'paid', trade_no: TRADE_NO, amount_minor: AMOUNT, currency: 'CNY' };

  for (const [name, aad] of [
    ['a payment', 'transaction'],
    ['a payment without associated data', ''],
  ]) {
    await check(`callback: ${name} is believed`, async () => {
      const { heard } = await hear(callback(world, { aad }));
      assert.deepEqual(heard, { payment_no: world.number, says: [paid] });
    });
  }
  await check('callback: header names in lower case are found', async () => {
    const made = callback(world, {});
    const headers = Object.fromEntries(
      Object.entries(made.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    assert.ok((await hear({ ...made, headers })).heard);
  });
  await check('callback: a refund is believed', async () => {
    const { status: _, ...rest } = refund(world, {});
    const content = { ...rest, mchid: settings.mchid, refund_status: 'SUCCESS', success_time: rfc3339() };
    // A notice of a refund names no currency: it is the order's.
    delete content.amount.currency;
    const { heard } = await hear(callback(world, { event: 'REFUND.SUCCESS', type: 'refund', content }));
    assert.equal(heard?.payment_no, world.number);
    const [{ word, refund_no, amount_minor, state }] = heard.says;
    assert.deepEqual([word, refund_no, amount_minor, state], ['refund', `${world.number}R1`, 990, 'succeeded']);
  });

  const altered = (change) => () => {
    const made = callback(world, {});
    change(made);
    return made;
  };
  for (const [name, word, make] of [
    [
      'one bit of the body changed',
      'bad_signature',
      altered((made) => {
        made.body = oneBitOff(Buffer.from(made.body));
      }),
    ],
    [
      'one bit of the signature changed',
      'bad_signature',
      altered(({ headers }) => {
        const bytes = oneBitOff(Buffer.from(headers['Wechatpay-Signature'], 'base64'));
        headers['Wechatpay-Signature'] = bytes.toString('base64');
      }),
    ],
    [
      'another nonce',
      'bad_signature',
      altered(({ headers }) => {
        headers['Wechatpay-Nonce'] = hex(16);
      }),
    ],
    [
      'another time-stamp',
      'bad_signature',
      altered(({ headers }) => {
        headers['Wechatpay-Timestamp'] = String(Number(headers['Wechatpay-Timestamp']) - 1);
      }),
    ],
    [
      'a probe',
      'probe',
      altered(({ headers }) => {
        headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${'@'.repeat(20)}`;
      }),
    ],
    [
      'an unknown serial',
      'unknown_key',
      altered(({ headers }) => {
        headers['Wechatpay-Serial'] = hex(20).toUpperCase();
      }),
    ],
    [
      'no signature',
      'missing',
      altered(({ headers }) => {
        delete headers['Wechatpay-Signature'];
      }),
    ],
    ['signed ten minutes ago', 'stale', () => callback(world, { timestamp: seconds() - 600 })],
    ['signed in ten minutes', 'stale', () => callback(world, { timestamp: seconds() + 600 })],
    ['sealed with another key', 'sealed', () => callback(world, { key: hex(16) })],
    [
      'about another merchant',
      'other_merchant',
      () => callback(world, { content: { ...transaction(world), mchid: '1900000001' } }),
    ],
    [
      'about another app',
      'other_merchant',
      () => callback(world, { content: { ...transaction(world), appid: 'wx0000000000000000' } }),
    ],
    [
      'signed by the merchant, not the platform',
      'bad_signature',
      () => callback({ ...world, platform: world.merchant }, {}),
    ],
  ]) {
    await check(`callback: ${name}: refused as ${word}`, async () => {
      assert.deepEqual(await hear(make()), { distrust: word });
    });
  }
}
