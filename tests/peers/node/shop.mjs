// Buys, queries, closes and refunds at the sandbox as a merchant with the SDKs of npm would, and believes its callbacks as
// they do. `node shop.mjs --providers FILE [--port N] [--provider P,Q] [--only WORD]`

import { readFile } from 'node:fs/promises';

import { shopAtAlipay } from './shop/alipay.mjs';
import { shopAtStripe } from './shop/stripe.mjs';
import { shopAtWechat } from './shop/wechat.mjs';
import { Checks, Ear, parseWords } from './lib.mjs';

const words = parseWords();
const providers = JSON.parse(await readFile(words.providers, 'utf8'));
// Alipay's time is China's; its SDK takes this machine's.
process.env.TZ = 'Asia/Shanghai';

const checks = new Checks(words);
const ear = await Ear.open(Number(words.port ?? 0), ({ path }) => ({ body: path === '/alipay' ? 'success' : '' }));

/** The tester's way to pay: as a buyer would, without a phone. */
async function pay(payment_no) {
  const answer = await fetch(`${providers.base_url}/mock/success/${payment_no}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`the sandbox did not pay ${payment_no}: ${answer.status} ${await answer.text()}`);
}

try {
  for (const [provider, shop] of [
    ['wechat', shopAtWechat],
    ['alipay', shopAtAlipay],
    ['stripe', shopAtStripe],
  ]) {
    if (words.provider && !words.provider.split(',').includes(provider)) continue;
    await shop({ checks, ear, pay, base: providers.base_url, settings: providers[provider] });
  }
} catch (error) {
  checks.failed += 1;
  console.log(`FAILED suite: ${error.message}`);
  console.error(error);
} finally {
  ear.close();
}
process.exitCode = checks.failed ? 1 : 0;
