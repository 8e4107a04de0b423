// What the tests in a browser share: one Chromium for each file of tests, pages as a buyer may see them, the addresses of the
// stack, tokens, orders, and what happens at the providers.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OUTPUTS = process.env.TILL_OUTPUTS ?? join(ROOT, 'target/local/outputs.json');
const SCREENSHOTS = process.env.TILL_SCREENSHOTS ?? join(ROOT, 'target/local/screenshots');
/** The first request of each function waits for its start. */
const PATIENCE_MS = 20_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The addresses of the stack: `api_url`, `websocket_url`, `sandbox_url` … */
export const stack = JSON.parse(readFileSync(OUTPUTS, 'utf8'));
export const sandboxUrl = stack.sandbox_url.replace(/\/$/, '');

export const PHONE = { width: 375 };
export const DESK = { width: 1280 };
/** How pages are looked at: the narrowest and the usual width, dark and light. Colours do not depend on the width. */
export const LOOKS = [{ width: 320, dark: true }, DESK];

const KEEP_OFF_THE_NETWORK = [
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
];

let browser;

async function start() {
  browser ??= chromium.launch({
    executablePath: process.env.TILL_CHROMIUM ?? '/usr/bin/chromium',
    // The sandbox of Chromium does not run as root.
    chromiumSandbox: process.getuid() !== 0,
    args: KEEP_OFF_THE_NETWORK,
  });
  return browser;
}

after(async () => (await browser)?.close());

/**
 * A test with a page of its own. `look`: `width`, `height`, `dark`, `language` ("en"), `scripts` (false: the page has none).
 * `body` gets the page and its context, for more pages of the same buyer. The test fails also when a script of a page throws, a
 * page breaks its own content security policy, or a page asks for anything beyond this machine. Of a failed test each page is
 * kept as a picture. A body that means to cause such a fault returns its pattern.
 */
export function pageTest(name, look, body) {
  test(shown(name, look), async () => {
    const context = await (await start()).newContext({
      viewport: { width: look.width ?? DESK.width, height: look.height ?? 800 },
      colorScheme: look.dark ? 'dark' : 'light',
      locale: look.language ?? 'en',
      javaScriptEnabled: look.scripts ?? true,
      reducedMotion: 'reduce',
      isMobile: (look.width ?? DESK.width) < 600,
      hasTouch: (look.width ?? DESK.width) < 600,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    const faults = [];
    watch(context, faults);
    try {
      const wanted = await body(await context.newPage(), context);
      if (wanted) assert.ok(faults.some((fault) => wanted.test(fault)), `no fault like ${wanted}: ${faults}`);
      assert.deepEqual(faults.filter((fault) => !wanted?.test(fault)), []);
    } catch (error) {
      const pages = context.pages();
      await Promise.all(pages.map((page, at) => screenshot(page, `failed ${shown(name, look)} ${at + 1}`).catch(() => {})));
      throw error;
    } finally {
      await context.close();
    }
  });
}

function watch(context, faults) {
  context.on('weberror', (error) => faults.push(`a script threw: ${error.error()}`));
  context.on('console', (message) => {
    if (/content security policy/i.test(message.text())) faults.push(message.text());
  });
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isHere = ['127.0.0.1', 'localhost'].includes(hostname) || ['data:', 'blob:', 'about:'].includes(protocol);
    if (!isHere) faults.push(`a page asked for ${request.url()}`);
  });
}

function shown(name, look) {
  const words = Object.entries(look).map(([key, value]) => (value === true ? key : `${key} ${value}`));
  return words.length > 0 ? `${name} (${words.join(', ')})` : name;
}

/** Fails with each violation of the rules of axe-core, the recommended ones too. */
export async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const found = violations.map(({ id, help, nodes: [first, ...more] }) => `${id}: ${help}: ${first.html} and ${more.length} more: ${first.failureSummary}`);
  assert.deepEqual(found, [], `${page.url()} as axe sees it`);
}

/** Fails when a page is wider than the window. */
export async function fitsItsWidth(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${page.url()} is ${content} px wide in a window of ${window} px`);
}

/** Keeps a picture of the whole page, below `target/`. */
export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name.replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 150)}.png`), fullPage: true });
}

