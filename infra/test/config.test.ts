// The configurations of the stages, and what production refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configOf, faultsOf, PROVIDERS, refuseInProduction, type StageConfig } from '../lib/config.ts';
import { type Limits, limitFaults } from '../lib/limits.ts';
import { isProductionName } from '../lib/stage-name.ts';
import { readRows, rowsOf, touchesSandbox } from '../lib/rows.ts';
import { Stage } from './support.ts';

test('the configurations of both stages have no faults', () => {
  for (const stage of ['dev', 'production']) assert.deepEqual(faultsOf(configOf(stage)), []);
  assert.throws(() => configOf('staging'), /has no stage staging/);
});

test('known settings can be overridden, but not in production', () => {
  assert.equal(configOf('dev', { settings: { CREATIONS_PER_MINUTE: '100000' } }).settings.CREATIONS_PER_MINUTE, '100000');
  assert.equal(configOf('dev', { settings: { MAX_AMOUNT_CNY: '5' } }).settings.MAX_AMOUNT_CNY, '5');
  assert.equal(configOf('dev').settings.CREATIONS_PER_MINUTE, undefined, 'an override does not change the next configuration');
  assert.throws(() => configOf('dev', { settings: { CREATION_PER_MINUTE: '1' } }), /no setting CREATION_PER_MINUTE/);
  assert.throws(() => configOf('production', { settings: { LOG_LEVEL: 'trace' } }), /reviewed/);
  assert.equal(configOf('dev', { tableName: 'till-dev-restored' }).tableName, 'till-dev-restored');
  assert.throws(() => configOf('production', { tableName: 'till-restored' }), /reviewed/);
});

test('pages of further origins may call the API and have buyers sent back, outside of production', () => {
  const usual = configOf('dev');
  const { corsOrigins, settings } = configOf('dev', { origins: ['https://a.example', 'http://shop.test:81'] });
  assert.deepEqual(corsOrigins, [...usual.corsOrigins, 'https://a.example', 'http://shop.test:81']);
  assert.equal(settings.RETURN_ORIGINS, `${usual.settings.RETURN_ORIGINS},https://a.example,http://shop.test:81`);
  assert.equal(configOf('dev').corsOrigins.length, usual.corsOrigins.length, 'they do not change the next configuration');
  assert.throws(() => configOf('dev', { origins: ['shop.test/page'] }), /shop.test\/page is no origin/);
  assert.throws(() => configOf('production', { origins: ['https://a.example'] }), /reviewed/);
});

test('addresses of callbacks to the system before are paths that are nobody else\'s', () => {
  const faults = (settings: Record<string, string>) => faultsOf({ ...configOf('dev'), settings } as StageConfig).join('\n');
  assert.equal(faults({ CALLBACK_PATHS_ALIPAY: '/payment/notify,/a_b/c-d.php/~e', CALLBACK_PATHS_WECHAT: '/api/payment/wechat' }), '');
  for (const path of ['notify', '/', '/a/', '/a//b', '/a/../b', '/a/.', '/a?b', '/{a}', '/pay', '/pay/x', '/docs', '/api/v1/payment/x', '/api/v1/admin/x', `/${'a'.repeat(128)}`]) {
    assert.match(faults({ CALLBACK_PATHS_ALIPAY: path }), /cannot be an address of callbacks/, path);
  }
  assert.match(faults({ CALLBACK_PATHS_ALIPAY: '/a', CALLBACK_PATHS_STRIPE: '/a' }), /\/a is an address of callbacks twice/);
  assert.match(faults({ CALLBACK_PATHS_ALIPAY: [...'abcdefghi'].map((word) => `/${word}`).join() }), /more than 8 paths/);
});

test('a table of an earlier release gets its new indexes one at a time', () => {
  const indexesWith = (tableIndexes?: StageConfig['tableIndexes']) => {
    const config = tableIndexes ? { tableIndexes } : {};
    assert.deepEqual(faultsOf({ ...configOf('dev'), ...config }), []);
    return new Stage('dev', { config }).one('AWS::DynamoDB::Table').Properties.GlobalSecondaryIndexes.map((one: any) => one.IndexName);
  };
  assert.deepEqual(indexesWith(['by_user', 'due']), ['by_user', 'due']);
  assert.deepEqual(indexesWith(['by_user', 'due', 'by_day']), ['by_user', 'due', 'by_day']);
  assert.deepEqual(indexesWith(), ['by_user', 'due', 'by_day', 'by_trade', 'held']);
  assert.match(faultsOf({ ...configOf('dev'), tableIndexes: ['by_day'] }).join('\n'), /must have by_user[^]*must have due/);
});

