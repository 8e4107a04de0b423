// A far end made of the SDKs themselves: it proves the suites. `node far.mjs [--contrary]`; contrary, it signs with keys of
// its own and believes exactly what it should not, and every check has to notice.

import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { hex, keyPair, seconds } from './lib.mjs';
import { Aes, AlipaySdk, Formatter, Rsa, Stripe, Wechatpay } from './sdks.mjs';

// Alipay's time is China's; its SDK takes this machine's.
process.env.TZ = 'Asia/Shanghai';
const contrary = process.argv.includes('--contrary');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const hear = async () => {
  const { done, value } = await lines.next();
  if (done) process.exit(0);
  return JSON.parse(value);
};

class Distrust extends Error {}
const distrust = (word) => {
  throw new Distrust(word);
};

/** Where the SDKs send to: passes each request on as a line, and answers with what comes back. */
let elsewhere = '';
const relay = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { host: _, ...headers } = request.headers;
  const body_base64 = Buffer.concat(pieces).toString('base64');
  say({ send: { method: request.method, url: elsewhere + request.url, headers, body_base64 } });
  const { answer } = await hear();
  if (!answer) request.socket.destroy();
  else response.writeHead(answer.status, answer.headers).end(Buffer.from(answer.body_base64, 'base64'));
});
await new Promise((resolve) => relay.listen(0, '127.0.0.1', resolve));
const here = `http://127.0.0.1:${relay.address().port}`;

const yuan = (minor) => (minor / 100).toFixed(2);
const minor = (text) => Math.round(Number(text) * 100);
const inChina = (unix) => new Date((unix + 8 * 3600) * 1000).toISOString().slice(0, 19);

