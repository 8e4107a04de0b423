// The example of a shop in one page, served from an origin that may call the API.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { DESK, axe, newUser, pageTest, stack, token } from './lib.mjs';

const ROOT = new URL('../../', import.meta.url);
/** Each is an origin of `corsOrigins`, as development servers have it. */
const PORTS = [5173, 3000];
const KINDS = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' };

const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  const text = await readFile(fileURLToPath(new URL(`.${path}`, ROOT))).catch(() => undefined);
  response.writeHead(text ? 200 : 404, { 'content-type': KINDS[path.split('.').at(-1)] ?? 'text/plain' }).end(text);
});

const listening = PORTS.reduce(
  (before, port) => before.catch(() => new Promise((done, fail) => server.once('error', fail).listen(port, 'localhost', () => done(port)))),
  Promise.reject(new Error('no port was tried')),
);
after(() => server.close());

pageTest('example sends its buyer to the page of the order, and sees the points', DESK, async (page, context) => {
  const hash = new URLSearchParams({ api: stack.api_url, token: await token(newUser()) });
  await page.goto(`http://localhost:${await listening}/examples/shop.html#${hash}`);
  const button = page.getByRole('button', { name: '100 points: 9.9 CNY' });
  await button.waitFor();
  await axe(page);
  const [other] = await Promise.all([context.waitForEvent('page'), button.click()]);
  await other.getByRole('img', { name: 'QR code to pay' }).waitFor();
  const orderNo = new URL(other.url()).pathname.split('/').at(-1);
  await page.getByText('pending, goods: none').waitFor();
  await context.request.post(`${stack.sandbox_url}/trades/${orderNo}/pay`);
  await page.getByText('You have 100 points.').waitFor();
});