test('limits that cannot be kept are refused', () => {
  const rows = rowsOf('production');
  const rate = { requestsPerSecond: 5, burstRequests: 10 };
  const faulty: [Limits, RegExp][] = [
    [{ routes: { 'GET /nowhere': rate } }, /no route GET \/nowhere/],
    [{ routes: { 'POST /api/v1/payment/create-order': { ...rate, requestsPerSecond: 0 } } }, /would accept nothing/],
    [{ routes: { 'POST /api/v1/payment/create-order': { ...rate, burstRequests: 0.5 } } }, /would accept nothing/],
    [{ reservedConcurrency: { 'order-created': 1 } }, /no function order-created/],
    [{ reservedConcurrency: { 'create-order': 0 } }, /at least 1/],
    [{ reservedConcurrency: { 'fulfil-order': 9 } }, /fulfil-order needs 10/],
    [{ reservedConcurrency: { 'sweep-orders': 16 } }, /sweep-orders needs 17/],
    [{ reservedConcurrency: { 'sweep-orders': 17 }, queueConcurrency: { sweep: 17 } }, /sweep-orders needs 18/],
    [{ queueConcurrency: { sweep: 1 } }, /from 2 to 1000/],
    [{ queueConcurrency: { 'sandbox-callbacks': 5 } }, /no queue sandbox-callbacks/],
  ];
  for (const [limits, expected] of faulty) {
    const config = { ...configOf('production'), limits };
    assert.match(limitFaults(config, rows).join('\n'), expected);
    assert.throws(() => new Stage('production', { config }), expected);
  }
  const fine: Limits = { reservedConcurrency: { 'sweep-orders': 17, 'create-order': 1 }, queueConcurrency: { fulfilment: 2 } };
  for (const limits of [undefined, {}, fine]) assert.deepEqual(limitFaults({ ...configOf('production'), ...(limits && { limits }) }, rows), []);
});

test('a configuration with a fault is refused', () => {
  const settings = configOf('production').settings;
  const { JWT_AUDIENCE: _, ...withoutAudience } = settings;
  const faulty: [{ [field in keyof StageConfig]?: StageConfig[field] | undefined }, RegExp][] = [
    [{ stage: 'Production' }, /small letters/],
    [{ stage: 'shop' }, /does not fit the name/],
    [{ isProduction: false }, /does not fit the name/],
    [{ settings: { ...settings, PAYMENT_MOCK_MODE: 'true' } }, /PAYMENT_MOCK_MODE must not be set/],
    [{ settings: { ...settings, PAYMENT_MOCK_MODE: 'TRUE' } }, /PAYMENT_MOCK_MODE must not be set/],
    [{ settings: { ...settings, TEST_ACCOUNTS: '1' } }, /TEST_ACCOUNTS must not be set/],
    [{ settings: {} }, /needs PUBLIC_BASE_URL/],
    [{ settings: withoutAudience }, /needs JWT_AUDIENCE/],
    [{ settings: { ...settings, JWKS_URL: 'https://login.example.com/keys' } }, /needs JWT_ISSUER/],
    [{ settings: { PUBLIC_BASE_URL: 'http://pay.example.com' } }, /https address/],
    [{ settings: { PUBLIC_BASE_URL: 'https://pay.example.com/' } }, /https address/],
    [{ settings: { PUBLIC_BASE_URL: 'https://pay.example.com?a=b' } }, /https address/],
    [{ domain: { name: 'other.example.com', certificateArn: 'arn' } }, /address of the domain/],
    [{ settings: { TRUSTED_PROXY: 'x-till-proxy' } }, /TRUSTED_PROXY needs PUBLIC_BASE_URL/],
    [{ settings: { ...settings, TRUSTED_PROXY: 'authorization' } }, /a header of your own/],
    [{ settings: { ...settings, TRUSTED_PROXY: 'x-forwarded-for' } }, /a header of your own/],
    [{ domain: { name: 'pay.example.com', certificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/a' } }, /certificateArn must be/],
    [{ tableKeyArn: 'arn:aws:kms:ap-southeast-1:222222222222:key/a' }, /tableKeyArn must be/],
    [{ account: undefined }, /needs account/],
    [{ account: '1234' }, /twelve digits/],
    [{ region: undefined }, /needs region/],
    [{ region: 'Singapore' }, /no region/],
    [{ region: 'cn-north-1' }, /China/],
    [{ tableName: 'a b' }, /no name of a table/],
    [{ tableName: 'till-production' }, /leave it out/],
    [{ alarmEmail: undefined }, /needs alarmEmail/],
    [{ alarmEmail: 'team' }, /no address/],
    [{ corsOrigins: ['*'] }, /\* is no origin/],
    [{ corsOrigins: ['http://shop.example.com'] }, /https only/],
    [{ alarmEmail: undefined, monthlyBudgetUsd: 10 }, /budget needs alarmEmail/],
  ];
  for (const [change, expected] of faulty) {
    assert.match(faultsOf({ ...configOf('production'), ...change } as StageConfig).join('\n'), expected);
  }
});

test('production is recognised by any of its names', () => {
  for (const name of ['production', 'prod', 'eu-prod', 'live', ' PRD', '']) assert.ok(isProductionName(name), name);
  for (const name of ['dev', 'product-demo', 'staging']) assert.ok(!isProductionName(name), name);
});

test('production refuses the sandbox even when its row allows it', () => {
  const rows = readRows().map(({ stages: _, ...row }) => row);
  assert.throws(() => new Stage('production', { rows }), /production and must not have sandbox/);
  assert.doesNotThrow(() => refuseInProduction(configOf('production'), rowsOf('production'), touchesSandbox));
  const production = new Stage('production');
  assert.ok(!production.templates.has('sandbox'));
  assert.ok(!/sandbox/i.test(JSON.stringify([...production.templates])));
});

test('every provider has a route for its notifications', () => {
  const routes = readRows().flatMap((row) => row.triggers.flatMap((trigger) => (trigger.kind === 'http' ? trigger.routes : [])));
  const names = routes.flatMap((route) => route.match(/^POST \/api\/v1\/payment\/([a-z]+)\/(?:callback|webhook)/)?.[1] ?? []);
  assert.deepEqual([...new Set(names)].sort(), [...PROVIDERS].sort());
});