const wechat = (settings) => {
  const { appid, mchid, notify_url, apiv3_key } = settings;
  const certificates = settings.platform_certificates ?? [];
  const serials = {
    [settings.platform_public_key_id]: settings.platform_public_key,
    ...Object.fromEntries(certificates.map((pem) => [new X509Certificate(pem).serialNumber, pem])),
  };
  const sdk = new Wechatpay({
    mchid,
    serial: settings.merchant_serial,
    privateKey: settings.merchant_private_key,
    certs: serials,
    baseURL: here,
    headers: { 'Wechatpay-Serial': settings.platform_public_key_id },
  }).v3;
  const paid = ({ transaction_id, trade_state, amount }) =>
    trade_state === 'SUCCESS'
      ? [{ word: 'paid', trade_no: transaction_id, amount_minor: amount.total, currency: amount.currency }]
      : [{ word: 'not_paid' }];
  const refund = ({ out_refund_no, transaction_id, status, amount }) => [
    {
      word: 'refund',
      refund_no: out_refund_no,
      trade_no: transaction_id,
      amount_minor: amount.refund,
      currency: amount.currency ?? 'CNY',
      state: status.toLowerCase().replace('success', 'succeeded'),
    },
  ];
  const trade = () => sdk.pay.transactions.outTradeNo.$out_trade_no$;
  const show = {
    wechat_native: ({ code_url }) => ({ qr_code_url: code_url }),
    wechat_h5: ({ h5_url }) => ({ pay_url: h5_url }),
    wechat_jsapi: ({ prepay_id }) => {
      const shown = {
        appId: appid,
        timeStamp: String(seconds()),
        nonceStr: hex(16),
        package: `prepay_id=${prepay_id}`,
        signType: 'RSA',
      };
      const text = Formatter.joinedByLineFeed(shown.appId, shown.timeStamp, shown.nonceStr, shown.package);
      return { pay_params: { ...shown, paySign: Rsa.sign(text, settings.merchant_private_key) } };
    },
  };
  const calls = {
    create: async (asked) => {
      const { data } = await sdk.pay.transactions[asked.method.slice(7)].post({
        appid,
        mchid,
        notify_url,
        description: asked.name,
        out_trade_no: asked.payment_no,
        time_expire: `${inChina(asked.expire_at)}+08:00`,
        amount: { total: asked.amount_minor, currency: asked.currency },
        ...(asked.method === 'wechat_jsapi' ? { payer: { openid: asked.openid } } : {}),
        ...(asked.method === 'wechat_h5'
          ? { scene_info: { payer_client_ip: asked.ip, h5_info: { type: 'Wap' } } }
          : {}),
      });
      return { show: show[asked.method](data) };
    },
    query: async ({ payment_no }) => {
      const { data } = await trade().get({ params: { mchid }, out_trade_no: payment_no });
      return { says: paid(data) };
    },
    close: async ({ payment_no }) => {
      await trade().close.post({ mchid }, { out_trade_no: payment_no });
      return { says: [{ word: 'closed' }] };
    },
    refund: async (asked) => {
      const { data } = await sdk.refund.domestic.refunds.post({
        transaction_id: asked.trade_no,
        out_refund_no: asked.refund_no,
        reason: asked.reason,
        notify_url,
        amount: { refund: asked.refund_minor, total: asked.amount_minor, currency: asked.currency },
      });
      return { says: refund(data) };
    },
    query_refund: async ({ refund_no }) => {
      const { data } = await sdk.refund.domestic.refunds.$refund_no$.get({ refund_no });
      return { says: refund(data) };
    },
  };
  /** The platform's certificates, if it has any; what names none that is known stays unknown. */
  const fetched = async () => {
    const { data } = await sdk.certificates.get();
    for (const { serial_no, encrypt_certificate } of data.data) {
      const { ciphertext, nonce, associated_data } = encrypt_certificate;
      serials[serial_no] = Aes.AesGcm.decrypt(ciphertext, apiv3_key, nonce, associated_data);
    }
  };
  const listen = async (headers, body) => {
    const one = (name) => headers.get(`wechatpay-${name}`) ?? distrust('missing');
    const [time, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map(one);
    if (Math.abs(seconds() - Number(time)) >= 300) distrust('stale');
    if (signature.startsWith('WECHATPAY/SIGNTEST/')) distrust('probe');
    if (!(serial in serials)) await fetched().catch(() => distrust('unknown_key'));
    if (!(serial in serials)) distrust('unknown_key');
    if (!Rsa.verify(Formatter.response(time, nonce, body), signature, serials[serial])) distrust('bad_signature');
    const { resource } = JSON.parse(body.toString());
    let content;
    try {
      content = JSON.parse(
        Aes.AesGcm.decrypt(resource.ciphertext, apiv3_key, resource.nonce, resource.associated_data),
      );
    } catch {
      distrust('sealed');
    }
    if (content.mchid !== mchid || (content.appid ?? appid) !== appid) distrust('other_merchant');
    const says = content.out_refund_no ? refund({ ...content, status: content.refund_status }) : paid(content);
    return { payment_no: content.out_trade_no, says };
  };
  return { calls, listen };
};

const alipay = (settings) => {
  const gateway = `${here}/gateway.do`;
  const sdk = new AlipaySdk({
    appId: settings.app_id,
    privateKey: settings.app_private_key,
    keyType: 'PKCS8',
    ...(settings.app_certificate
      ? {
          appCertContent: settings.app_certificate,
          alipayPublicCertContent: settings.alipay_certificate,
          alipayRootCertContent: settings.alipay_root_certificate,
        }
      : { alipayPublicKey: settings.alipay_public_key }),
    gateway,
    camelcase: false,
  });
  const exec = async (method, bizContent, more = {}) => {
    try {
      return await sdk.exec(method, { bizContent, ...more }, { validateSign: true });
    } catch (error) {
      return error.message.includes('验签失败') || error.message.includes('格式错误')
        ? distrust('bad_signature')
        : Promise.reject(error);
    }
  };
  const numbers = ({ payment_no }) => ({ out_trade_no: payment_no });
  const trade = ({ payment_no, amount_minor, name }) => ({
    out_trade_no: payment_no,
    total_amount: yuan(amount_minor),
    subject: name,
  });
  const paid = ({ trade_no, trade_status, total_amount }) =>
    trade_status === 'TRADE_SUCCESS'
      ? [{ word: 'paid', trade_no, amount_minor: minor(total_amount), currency: 'CNY' }]
      : [{ word: 'not_paid' }];
  const refund = ({ refund_no, refund_minor, trade_no }) => [
    {
      word: 'refund',
      refund_no,
      trade_no,
      amount_minor: refund_minor,
      currency: 'CNY',
      state: 'succeeded',
    },
  ];
  const page = (method, product_code) => (asked) => {
    const words = sdk.sdkExec(method, {
      notify_url: settings.notify_url,
      return_url: asked.return_url,
      bizContent: { ...trade(asked), product_code },
    });
    return { show: { pay_url: `${elsewhere}/gateway.do?${words}` } };
  };
  const create = {
    alipay_qr: async (asked) => {
      const { qr_code } = await exec('alipay.trade.precreate', trade(asked), { notify_url: settings.notify_url });
      return { show: { qr_code_url: qr_code } };
    },
    alipay_page: page('alipay.trade.page.pay', 'FAST_INSTANT_TRADE_PAY'),
    alipay_wap: page('alipay.trade.wap.pay', 'QUICK_WAP_WAY'),
  };
  const calls = {
    create: async (asked) => create[asked.method](asked),
    query: async (asked) => ({ says: paid(await exec('alipay.trade.query', numbers(asked))) }),
    close: async (asked) => ({ says: [{ word: 'closed', of: await exec('alipay.trade.close', numbers(asked)) }] }),
    refund: async (asked) => {
      await exec('alipay.trade.refund', {
        ...numbers(asked),
        out_request_no: asked.refund_no,
        refund_amount: yuan(asked.refund_minor),
      });
      return { says: refund(asked) };
    },
    query_refund: async (asked) => {
      await exec('alipay.trade.fastpay.refund.query', { ...numbers(asked), out_request_no: asked.refund_no });
      return { says: refund(asked) };
    },
  };
  const listen = (_, body) => {
    const said = Object.fromEntries(new URLSearchParams(body.toString()));
    if (!said.sign) distrust('missing');
    const filled = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
    if (!sdk.checkNotifySignV2(said) && !sdk.checkNotifySignV2(filled)) distrust('bad_signature');
    if (said.app_id !== settings.app_id || said.seller_id !== settings.seller_id) distrust('other_merchant');
    return { payment_no: said.out_trade_no, says: paid(said) };
  };
  return { calls, listen };
};

const stripe = (settings) => {
  const { hostname, port } = new URL(here);
  const sdk = new Stripe(settings.secret_key, {
    host: hostname,
    port,
    protocol: 'http',
    telemetry: false,
    maxNetworkRetries: 0,
  });
  const metadata = ({ payment_no }) => ({ order_no: payment_no, payment_no });
  const paid = (intent) =>
    intent?.status === 'succeeded'
      ? [
          {
            word: 'paid',
            trade_no: intent.id,
            amount_minor: intent.amount_received,
            currency: intent.currency.toUpperCase(),
          },
        ]
      : [{ word: 'not_paid' }];
  const refund = ({ amount, currency, payment_intent, status, metadata: { refund_no } }) => [
    {
      word: 'refund',
      refund_no,
      trade_no: payment_intent,
      amount_minor: amount,
      currency: currency.toUpperCase(),
      state: status,
    },
  ];
  const isSession = ({ handle }) => handle.startsWith('cs_');
  const calls = {
    create: async (asked) => {
      const options = { idempotencyKey: `create-${asked.payment_no}-${asked.method}` };
      const money = { currency: asked.currency.toLowerCase() };
      if (asked.method === 'stripe_checkout') {
        const { url } = await sdk.checkout.sessions.create(
          {
            mode: 'payment',
            client_reference_id: asked.payment_no,
            metadata: metadata(asked),
            payment_intent_data: { metadata: metadata(asked) },
            line_items: [
              {
                price_data: { ...money, unit_amount: asked.amount_minor, product_data: { name: asked.name } },
                quantity: 1,
              },
            ],
            expires_at: asked.expire_at,
            success_url: asked.return_url,
          },
          options,
        );
        return { show: { pay_url: url } };
      }
      const { client_secret } = await sdk.paymentIntents.create(
        { ...money, amount: asked.amount_minor, metadata: metadata(asked) },
        options,
      );
      return { show: { client_secret, publishable_key: settings.publishable_key } };
    },
    query: async (asked) => {
      const id = isSession(asked) ? (await sdk.checkout.sessions.retrieve(asked.handle)).payment_intent : asked.handle;
      return { says: paid(await sdk.paymentIntents.retrieve(id)) };
    },
    close: async (asked) => {
      if (isSession(asked)) await sdk.checkout.sessions.expire(asked.handle);
      else await sdk.paymentIntents.cancel(asked.handle);
      return { says: [{ word: 'closed' }] };
    },
    refund: async (asked) => ({
      says: refund(
        await sdk.refunds.create(
          {
            payment_intent: asked.trade_no,
            amount: asked.refund_minor,
            metadata: { refund_no: asked.refund_no },
          },
          { idempotencyKey: asked.refund_no },
        ),
      ),
    }),
    query_refund: async (asked) => {
      const { data } = await sdk.refunds.list({ payment_intent: asked.trade_no });
      return { says: refund(data.find((one) => one.metadata.refund_no === asked.refund_no)) };
    },
  };
  const listen = (headers, body) => {
    const header = headers.get('stripe-signature') ?? distrust('missing');
    let event;
    try {
      event = Stripe.webhooks.constructEvent(body, header, settings.webhook_secret);
    } catch ({ message }) {
      distrust(
        message.includes('tolerance') ? 'stale' : message.includes('expected scheme') ? 'missing' : 'bad_signature',
      );
    }
    const { object } = event.data;
    const says = { refund, payment_intent: paid }[object.object]?.(object) ?? [
      {
        word: 'paid',
        trade_no: object.payment_intent,
        amount_minor: object.amount_total,
        currency: object.currency.toUpperCase(),
      },
    ];
    return { payment_no: object.metadata.payment_no, says };
  };
  return { calls, listen };
};

const makers = { wechat, alipay, stripe };
const accounts = {};

const commands = {
  account: async ({ provider, settings }) => {
    elsewhere = settings.base_url;
    const own = contrary ? keyPair().privateKey : undefined;
    const wrong = own ? { merchant_private_key: own, app_private_key: own, secret_key: `sk_test_${hex(12)}` } : {};
    accounts[provider] = makers[provider]({ ...settings, ...wrong });
    return { ok: true };
  },
  call: async ({ provider, call, with: facts }) => {
    let result;
    try {
      result = { done: await accounts[provider].calls[call](facts) };
    } catch (error) {
      const isDistrust =
        error instanceof Distrust ||
        String(error.code).startsWith('EV3_RES') ||
        error instanceof SyntaxError ||
        /JSON|Wechatpay/.test(error.message);
      result = isDistrust ? { failed: 'distrust', why: error.message } : { failed: 'error', why: error.message };
    }
    if (!contrary) return result;
    return result.done ? { failed: 'contrary' } : { done: { show: {}, says: [] } };
  },
  hear: async ({ provider, headers, body_base64 }) => {
    let result;
    try {
      result = { heard: await accounts[provider].listen(new Headers(headers), Buffer.from(body_base64, 'base64')) };
    } catch (error) {
      if (!(error instanceof Distrust)) throw error;
      result = { distrust: error.message };
    }
    if (!contrary) return result;
    return result.heard ? { distrust: 'contrary' } : { heard: { payment_no: '', says: [] } };
  },
};

for (;;) {
  const message = await hear();
  say(await commands[message.do](message).catch((error) => ({ failed: 'error', why: error.stack })));
}
