// The app as `cdk` and the local launcher start it, without network and AWS account.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { readContext } from '../lib/context.ts';
import { ROOT } from '../lib/rows.ts';
import { folder, programs } from './support.ts';

const INFRA = join(ROOT, 'infra');

/** Starts a program in `infra/` without the credentials of this machine and without network. */
function start(words: string[], more: Record<string, string> = {}) {
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    PATH: process.env['PATH'] ?? '',
    TMPDIR: process.env['TMPDIR'] ?? '/tmp',
    HOME: folder(),
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
  return spawnSync(process.execPath, words, { cwd: INFRA, env, encoding: 'utf8' });
}

/** Starts the app. */
function run(context: Record<string, unknown>) {
  const out = join(folder(), 'cdk.out');
  const done = start(['--import', 'tsx', 'bin/app.ts'], { CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(context) });
  return { ...done, out };
}

test('dev is synthesised for another architecture and with overridden settings', () => {
  const settings = { CREATIONS_PER_MINUTE: '100000' };
  const done = run({ stage: 'dev', functions_dir: programs(), architecture: 'x86_64', settings });
  assert.equal(done.status, 0, done.stderr);
  const { Resources } = JSON.parse(readFileSync(join(done.out, 'till-dev-api.template.json'), 'utf8'));
  const functions = Object.values<any>(Resources).filter((one) => one.Type === 'AWS::Lambda::Function');
  assert.ok(functions.length > 1 && functions.every((one) => one.Properties.Architectures[0] === 'x86_64'));
  assert.ok(functions.some((one) => one.Properties.Environment.Variables.CREATIONS_PER_MINUTE === '100000'));
});

test('a missing program is an error that says how to build it', () => {
  const done = run({ functions_dir: folder() });
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /bootstrap is missing: build the functions first/);
});

test('the context is read, and what is not understood is refused', () => {
  const read = (context: Record<string, unknown>) => readContext((name) => context[name]);
  const programsOf = (dir: string, architecture: string) => ({ functionsDir: join(ROOT, dir), architecture });
  assert.deepEqual(read({}), { stage: 'dev', settings: {}, tableName: undefined, origins: [], programs: programsOf('target/lambda', 'arm64') });
  const given = { stage: 'production', functions_dir: 'target/x', architecture: 'x86_64', settings: '{"LOG_LEVEL":"trace"}' };
  const { programs, settings } = read(given);
  assert.deepEqual([programs, settings], [programsOf('target/x', 'x86_64'), { LOG_LEVEL: 'trace' }]);
  assert.equal(read({ table_name: 'till-dev-restored' }).tableName, 'till-dev-restored');
  assert.deepEqual(read({ origins: 'http://a.test,http://b.test:81' }).origins, ['http://a.test', 'http://b.test:81']);
  assert.equal(read({ functions_dir: '/somewhere' }).programs.functionsDir, '/somewhere');
  for (const [context, expected] of [
    [{ architecture: 'riscv' }, /arm64 or x86_64/],
    [{ settings: '[' }, /JSON/],
    [{ settings: '["LOG_LEVEL"]' }, /JSON object/],
    [{ settings: 5 }, /JSON object/],
  ] as const) {
    assert.throws(() => read(context), expected);
  }
});

test('the documented bootstrap needs no built functions: it gets as far as the credentials', () => {
  const documents = readFileSync(join(ROOT, 'docs/deploying.md'), 'utf8');
  const [, words] = documents.match(/^npx cdk (bootstrap .*)$/m) ?? [];
  assert.ok(words, 'docs/deploying.md names the command');
  const place = words.replace('ACCOUNT/REGION', '111111111111/ap-southeast-1').split(' ').map((word) => (word === "''" ? '' : word));
  const done = start(['node_modules/aws-cdk/bin/cdk', ...place]);
  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /no credentials have been configured/);
  assert.doesNotMatch(done.stderr, /bootstrap is missing/);
});
