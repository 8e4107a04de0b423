// What docs/coming-from.md shows: its types are right, and it asks and answers as its text says.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { transformSync } from 'esbuild';

import { checkStrictly, inFolder } from './folder.mjs';

const [, SHOWN] = readFileSync(new URL('../../../docs/coming-from.md', import.meta.url), 'utf8').match(/```ts\n(.*?)```/s);
const OLD = { payment_type: 'alipay', pay_method: 'PC', package_type: 'points', package_id: '1' };

/** Runs the function that is shown against an answer, and returns what it asked and what it returned. */
const run = (answer, status = 200) =>
  inFolder(async (folder) => {
    const file = join(folder, 'shown.mjs');
    writeFileSync(file, transformSync(SHOWN, { loader: 'ts' }).code);
    const { createOrder } = await import(pathToFileURL(file).href);
    const asked = [];
    const usual = globalThis.fetch;
    globalThis.fetch = async (url, { headers, body }) => {
      asked.push([url, headers['idempotency-key'], JSON.parse(body)]);
      return new Response(JSON.stringify(answer), { status });
    };
    try {
      return { asked, returned: await createOrder('https://till.example', 'token', OLD, 'key-1') };
    } finally {
      globalThis.fetch = usual;
    }
  });

test('strict project takes the function that docs/coming-from.md shows', () =>
  inFolder((folder) => {
    const file = join(folder, 'shown.ts');
    writeFileSync(file, SHOWN);
    checkStrictly(file);
  }));

test('function that docs/coming-from.md shows asks Till, and answers as the page before expects', async () => {
  const { asked, returned } = await run({ order_no: 'ORD1', pay_url: 'https://pay.example' });
  assert.deepEqual(asked, [['https://till.example/api/v1/payment/create-order', 'key-1', { product_type: 'points', product_id: '1', payment_method: 'alipay_page' }]]);
  assert.deepEqual(returned, { out_trade_no: 'ORD1', code_url: undefined, pay_url: 'https://pay.example' });
  await assert.rejects(run({ error: 'paused', msg: 'New orders are suspended' }, 503), /paused: New orders are suspended/);
});
