// A clock and a server in memory for the tests of the client: the clock moves only when the client waits, and the server loses
// answers, refuses and cuts sockets as a test wants it.

import { setImmediate as turn } from 'node:timers/promises';

import { Till } from '../dist/till.js';

/** Time passes only while everybody waits for it. */
export class Clock {
  now = 0;
  #timers = new Set();
  #runs = false;

  sleep = (ms, signal) =>
    new Promise((done) => {
      const end = () => {
        this.#timers.delete(timer);
        signal?.removeEventListener('abort', end);
        done();
      };
      const timer = { at: this.now + ms, end };
      if (signal?.aborted) return done();
      this.#timers.add(timer);
      signal?.addEventListener('abort', end);
    });

  /** Runs until `work` is done. */
  async during(work) {
    this.#runs = true;
    const done = Promise.resolve(work).finally(() => (this.#runs = false));
    done.catch(() => {});
    while (this.#runs) {
      for (let turns = 0; turns < 5; turns += 1) await turn();
      const [next] = [...this.#timers].sort((one, other) => one.at - other.at);
      if (!this.#runs || !next) continue;
      this.now = Math.max(this.now, next.at);
      next.end();
    }
    return done;
  }

  get waiting() {
    return this.#timers.size;
  }
}

export class Server {
  /** Every request: `at` (seconds), `method`, `path`, `headers`, `body`. */
  requests = [];
  /** What the next requests meet: `lost before`, `lost after`, or an answer `{status, body, headers}`. */
  faults = [];
  /** The order as it stands; a test changes it, */
  order = { order_no: 'ORD1', status: 'pending', fulfilment: 'none' };
  /** or says how it stands at the n-th reading. */
  orderAt = () => this.order;
  /** The keys of orders that were made. */
  keys = [];
  attempts = 1;
  sockets = [];
  /** False: a socket that is opened fails. */
  hasSockets = true;

  constructor(clock) {
    this.clock = clock;
  }

  fetch = async (url, { method, headers, body }) => {
    const { pathname, search } = new URL(url);
    const request = { at: this.clock.now / 1000, method, path: pathname.replace('/api/v1/payment', '') + search, headers, body: body && JSON.parse(body) };
    this.requests.push(request);
    const fault = this.faults.shift();
    if (fault === 'lost before') throw new TypeError('fetch failed');
    const answer = typeof fault === 'object' ? fault : { status: 200, body: this.#answer(request) };
    if (fault === 'lost after') throw new TypeError('fetch failed');
    return new Response(JSON.stringify(answer.body), { status: answer.status, headers: answer.headers ?? {} });
  };

  #answer({ path, headers }) {
    switch (path.split('?')[0]) {
      case '/create-order':
        if (!this.keys.includes(headers['idempotency-key'])) this.keys.push(headers['idempotency-key']);
        return { ...this.order, push_url: 'wss://push/?ticket=first' };
      case '/retry-payment':
        this.attempts += 1;
        return this.order;
      case '/order-status':
        return this.orderAt(this.readings().length);
      case '/push-ticket':
        return { url: `wss://push/?ticket=${this.sockets.length}`, expires_in: 60 };
      default:
        return {};
    }
  }

  readings() {
    return this.requests.filter(({ path }) => path.startsWith('/order-status')).map(({ at }) => at);
  }

  /** Sends to every open socket. */
  push(message) {
    for (const socket of this.sockets) if (socket.readyState === socket.OPEN) socket.tell('message', { data: JSON.stringify(message) });
  }
}

/** The `WebSocket` of a page, connected to the server in memory. */
export function socketsOf(server) {
  return class extends EventTarget {
    OPEN = 1;
    readyState = 0;
    answersPings = true;
    sent = [];

    constructor(url) {
      super();
      this.url = url;
      this.at = server.clock.now / 1000;
      server.sockets.push(this);
      setImmediate(() => {
        this.readyState = server.hasSockets ? 1 : 3;
        this.tell(server.hasSockets ? 'open' : 'error');
      });
    }

    send(text) {
      this.sent.push({ at: server.clock.now / 1000, text });
      if (text === '{"type":"ping"}' && this.answersPings) this.tell('message', { data: '{"type":"pong"}' });
    }

    close() {
      this.readyState = 3;
      this.tell('close');
    }

    tell(type, fields = {}) {
      this.dispatchEvent(Object.assign(new Event(type), fields));
    }
  };
}

export function world(more = {}, options = {}) {
  const clock = new Clock();
  const server = new Server(clock);
  const surroundings = { fetch: server.fetch, sleep: clock.sleep, WebSocket: undefined, document: undefined, ...more };
  if (more.WebSocket === true) surroundings.WebSocket = socketsOf(server);
  return { clock, server, till: new Till({ url: 'https://pay.example/', token: 'T', surroundings, ...options }) };
}

export const problem = (status, error, more = {}) => ({ status, body: { code: status, error, msg: `msg of ${error}`, request_id: 'R1', data: null, ...more.body }, headers: more.headers });
