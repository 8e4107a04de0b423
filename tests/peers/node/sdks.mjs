// The SDKs, loaded from where they were installed: a folder named by PEERS_PACKAGES, or this one after `npm ci`.
// Nothing else in here may import an SDK.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const load = createRequire(join(process.env.PEERS_PACKAGES ?? here, 'package.json'));

export const { AlipaySdk } = load('alipay-sdk');
// Signs any text with an RSA key: the SDK uses it, and does not list it among its exports.
export const { signatureV3: alipaySign } = load(join(dirname(load.resolve('alipay-sdk')), 'util.js'));
export const { Wechatpay, Formatter, Rsa, Aes } = load('wechatpay-axios-plugin');
const stripe = load('stripe');
export const Stripe = stripe.default ?? stripe;
