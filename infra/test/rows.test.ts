// The table of functions: it agrees with the crates, and faulty rows are refused.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { faults, readRows, ROOT, type Row, rowsOf } from '../lib/rows.ts';

test('every crate of a function has a row, and every row a crate', () => {
  const folders = readdirSync(`${ROOT}functions`);
  const crates = folders.filter((name) => existsSync(`${ROOT}functions/${name}/Cargo.toml`));
  // The sandbox is a function of the stage dev, but no part of the product.
  if (existsSync(`${ROOT}sandbox/Cargo.toml`)) crates.push('sandbox');
  const expected = readRows().map((row) => row.name);
  const message = 'functions/functions.json disagrees with the folders below functions/ and sandbox/';
  assert.deepEqual(crates.sort(), expected.sort(), message);
});

test('the rows have no faults', () => {
  assert.deepEqual(faults(readRows()), []);
});

test('rows with a fault are refused', () => {
  const faulty: [string, (row: Row) => unknown, RegExp][] = [
    ['cancel-order', (row) => (row.name = 'create-order'), /two functions have the name create-order/],
    ['cancel-order', (row) => (row.triggers = []), /has no trigger/],
    ['cancel-order', (row) => row.environment.push('STAGE'), /names STAGE twice/],
    ['cancel-order', routes(['POST /api/v1/payment/wechat/callback/{id}']), /have the trigger main POST .*callback\/\{\}/],
    ['cancel-order', (row) => row.permissions.table.push({ keys: ['*'], actions: ['GetItem'] }), /match too much/],
    ['cancel-order', (row) => row.permissions.table.push({ keys: ['ORDER#*'], actions: ['Scan'] }), /no such action/],
    ['cancel-order', (row) => row.permissions.table.push({ keys: ['ORDER#*'], actions: ['*'] }), /no such action/],
    ['cancel-order', (row) => row.permissions.secrets.push('*'), /no name of a secret/],
    ['cancel-order', (row) => row.permissions.secrets.push('../other/bearer'), /no name of a secret/],
    ['cancel-order', (row) => (row.permissions.written_secrets = ['bearer']), /must not be written by a function/],
    ['fulfil-order', (row) => (row.permissions.queues = []), /may not receive from it/],
    ['sandbox', (row) => delete row.stages, /needs "stages"/],
    ['sandbox', (row) => row.stages?.push('production'), /must not be in production/],
    ['sandbox', (row) => row.stages?.push('eu-prod'), /must not be in eu-prod/],
  ];
  for (const [name, spoil, expected] of faulty) {
    const rows = readRows();
    const row = rows.find((one) => one.name === name);
    assert.ok(row);
    spoil(row);
    assert.match(faults(rows).join('\n'), expected);
    assert.throws(() => rowsOf('dev', rows), expected);
  }
});

test('only dev has the sandbox', () => {
  const names = (stage: string) => rowsOf(stage).map((row) => row.name);
  assert.ok(names('dev').includes('sandbox'));
  assert.deepEqual(names('production'), names('dev').filter((name) => name !== 'sandbox'));
});

function routes(routes: string[]) {
  return (row: Row) => (row.triggers = [{ kind: 'http', api: 'main', routes }]);
}
