// Buys, queries, closes and refunds at the sandbox as a merchant with the SDKs of npm would, and believes its callbacks as
// they do. `node shop.mjs --providers FILE [--port N] [--provider P,Q] [--only WORD] [--contrary FILE]`

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { shopAtAlipay } from './shop/alipay.mjs';
import { shopAtStripe } from './shop/stripe.mjs';
import { shopAtWechat } from './shop/wechat.mjs';
import { Checks, Ear, parseWords } from './lib.mjs';

const words = parseWords();
const read = async (file) => JSON.parse(await readFile(file, 'utf8'));
const providers = await read(words.providers);
// Alipay's time is China's; its SDK takes this machine's.
process.env.TZ = 'Asia/Shanghai';

// Contrary, the merchant trusts another sandbox's keys: whatever is believed, by the SDKs' own word, has to be refused.
const TRUSTED = {
  wechat: ['platform_public_key', 'platform_certificate'],
  alipay: ['alipay_public_key', 'alipay_certificate'],
  stripe: ['webhook_secret'],
};
if (words.contrary) {
  const others = await read(words.contrary);
  for (const [provider, names] of Object.entries(TRUSTED)) {
    for (const name of names) providers[provider][name] = others[provider][name];
  }
}
const isDistrust = (error) =>
  error instanceof assert.AssertionError ||
  String(error.code).startsWith('EV3_RES') ||
  error.message.includes('验签失败') ||
  error.type === 'StripeSignatureVerificationError';

const checks = new Checks(words, words.contrary && 'believed', isDistrust);
const ear = await Ear.open(Number(words.port ?? 0), ({ path }) => ({ body: path === '/alipay' ? 'success' : '' }));

/** The tester's way to pay: as a buyer would, without a phone. */
async function pay(payment_no) {
  const answer = await fetch(`${providers.base_url}/mock/success/${payment_no}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`the sandbox did not pay ${payment_no}: ${answer.status} ${await answer.text()}`);
}

// Where WeChat Pay goes by certificates, Alipay is shopped at by certificates too. Stripe has none.
const byCertificates = providers.wechat.signs_with === 'certificate';
try {
  for (const [provider, shop] of [
    ['wechat', shopAtWechat],
    ['alipay', shopAtAlipay],
    ...(byCertificates ? [] : [['stripe', shopAtStripe]]),
  ]) {
    if (words.provider && !words.provider.split(',').includes(provider)) continue;
    const settings = providers[provider];
    await shop({ checks, ear, pay, base: providers.base_url, settings, byCertificates });
  }
} catch (error) {
  checks.failed += 1;
  console.log(`FAILED suite: ${error.message}`);
  console.error(error);
} finally {
  ear.close();
}
process.exitCode = checks.failed ? 1 : 0;
