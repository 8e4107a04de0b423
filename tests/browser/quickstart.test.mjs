// What docs/quickstart.md shows: its tokens are accepted, and its page sells something.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { act, bearerKey, call, newUser, pageTest, stack, token, until } from './lib.mjs';

const TEXT = readFileSync(new URL('../../docs/quickstart.md', import.meta.url), 'utf8');
/** A port whose pages may call the API. */
const PORT = 4321;

function block(language) {
  const found = TEXT.split(`\`\`\`${language}\n`)[1]?.split('```')[0];
  assert.ok(found, `the document has a block of ${language}`);
  return found;
}

test('token that Node signs is accepted', async () => {
  const { tokenOf } = await import(`data:text/javascript,${encodeURIComponent(block('js'))}`);
  const user = newUser();
  const wallet = await call(tokenOf(user, await bearerKey()), 'GET /wallet');
  assert.equal(wallet.user_id, user);
});

test('token that Python signs is accepted', async () => {
  const user = newUser();
  const program = `${block('python')}\nimport os, sys\nprint(token_of(sys.argv[1], os.environ["KEY"]))`;
  const signed = execFileSync('python3', ['-I', '-c', program, user], { env: { ...process.env, KEY: await bearerKey() } });
  const wallet = await call(signed.toString().trim(), 'GET /wallet');
  assert.equal(wallet.user_id, user);
});

pageTest('page sells points and shows them', {}, async (page) => {
  const user = newUser();
  const html = block('html')
    .replace(/'http:[^']*'/, `'${stack.api_url}/api/v1/payment'`)
    .replace("'eyJ…'", `'${await token(user)}'`);
  const server = createServer((_, answer) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html));
  await new Promise((done) => server.listen(PORT, '127.0.0.1', done));
  try {
    await page.goto(`http://127.0.0.1:${PORT}/`);
    await page.getByText('0 points', { exact: true }).waitFor();
    await page.getByRole('button', { name: '100 points' }).click();
    await page.getByRole('img', { name: 'QR code to pay' }).waitFor();
    const no = new URL(page.url()).pathname.split('/').pop();
    await act(no, 'pay');
    await page.getByRole('heading', { name: 'Paid' }).waitFor({ timeout: 45_000 });
    await page.getByRole('link', { name: 'Back to the shop' }).click();
    await page.getByText('100 points', { exact: true }).nth(1).waitFor();
    await until('granted', async () => call(await token(user), 'GET /wallet'), (wallet) => wallet.points === 100);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});
