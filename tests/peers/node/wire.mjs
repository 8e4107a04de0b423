// Checks what a far end sends and hears against the SDKs of npm. `node
// wire.mjs [--provider P,Q] [--only WORD] [--skip WORD] [--contrary] --far PROGRAM …`

import { checkAlipay } from './wire/alipay.mjs';
import { checkStripe } from './wire/stripe.mjs';
import { checkWechat } from './wire/wechat.mjs';
import { Checks, Far, parseWords } from './lib.mjs';

const words = parseWords(['contrary']);
const checks = new Checks(words);
const far = new Far(words.far);
try {
  for (const [provider, suite] of [
    ['wechat', checkWechat],
    ['alipay', checkAlipay],
    ['stripe', checkStripe],
  ]) {
    if (!words.provider || words.provider.split(',').includes(provider)) await suite(checks, far);
  }
} catch (error) {
  checks.failed += 1;
  console.log(`FAILED suite: ${error.message}`);
  console.error(error);
} finally {
  await far.close();
}
process.exitCode = checks.failed ? 1 : 0;
