// Watching an order: by asking, by push, and through sockets that break.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isFinal } from '../dist/till.js';
import { problem, world } from './world.mjs';

const PENDING = { order_no: 'ORD1', status: 'pending', fulfilment: 'none' };
const PAID = { ...PENDING, status: 'paid', fulfilment: 'queued' };
const GRANTED = { ...PAID, fulfilment: 'granted' };

/** All states of a watch; `onState` is told of each. */
async function states(watched, onState = () => {}) {
  const seen = [];
  for await (const order of watched) {
    seen.push(order.fulfilment === 'none' ? order.status : order.fulfilment);
    onState(order);
  }
  return seen;
}

test('without sockets each state comes once by asking, and the final one is the last', async () => {
  const { clock, server, till } = world();
  server.orderAt = (reading) => (reading < 3 ? PENDING : reading < 12 ? PAID : GRANTED);
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1'))), ['pending', 'queued', 'granted']);
  assert.deepEqual(server.readings(), [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 40]);
});

test('state that differs by the time of the server alone is not told again', async () => {
  const { clock, server, till } = world();
  server.orderAt = (reading) => ({ ...(reading < 3 ? PENDING : GRANTED), server_time: `12:00:0${reading}` });
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1'))), ['pending', 'granted']);
});

test('order is read 80 times at most: after 3, then 10, then 30 seconds', async () => {
  const { clock, server, till } = world();
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1'))), ['pending']);
  const readings = server.readings();
  assert.equal(readings.length, 80);
  const pauses = readings.slice(1).map((at, index) => at - readings[index]);
  assert.deepEqual(pauses, [...Array(10).fill(3), ...Array(20).fill(10), ...Array(49).fill(30)]);
  assert.equal(clock.waiting, 0);
});

test('push is followed by a reading at once, and readings are rare while the socket is open', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  clock.sleep(65_000).then(() => {
    server.order = GRANTED;
    server.push({ type: 'payment_success', order_no: 'ORD1' });
  });
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1', { pushUrl: 'wss://push/?ticket=first' }))), ['pending', 'granted']);
  // The second reading follows the opening of the socket: what was pushed before was missed.
  assert.deepEqual(server.readings(), [0, 0, 10, 20, 30, 40, 50, 60, 65]);
  assert.deepEqual(server.sockets.map(({ url }) => url), ['wss://push/?ticket=first']);
  assert.equal(server.sockets[0].readyState, 3, 'the socket is closed with the watch');
  assert.equal(server.requests.some(({ path }) => path === '/push-ticket'), false);
});

test('push of another order and a text that is no JSON change nothing', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  clock.sleep(5_000).then(() => {
    server.push({ type: 'payment_success', order_no: 'ORD2' });
    server.sockets[0].tell('message', { data: 'pong' });
    server.order = GRANTED;
  });
  await clock.during(states(till.watchOrder('ORD1')));
  assert.deepEqual(server.readings(), [0, 0, 10]);
});

test('socket that is cut is opened again with a new ticket, and the order is read then', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  clock.sleep(100_000).then(() => server.sockets[0].close());
  server.orderAt = () => (server.sockets.length > 1 ? GRANTED : PENDING);
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1'))), ['pending', 'granted']);
  assert.deepEqual(server.sockets.map(({ url, at }) => [url, at]), [['wss://push/?ticket=0', 0], ['wss://push/?ticket=1', 101]]);
  assert.equal(server.readings().at(-1), 101);
});

test('socket is pinged every eight minutes, and one that is silent is replaced', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  clock.sleep(600_000).then(() => (server.sockets[0].answersPings = false));
  server.orderAt = () => (server.sockets.length > 1 ? GRANTED : PENDING);
  await clock.during(states(till.watchOrder('ORD1')));
  assert.deepEqual(server.sockets[0].sent, [480, 970].map((at) => ({ at, text: '{"type":"ping"}' })));
  assert.equal(server.sockets[1].at, 981);
});

test('after five sockets that did not open, the order is only asked for', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  server.hasSockets = false;
  server.orderAt = (reading) => (reading < 40 ? PENDING : GRANTED);
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1'))), ['pending', 'granted']);
  assert.equal(server.sockets.length, 5);
  assert.deepEqual(server.readings().slice(0, 4), [0, 3, 6, 9]);
});

test('hidden page asks nothing, and asks at once when it is seen again', async () => {
  const document = Object.assign(new EventTarget(), { hidden: false });
  const { clock, server, till } = world({ document });
  clock.sleep(4_000).then(() => (document.hidden = true));
  clock.sleep(500_000).then(() => {
    server.order = GRANTED;
    document.hidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await clock.during(states(till.watchOrder('ORD1')));
  assert.deepEqual(server.readings(), [0, 3, 500]);
});

test('reading that fails for a moment is passed over, and a refusal ends the watch', async () => {
  const { clock, server, till } = world();
  server.faults = [...Array(4).fill('lost before')];
  server.orderAt = () => GRANTED;
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1'))), ['granted']);
  server.faults = [problem(404, 'order_not_found')];
  await assert.rejects(clock.during(states(till.watchOrder('ORD1'))), { error: 'order_not_found' });
});

test('aborted signal ends the watch at once, with its socket', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  const ends = new AbortController();
  clock.sleep(7_000).then(() => ends.abort());
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1', { signal: ends.signal }))), ['pending']);
  assert.equal(clock.now, 7_000);
  assert.deepEqual(server.sockets.map(({ readyState }) => readyState), [3]);
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1', { signal: ends.signal }))), []);
});

test('loop that is left ends the watch', async () => {
  const { clock, server, till } = world({ WebSocket: true });
  await clock.during((async () => {
    for await (const _ of till.watchOrder('ORD1')) break;
  })());
  await clock.during(clock.sleep(60_000));
  assert.equal(server.readings().length, 1);
  assert.equal(clock.waiting, 0);
});

test('watch goes on until the state that its caller waits for', async () => {
  const { clock, server, till } = world();
  server.orderAt = (reading) => (reading < 4 ? GRANTED : { ...GRANTED, status: 'refunded', fulfilment: 'revoked' });
  const until = ({ status }) => status === 'refunded';
  assert.deepEqual(await clock.during(states(till.watchOrder('ORD1', { until }))), ['granted', 'revoked']);
});

test('order is final when its goods are granted or it is over', () => {
  const final = [['paid', 'granted'], ['cancelled', 'none'], ['refunded', 'revoked'], ['refunded', 'granted']];
  const open = [['pending', 'none'], ['paid', 'queued'], ['paid', 'withheld'], ['refunded', 'revoking']];
  for (const [status, fulfilment] of final) assert.equal(isFinal({ status, fulfilment }), true, `${status} ${fulfilment}`);
  for (const [status, fulfilment] of open) assert.equal(isFinal({ status, fulfilment }), false, `${status} ${fulfilment}`);
});
