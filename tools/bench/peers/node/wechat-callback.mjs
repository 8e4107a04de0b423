// POST /wechat/callback: verifies and decrypts, marks the order as paid, once, and sends a message to those who deliver.

import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Aes, Formatter, Rsa } from 'wechatpay-axios-plugin';

import { QUEUE, TABLE, answer, dynamodb, merchant, sqs } from './shop.mjs';

/** WeChat Pay repeats a callback for a while; an older one is refused. */
const LONGEST_SECONDS = 300;

export async function handler({ headers, body }) {
  const { keys } = await merchant();
  const [stamp, nonce, serial, signature] = ['timestamp', 'nonce', 'serial', 'signature'].map(
    (name) => headers[`wechatpay-${name}`] ?? '',
  );
  const isFresh = Math.abs(Date.now() / 1000 - Number(stamp)) < LONGEST_SECONDS;
  const isTheirs =
    serial === keys.platform_public_key_id &&
    Rsa.verify(Formatter.response(stamp, nonce, body), signature, keys.platform_public_key);
  if (!isFresh || !isTheirs) return answer(401, { code: 'FAIL', message: 'bad signature' });
  const { ciphertext, nonce: iv, associated_data } = JSON.parse(body).resource;
  const trade = JSON.parse(Aes.AesGcm.decrypt(ciphertext, keys.apiv3_key, iv, associated_data ?? ''));
  if (trade.trade_state !== 'SUCCESS') return answer(200, { code: 'SUCCESS' });
  const { out_trade_no: number, transaction_id } = trade;
  const update = new UpdateItemCommand({
    TableName: TABLE,
    Key: { pk: { S: `ORDER#${number}` }, sk: { S: 'ORDER' } },
    UpdateExpression: 'SET #status = :paid, trade_no = :trade, paid_at = :now',
    ConditionExpression: 'amount = :amount AND (#status = :pending OR trade_no = :trade)',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':paid': { S: 'paid' },
      ':pending': { S: 'pending' },
      ':trade': { S: transaction_id },
      ':now': { N: String(Math.floor(Date.now() / 1000)) },
      ':amount': { N: String(trade.amount.total) },
    },
  });
  try {
    await dynamodb.send(update);
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error;
    console.error('a payment of', trade.amount.total, 'fits no order:', number);
    return answer(500, { code: 'FAIL', message: 'unknown order' });
  }
  const task = JSON.stringify({ task: 'grant', order_no: number });
  await sqs.send(new SendMessageCommand({ QueueUrl: QUEUE, MessageBody: task }));
  console.info('paid', number);
  return answer(200, { code: 'SUCCESS' });
}
