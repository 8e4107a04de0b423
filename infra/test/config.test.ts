// The configurations: what they may say, and what production refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configOf, faultsOf, refuseInProduction, type StageConfig } from '../lib/config.ts';
import { isProductionName } from '../lib/stage-name.ts';
import { readRows, rowsOf, touchesSandbox } from '../lib/rows.ts';
import { Stage } from './support.ts';

test('both stages are configured without fault', () => {
  for (const stage of ['dev', 'production']) assert.deepEqual(faultsOf(configOf(stage)), []);
  assert.throws(() => configOf('staging'), /no stage staging/);
});

test('settings can be overridden where no real money is, by names that there are', () => {
  assert.equal(configOf('dev', { CREATIONS_PER_MINUTE: '100000' }).settings.CREATIONS_PER_MINUTE, '100000');
  assert.equal(configOf('dev', { MAX_AMOUNT_CNY: '5' }).settings.MAX_AMOUNT_CNY, '5');
  assert.equal(configOf('dev').settings.CREATIONS_PER_MINUTE, undefined, 'one override is not the next one’s');
  assert.throws(() => configOf('dev', { CREATION_PER_MINUTE: '1' }), /no setting CREATION_PER_MINUTE/);
  assert.throws(() => configOf('production', { LOG_LEVEL: 'trace' }), /reviewed/);
});

test('a configuration with a fault is refused', () => {
  const settings = configOf('production').settings;
  const faulty: [Partial<StageConfig>, RegExp][] = [
    [{ stage: 'Production' }, /small letters/],
    [{ stage: 'shop' }, /not what the name says/],
    [{ isProduction: false }, /not what the name says/],
    [{ settings: { ...settings, PAYMENT_MOCK_MODE: 'true' } }, /no PAYMENT_MOCK_MODE/],
    [{ settings: {} }, /needs PUBLIC_BASE_URL/],
    [{ settings: { PUBLIC_BASE_URL: 'http://pay.example.com' } }, /https address/],
    [{ settings: { PUBLIC_BASE_URL: 'https://pay.example.com/' } }, /https address/],
    [{ settings: { PUBLIC_BASE_URL: 'https://pay.example.com?a=b' } }, /https address/],
    [{ domain: { name: 'other.example.com', certificateArn: 'arn' } }, /another address/],
    [{ corsOrigins: ['*'] }, /no origin/],
    [{ corsOrigins: ['http://shop.example.com'] }, /https only/],
    [{ monthlyBudgetUsd: 10 }, /alarmEmail/],
  ];
  for (const [change, expected] of faulty) {
    assert.match(faultsOf({ ...configOf('production'), ...change }).join('\n'), expected);
  }
});

test('production is known by any of its names', () => {
  for (const name of ['production', 'prod', 'eu-prod', 'live', ' PRD', '']) assert.ok(isProductionName(name), name);
  for (const name of ['dev', 'product-demo', 'staging']) assert.ok(!isProductionName(name), name);
});

test('production refuses the sandbox, whatever its row says', () => {
  const rows = readRows().map(({ stages: _, ...row }) => row);
  assert.throws(() => new Stage('production', { rows }), /production: it refuses sandbox/);
  assert.doesNotThrow(() => refuseInProduction(configOf('production'), rowsOf('production'), touchesSandbox));
  const production = new Stage('production');
  assert.ok(!production.templates.has('sandbox'));
  assert.ok(!/sandbox/i.test(JSON.stringify([...production.templates])));
});
