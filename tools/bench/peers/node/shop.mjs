// What both functions share: clients, secrets, the merchant account. Clients are made once, while the process starts.

import { createHmac, timingSafeEqual } from 'node:crypto';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Wechatpay } from 'wechatpay-axios-plugin';

export const { TABLE_NAME: TABLE, QUEUE_URL: QUEUE } = process.env;

export const dynamodb = new DynamoDBClient({});
export const sqs = new SQSClient({});
const secretsManager = new SecretsManagerClient({});

const secrets = new Map();
let connected;

async function secret(name) {
  if (!secrets.has(name)) {
    const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: process.env[name] }));
    secrets.set(name, JSON.parse(SecretString));
  }
  return secrets.get(name);
}

/** The SDK of WeChat Pay, at the address of the environment, and the keys of the account. */
export async function merchant() {
  if (!connected) {
    const keys = await secret('ACCOUNT_SECRET');
    const sdk = new Wechatpay({
      mchid: keys.mchid,
      serial: keys.merchant_serial,
      privateKey: keys.merchant_private_key,
      certs: { [keys.platform_public_key_id]: keys.platform_public_key },
      baseURL: process.env.WECHAT_URL,
      headers: { 'Wechatpay-Serial': keys.platform_public_key_id },
      timeout: 10_000,
    });
    connected = { keys, sdk: sdk.v3 };
  }
  return connected;
}

/** The user of a token that is signed with HS256 and has not ended; undefined for any other. */
export async function userOf(headers) {
  const [word, token] = (headers.authorization ?? '').split(' ');
  const [head, claims, signature, ...more] = (token ?? '').split('.');
  if (word?.toLowerCase() !== 'bearer' || !signature || more.length > 0) return undefined;
  const { bearer } = await secret('BEARER_SECRET');
  const expected = createHmac('sha256', bearer).update(`${head}.${claims}`).digest();
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url').toString());
  if (read(head).alg !== 'HS256') return undefined;
  const { sub, exp } = read(claims);
  return exp > Date.now() / 1000 ? sub : undefined;
}

export const answer = (statusCode, body) => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
