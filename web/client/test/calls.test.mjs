// Calls: what is sent, what is sent again, and errors.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { TillError } from '../dist/till.js';
import { problem, world } from './world.mjs';

const WISH = { product_type: 'points', product_id: 1, payment_method: 'wechat' };

test('order whose answer is lost is asked for again under the same key, and made once', async () => {
  const { clock, server, till } = world();
  server.faults = ['lost after', 'lost before', problem(409, 'in_progress', { headers: { 'retry-after': '1' } })];
  const order = await clock.during(till.createOrder(WISH));
  assert.equal(order.order_no, 'ORD1');
  assert.equal(server.requests.length, 4);
  assert.equal(server.keys.length, 1);
  assert.match(server.keys[0], /^[0-9a-f]{32}$/);
  assert.deepEqual(server.requests.map(({ at }) => at), [0, 0.5, 1.5, 3.5]);
});

test('each order has a key of its own, or the key of its caller', async () => {
  const { clock, server, till } = world();
  await clock.during(Promise.all([till.createOrder(WISH), till.createOrder(WISH), till.createOrder(WISH, { key: 'mine' })]));
  assert.equal(new Set(server.keys).size, 3);
  assert.ok(server.keys.includes('mine'));
});

test('new attempt whose answer is lost is not begun twice', async () => {
  const { clock, server, till } = world();
  server.faults = ['lost after'];
  await assert.rejects(clock.during(till.retry('ORD1')), { status: 0, error: 'no_answer' });
  assert.equal(server.attempts, 2);
  assert.equal(server.requests.length, 1);
});

test('request above a limit waits as long as the server says', async () => {
  const { clock, server, till } = world();
  server.faults = [problem(429, 'too_many_requests', { headers: { 'retry-after': '7' } })];
  await clock.during(till.retry('ORD1', { payment_method: 'alipay' }));
  assert.deepEqual(server.requests.map(({ at, body }) => [at, body]), [0, 7].map((at) => [at, { order_no: 'ORD1', payment_method: 'alipay' }]));
});

test('caller learns at once of a pause that is longer than ten seconds', async () => {
  const { clock, server, till } = world();
  server.faults = [problem(429, 'too_many_requests', { headers: { 'retry-after': '40' } })];
  await assert.rejects(clock.during(till.wallet()), { error: 'too_many_requests', retryAfter: 40 });
  assert.equal(server.requests.length, 1);
});

test('fourth answer that is lost is an error', async () => {
  const { clock, server, till } = world();
  server.faults = Array(9).fill('lost before');
  await assert.rejects(clock.during(till.orderStatus('ORD1')), (error) => error instanceof TillError && error.isPassing);
  assert.equal(server.requests.length, 4);
});

test('refusal has status, word, data and the id of the request, and is not repeated', async () => {
  const { clock, server, till } = world();
  server.faults = [problem(422, 'method_unavailable', { body: { data: { field: 'x' } } })];
  await assert.rejects(clock.during(till.createOrder(WISH)), {
    name: 'TillError', message: 'msg of method_unavailable', status: 422, error: 'method_unavailable', data: { field: 'x' }, requestId: 'R1', retryAfter: undefined,
  });
  assert.equal(server.requests.length, 1);
});

test('errors of the gateway have words too', async () => {
  for (const [status, error] of [[404, 'not_found'], [429, 'too_many_requests'], [503, 'unavailable'], [502, 'unavailable']]) {
    const { clock, server, till } = world();
    server.faults = Array(4).fill({ status, body: { message: 'no' } });
    await assert.rejects(clock.during(till.products()), { status, error, message: 'no' });
  }
});

test('expired token is asked for once more', async () => {
  let asked = 0;
  const { clock, server, till } = world({}, { token: () => `T${(asked += 1)}`, language: 'en' });
  server.faults = [problem(401, 'unauthenticated')];
  await clock.during(till.wallet());
  assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), ['Bearer T1', 'Bearer T2']);
  assert.equal(server.requests[1].headers['accept-language'], 'en');
  server.faults = [problem(401, 'unauthenticated'), problem(401, 'unauthenticated')];
  await assert.rejects(clock.during(till.wallet()), { status: 401 });
});

test('aborted call ends with the reason of its signal, and is not repeated', async () => {
  const { clock, server, till } = world();
  const ends = new AbortController();
  server.faults = Array(4).fill('lost before');
  const call = till.cancel('ORD1', { signal: ends.signal });
  setImmediate(() => ends.abort(new Error('enough')));
  await assert.rejects(clock.during(call), { message: 'enough' });
  assert.ok(server.requests.length < 4);
});

test('parameters are encoded', async () => {
  const { clock, server, till } = world();
  await clock.during(Promise.all([till.orders(), till.orders({ cursor: 'a+b/c=' }), till.orderStatus('ORD1', { refresh: true })]));
  assert.deepEqual(server.requests.map(({ path }) => path), ['/orders', '/orders?cursor=a%2Bb%2Fc%3D', '/order-status?order_no=ORD1&refresh=1']);
});
