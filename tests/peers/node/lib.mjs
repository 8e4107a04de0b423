// What the suites share: their arguments, the program at the far end, the checks and how they are told, and an ear for
// callbacks. Knows no provider.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const MOST_MS_PER_ANSWER = 20_000;
const MOST_MS_PER_SUITE = 240_000;

// A suite that hangs is a suite that failed. The far end ends when its input does.
setTimeout(() => {
  console.log(`FAILED suite: not done after ${MOST_MS_PER_SUITE / 1000} s`);
  process.exit(1);
}, MOST_MS_PER_SUITE).unref();

/** `--name value …`, switches, and everything after `--far`. */
export function parseWords(switches = []) {
  const found = {};
  const words = process.argv.slice(2);
  while (words.length) {
    const name = words.shift().replace(/^--/, '');
    if (name === 'far') found.far = words.splice(0);
    else found[name] = switches.includes(name) ? true : words.shift();
  }
  return found;
}

/** Runs named checks and prints a line for each. */
export class Checks {
  failed = 0;

  /**
   * `contrary`: the far end is wrong on purpose, and each check whose name holds `about` has to notice; the others run, as
   * those need them, and say nothing. A crash is no notice: it has to be one of the errors that `notices` knows.
   */
  constructor({ only = '', skip, contrary }, about = '', notices = (error) => error instanceof assert.AssertionError) {
    this.only = only;
    this.skip = skip;
    this.contrary = Boolean(contrary);
    this.about = about;
    this.notices = notices;
  }

  async run(name, check) {
    if (!name.includes(this.only) || (this.skip && name.includes(this.skip))) return;
    const why = await check().then(
      () => undefined,
      (error) => error,
    );
    if (!this.contrary) this.#tell(name, why && firstLine(why));
    else if (!name.includes(this.about)) return;
    else if (why && !this.notices(why)) this.#tell(`notices: ${name}`, firstLine(why));
    else this.#tell(`notices: ${name}`, why ? undefined : 'passed against a far end that is wrong');
  }

  #tell(name, why) {
    if (why) this.failed += 1;
    console.log(why ? `FAILED ${name}: ${why}` : `ok ${name}`);
  }
}

function firstLine(error) {
  const text = error instanceof Error && error.message ? error.message : String(error);
  return text
    .split('\n')
    .filter((line) => line.trim())
    .slice(0, 8)
    .join(' | ');
}

/** The program at the far end: one JSON object a line, a question and an answer in turn (README.md). */
export class Far {
  constructor([program, ...words]) {
    this.child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve(error.message));
      this.child.on('close', (code, signal) => resolve(`it ended (${signal ?? code})`));
    });
    this.child.stdin.on('error', () => {});
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async ask(message) {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
    const { done, value } = await within(MOST_MS_PER_ANSWER, this.lines.next(), 'the far end did not answer');
    if (done) throw new Error(`the far end did not answer: ${await this.ended}`);
    return JSON.parse(value);
  }

  /** Gives it a merchant account. */
  async account(provider, settings) {
    assert.deepEqual(await this.ask({ do: 'account', provider, settings }), { ok: true });
  }

  /**
   * Lets it call a provider, which `answer` plays: a function from a request to { status, headers, body }. Returns what
   * it made of the answers, and in `sent` the requests.
   */
  call(provider, call, facts, answer) {
    return this.#talk({ do: 'call', provider, call, with: facts }, answer);
  }

  /** Lets it hear a callback. What it asks about it, `answer` answers; without, it may not ask. */
  async hear(provider, { headers, body }, answer = () => assert.fail('it asks about a callback')) {
    const body_base64 = Buffer.from(body).toString('base64');
    const { sent: _, ...said } = await this.#talk({ do: 'hear', provider, headers, body_base64 }, answer);
    return said;
  }

  async #talk(question, answer) {
    const sent = [];
    let wrong;
    let said = await this.ask(question);
    while (said.send) {
      const { method, url, headers, body_base64 } = said.send;
      const request = {
        method,
        url: new URL(url),
        headers: new Headers(headers),
        body: Buffer.from(body_base64, 'base64'),
      };
      sent.push(request);
      // A request that the suite does not like gets no answer; the call has to end all the same.
      const given = wrong
        ? null
        : await Promise.resolve(request)
            .then(answer)
            .then(packed, (error) => {
              wrong = error;
              return null;
            });
      said = await this.ask({ answer: given });
    }
    if (wrong) throw wrong;
    return { sent, ...said };
  }

  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 2000);
    await this.ended;
    clearTimeout(timer);
  }
}

function packed({ status = 200, headers = {}, body = '' }) {
  return { status, headers, body_base64: Buffer.from(body).toString('base64') };
}

function within(milliseconds, promise, why) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${why} within ${milliseconds / 1000} s`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Hears callbacks on this machine: takes them in order, and acknowledges each with what `acknowledge` says. */
export class Ear {
  waiting = [];
  heard = [];

  static async open(port, acknowledge) {
    const ear = new Ear();
    ear.server = createServer(async (request, response) => {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      const callback = { path: request.url, headers: request.headers, body: Buffer.concat(pieces) };
      const { status = 200, body = '' } = acknowledge(callback);
      response.writeHead(status).end(body);
      ear.heard.push(callback);
      ear.waiting.splice(0).forEach((wake) => wake());
    });
    await new Promise((resolve, reject) => ear.server.once('error', reject).listen(port, '127.0.0.1', resolve));
    ear.base = `http://127.0.0.1:${ear.server.address().port}`;
    return ear;
  }

  /** The first callback, old or to come, of which `read` makes something. */
  async next(read) {
    const seek = async () => {
      for (let at = 0; ; at += 1) {
        while (at >= this.heard.length) await new Promise((resolve) => this.waiting.push(resolve));
        const made = read(this.heard[at]);
        if (made) return made;
      }
    };
    return within(MOST_MS_PER_ANSWER, seek(), 'no such callback came');
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** An RSA key pair as PEM. */
export function keyPair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/** A payment number of the form that Till gives. */
export function paymentNo() {
  const now = new Date(Date.now() + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14);
  return `ORD${now}${randomBytes(4).toString('hex').toUpperCase()}`;
}

export function hex(bytes) {
  return randomBytes(bytes).toString('hex');
}

export const seconds = () => Math.floor(Date.now() / 1000);

/** The same bytes with one bit changed. */
export function oneBitOff(bytes, at = Math.floor(bytes.length / 2)) {
  const changed = Buffer.from(bytes);
  changed[at] ^= 1;
  return changed;
}

/** A form's or a query's parameters. One that is there twice is an error. */
export function pairs(search) {
  const found = {};
  for (const [name, value] of new URLSearchParams(search.toString())) {
    assert.ok(!(name in found), `parameter ${name} is there twice`);
    found[name] = value;
  }
  return found;
}

/** What `look` finds, as soon as it finds something. */
export async function eventually(look) {
  const end = Date.now() + MOST_MS_PER_ANSWER;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`it did not come to that within ${MOST_MS_PER_ANSWER / 1000} s`);
}
