// The committed build is that of the sources, and its types are those that a strict project sees.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { buildInto } from '../build.mjs';
import { checkStrictly, inFolder } from './folder.mjs';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

test('committed build is that of the sources: `npm run build` in web/client makes it anew', () =>
  inFolder(async (folder) => {
    await buildInto(folder);
    const texts = (from) => Object.fromEntries(readdirSync(from).sort().map((name) => [name, readFileSync(join(from, name), 'utf8')]));
    assert.deepEqual(texts(DIST), texts(folder));
  }));

test('strict project sees the types of the build', () =>
  inFolder((folder) => {
    const consumer = (wrong) => `
      import { Till, TillError, type OrderStatus } from '@till/client';
      const till = new Till({ url: 'https://pay.example', token: async () => 'T' });
      const made = await till.createOrder({ product_type: 'points', product_id: 1, payment_method: 'wechat' });
      const states: OrderStatus[] = [];
      for await (const order of till.watchOrder(made.order_no, { pushUrl: made.push_url })) states.push(order);
      till.wallet().catch((error: unknown) => error instanceof TillError && error.retryAfter);
      export const points: ${wrong ? 'string' : 'number'} = (await till.wallet()).points;`;
    mkdirSync(join(folder, 'node_modules/@till'), { recursive: true });
    symlinkSync(join(DIST, '..'), join(folder, 'node_modules/@till/client'));
    const check = (text) => {
      const file = join(folder, 'consumer.ts');
      writeFileSync(file, text);
      checkStrictly(file);
    };
    check(consumer(false));
    assert.throws(() => check(consumer(true)), /Command failed/);
  }));