/** A buyer whom no other test knows. */
export function newUser(name = 'buyer') {
  return `${name}-${randomUUID()}`;
}

/** A bearer token for an hour. `role`: none of a buyer, `admin` or `service` of the team. */
export async function token(user, role) {
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: user, exp: Math.floor(Date.now() / 1000) + 3600, ...(role && { role }) };
  const body = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${body}.${createHmac('sha256', await bearerKey()).update(body).digest('base64url')}`;
}

let knownKey;

/** The key of tokens. */
export async function bearerKey() {
  knownKey ??= (async () => {
    const answer = await atEmulator('secretsmanager', 'secretsmanager.GetSecretValue', '1.1', { SecretId: 'till/dev/bearer' });
    return JSON.parse(answer.SecretString).bearer;
  })();
  return knownKey;
}

/** Calls the emulator of AWS, which checks no signature. */
async function atEmulator(service, target, version, body) {
  const credential = `test/20260101/us-east-1/${service}/aws4_request`;
  const headers = {
    'content-type': `application/x-amz-json-${version}`,
    'x-amz-target': target,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
  };
  const answer = await fetch(stack.endpoint_url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${target}: ${text}`);
  return JSON.parse(text);
}

/** Lets an order be so many seconds older, as if it had been made earlier. */
export async function age(orderNo, seconds) {
  const table = (call, wanted) => atEmulator('dynamodb', `DynamoDB_20120810.${call}`, '1.0', { TableName: stack.table_name, ...wanted });
  const { Item: item } = await table('GetItem', { Key: { pk: { S: `ORDER#${orderNo}` }, sk: { S: 'ORDER' } }, ConsistentRead: true });
  const shift = (fields, name, by) => {
    if (fields[name]?.N !== undefined) fields[name] = { N: String(Number(fields[name].N) + by) };
  };
  for (const name of ['c', 'e', 'due', 'ttl']) shift(item, name, -seconds);
  shift(item, 'v', 1);
  for (const { M: attempt } of item.at.L) for (const name of ['d', 'e']) shift(attempt, name, -seconds);
  for (const slot of item.sl?.L ?? []) {
    // The duty, its tries, the time of the next one.
    slot.S = slot.S.split(' ').map((word, nth) => (nth === 2 && /^\d+$/.test(word) ? String(Number(word) - seconds) : word)).join(' ');
  }
  await table('PutItem', { Item: item });
}

/** Calls a route, such as `POST /create-order`, and returns its JSON. Any other status than `wanted` is an error. */
export async function call(bearerToken, route, body, { headers = {}, wanted = 200 } = {}) {
  const [method, path] = route.split(' ');
  const answer = await fetch(`${stack.api_url}/api/v1/payment${path}`, {
    method,
    headers: { authorization: `Bearer ${bearerToken}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  assert.equal(answer.status, wanted, `${route}: ${text}`);
  return JSON.parse(text);
}

/** Makes an order of 100 points, or of what `more` names. */
export function order(bearerToken, method, more = {}) {
  return call(bearerToken, 'POST /create-order', { product_type: 'points', product_id: 1, payment_method: method, ...more });
}

export function orderStatus(bearerToken, orderNo) {
  return call(bearerToken, `GET /order-status?order_no=${orderNo}`);
}

/** Something that happens to a trade at its provider: `pay`, `fail`, `process`, `pay_late`, `pay_again`, `pay_wrong_amount` … */
export function act(paymentNo, action) {
  return atSandbox(`/trades/${paymentNo}/${action}`);
}

/** A fault at the next occasion: `lose_callback`, `late_callback`, `answer_500` … */
export function arm(paymentNo, fault) {
  return atSandbox(`/trades/${paymentNo}/faults/${fault}`);
}

/** The address of the provider's side of a trade. */
export function tradeUrl(paymentNo) {
  return `${sandboxUrl}/trades/${paymentNo}`;
}

async function atSandbox(path) {
  const answer = await fetch(`${sandboxUrl}${path}`, { method: 'POST' });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}

/** Asks until the answer holds, and returns it. */
export async function until(what, ask, holds, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > end) assert.fail(`${what}: not within ${seconds} s; the last answer: ${JSON.stringify(answer)}`);
    await sleep(300);
  }
}
