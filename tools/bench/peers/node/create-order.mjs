// POST /create-order: opens a trade at WeChat Pay, then writes the order, once.

import { randomBytes } from 'node:crypto';

import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { TABLE, answer, dynamodb, merchant, userOf } from './shop.mjs';

export async function handler(event) {
  const user = await userOf(event.headers);
  if (user === undefined) return answer(401, { error: 'unauthorized' });
  const wish = JSON.parse(event.body);
  const key = { pk: { S: 'PRODUCT' }, sk: { S: `${wish.product_type}#${wish.product_id}` } };
  const { Item: product } = await dynamodb.send(new GetItemCommand({ TableName: TABLE, Key: key }));
  if (product === undefined) return answer(404, { error: 'no_such_product' });
  const now = new Date();
  const number = `PEER${now.toISOString().replace(/\D/g, '').slice(0, 14)}${randomBytes(4).toString('hex').toUpperCase()}`;
  const { keys, sdk } = await merchant();
  const trade = {
    appid: keys.appid,
    mchid: keys.mchid,
    out_trade_no: number,
    description: product.name.S,
    notify_url: process.env.NOTIFY_URL,
    amount: { total: Number(product.price.N), currency: 'CNY' },
  };
  let opened;
  try {
    opened = (await sdk.pay.transactions.native.post(trade)).data;
  } catch (error) {
    console.error('WeChat Pay answered', error.response?.status, error.message);
    return answer(502, { error: 'provider_error' });
  }
  const seconds = Math.floor(now / 1000);
  const order = {
    pk: { S: `ORDER#${number}` },
    sk: { S: 'ORDER' },
    u: { S: user },
    status: { S: 'pending' },
    product: product.sk,
    amount: product.price,
    created_at: { N: String(seconds) },
    expire_at: { N: String(seconds + 1800) },
  };
  const once = 'attribute_not_exists(pk)';
  await dynamodb.send(new PutItemCommand({ TableName: TABLE, Item: order, ConditionExpression: once }));
  console.info('created', number, 'for', user);
  return answer(200, { order_no: number, qr_code_url: opened.code_url });
}
