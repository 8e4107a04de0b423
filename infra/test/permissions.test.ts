// Each function may do exactly what its row says, with no wildcards but those that cannot be avoided.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Row } from '../lib/rows.ts';
import { Stage } from './support.ts';

/** The wildcards that cannot be avoided, and why. */
const WILDCARDS: [RegExp, string][] = [
  [/^arn:<Partition>:logs:<Region>:<AccountId>:log-group:\/aws\/lambda\/till-[a-z-]+:\*$/, 'streams of its own log group'],
  [/^arn:<Partition>:execute-api:<Region>:<AccountId>:<till-[a-z]+-sockets>\/live\/(POST|DELETE)\/@connections\/\*$/, 'any open socket'],
  [/^arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:till\/[a-z]+\/account\/\*$/, 'accounts come and go'],
  [/^arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:till\/[a-z/]+-\?{6}$/, 'the ending that AWS gives a name'],
];

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, string | string[]>>;
}

for (const name of ['dev', 'production']) {
  const stage = new Stage(name);

  test(`${name}: each function may do exactly what its row says`, () => {
    for (const row of stage.rows) {
      const found = statementsOf(stage, row).flatMap((one) => lines(stage, one));
      assert.deepEqual(found.sort(), expected(name, row).sort(), row.name);
    }
  });

  test(`${name}: each function has a role of its own, which has all of its permissions`, () => {
    const roles = stage.rows.map((row) => stage.text(stage.lambda(row.name).Properties.Role));
    assert.equal(new Set(roles).size, stage.rows.length);
    const all = [...stage.templates.values()].flatMap((template) => Object.values(template.Resources));
    assert.deepEqual(all.filter((one) => /^AWS::IAM::(?!Role$)/.test(one.Type)), [], 'policies apart from roles');
    assert.equal(stage.all('AWS::IAM::Role').length, stage.rows.length);
    for (const { Properties } of stage.all('AWS::IAM::Role')) {
      assert.equal(Properties.ManagedPolicyArns, undefined);
      assert.deepEqual(Properties.AssumeRolePolicyDocument.Statement, [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
    }
  });

  test(`${name}: no wildcards but those that cannot be avoided`, () => {
    const used = new Set<RegExp>();
    for (const row of stage.rows) {
      for (const statement of statementsOf(stage, row)) {
        assert.deepEqual(Object.keys(statement).filter((key) => key.startsWith('Not')), []);
        assert.equal(statement.Effect, 'Allow');
        for (const action of [statement.Action].flat()) assert.match(action, /^[a-z-]+:[A-Za-z]+$/);
        for (const resource of [statement.Resource].flat().map((one) => stage.text(one))) {
          if (!/[*?]/.test(resource)) continue;
          const wildcard = WILDCARDS.find(([pattern]) => pattern.test(resource));
          assert.ok(wildcard, `${row.name}: ${resource}`);
          used.add(wildcard[0]);
        }
      }
    }
    assert.equal(used.size, WILDCARDS.length, 'a wildcard on the list is not used any more');
  });
}

test('every permission on items names their keys, and none the whole table', () => {
  const stage = new Stage('dev');
  for (const row of stage.rows) {
    for (const statement of statementsOf(stage, row).filter((one) => [one.Resource].flat().some((resource) => stage.text(resource) === tableArn('dev')))) {
      const keys = [statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []].flat();
      // Without this, a call that names no keys would pass: every key of none fits.
      assert.deepEqual(statement.Condition?.['Null'], { 'dynamodb:LeadingKeys': 'false' }, row.name);
      assert.ok(keys.length > 0 && keys.every((key) => /^[A-Z]+(#([a-z]+#)?\*)?$/.test(key)), `${row.name}: ${keys}`);
    }
  }
});

test('only two functions write wallets and ledgers', () => {
  const writes = (row: Row) =>
    row.permissions.table.some(({ keys, actions }) => keys.includes('USER#*') && actions.some((action) => /Put|Update|Delete/.test(action)));
  const stage = new Stage('dev');
  assert.deepEqual(stage.rows.filter(writes).map((row) => row.name), ['spend-wallet', 'fulfil-order']);
});

test('a function reads only the keys that it needs', () => {
  const readers = (secret: string) => new Stage('dev').rows.filter((row) => row.permissions.secrets.includes(secret)).map((row) => row.name);
  // A function that holds the key of tickets alone cannot make a token of an admin.
  assert.deepEqual(readers('tickets'), ['create-order', 'order-status', 'checkout-page', 'push-connection']);
  // The sandbox signs tokens for the demo shop.
  assert.deepEqual(readers('bearer'), ['create-order', 'order-status', 'cancel-order', 'refund-order', 'spend-wallet', 'team-view', 'team-setup', 'sales-statistics', 'sandbox']);
  assert.ok(!new Stage('production').rows.some((row) => row.name === 'sandbox'));
  // The secret of the proxy before the API signs nothing.
  const withoutKeys = new Stage('dev').rows.filter((row) => row.permissions.secrets.every((secret) => secret === 'proxy')).map((row) => row.name);
  assert.deepEqual(withoutKeys, ['list-products', 'fulfil-order']);
});

test('only one function writes keys, and only those of accounts', () => {
  for (const name of ['dev', 'production']) {
    const rows = new Stage(name).rows.filter((row) => row.permissions.written_secrets !== undefined);
    assert.deepEqual(rows.map((row) => [row.name, row.permissions.written_secrets]), [['team-setup', ['account/*']]]);
  }
});

test('only one function writes accounts, products and sales', () => {
  const writes = (row: Row) =>
    row.permissions.table.some(
      ({ keys, actions }) => keys.some((key) => /^(ACCOUNT|PRODUCT|SALES)/.test(key)) && actions.some((action) => /Put|Update|Delete/.test(action)),
    );
  assert.deepEqual(new Stage('dev').rows.filter(writes).map((row) => row.name), ['team-setup']);
});

test('the functions that use the table may use its KMS key, through DynamoDB only', () => {
  const tableKeyArn = 'arn:aws:kms:ap-southeast-1:111111111111:key/one';
  const stage = new Stage('production', { config: { tableKeyArn } });
  assert.deepEqual(stage.one('AWS::DynamoDB::Table').Properties.SSESpecification, {
    KMSMasterKeyId: tableKeyArn,
    SSEEnabled: true,
    SSEType: 'KMS',
  });
  for (const row of stage.rows) {
    const withKey = statementsOf(stage, row).filter((one) => one.Resource === tableKeyArn);
    assert.equal(withKey.length, row.permissions.table.length > 0 ? 1 : 0, row.name);
    for (const one of withKey) assert.ok(one.Condition?.['StringEquals']?.['kms:ViaService'], row.name);
  }
});

function tableArn(stage: string): string {
  return `arn:<Partition>:dynamodb:<Region>:<AccountId>:table/till-${stage}`;
}

function statementsOf(stage: Stage, row: Row): Statement[] {
  const id = stage.lambda(row.name).Properties.Role['Fn::GetAtt'][0];
  const roles = [...stage.templates.values()].flatMap((template) => template.Resources[id] ?? []);
  return roles.flatMap((role) => role.Properties.Policies).flatMap((policy) => policy.PolicyDocument.Statement);
}

/** A statement as one line for each action and resource. */
function lines(stage: Stage, { Action, Resource, Condition }: Statement): string[] {
  const keys = Condition ? ` where ${[Condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']].flat().join(' ')}` : '';
  const resources = [Resource].flat().map((one) => stage.text(one));
  return [Action].flat().flatMap((action) => resources.map((resource) => `${action} ${resource}${keys}`));
}

/** The same lines, made from the row. */
function expected(stage: string, { name, permissions: may }: Row): string[] {
  const arn = (rest: string) => `arn:<Partition>:${rest.replace(' ', ':<Region>:<AccountId>:')}`;
  const queue = { send: ['SendMessage'], receive: ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'], inspect: ['GetQueueAttributes'] };
  const endings = (use: string) => (use === 'inspect' ? ['', '-dead'] : ['']);
  const where = (keys: string[] | undefined) => (keys ? ` where ${keys.join(' ')}` : '');
  return [
    ...['CreateLogStream', 'PutLogEvents'].map((action) => `logs:${action} ${arn(`logs log-group:/aws/lambda/till-${stage}-${name}:*`)}`),
    ...may.table.flatMap(({ keys, actions }) => actions.map((action) => `dynamodb:${action} ${tableArn(stage)}${where(keys)}`)),
    ...may.indexes.flatMap(({ index, keys, actions }) =>
      actions.map((action) => `dynamodb:${action} ${tableArn(stage)}/index/${index}${where(keys)}`),
    ),
    ...may.queues.flatMap((one) => queue[one.use].flatMap((action) => endings(one.use).map((ending) => `sqs:${action} <till-${stage}-${one.queue} Arn>${ending}`))),
    ...may.secrets.map((secret) => {
      const ending = secret.endsWith('*') ? '' : '-??????';
      return `secretsmanager:GetSecretValue ${arn(`secretsmanager secret:till/${stage}/${secret}${ending}`)}`;
    }),
    ...(may.written_secrets ?? []).flatMap((secret) =>
      ['CreateSecret', 'PutSecretValue'].map((action) => `secretsmanager:${action} ${arn(`secretsmanager secret:till/${stage}/${secret}`)}`),
    ),
    // Only this stage has an address for mails.
    ...(may.mails && stage === 'production' ? [`sns:Publish ${arn(`sns till-${stage}-alarms`)}`] : []),
    ...(may.sockets ? [`execute-api:ManageConnections ${arn(`execute-api <till-${stage}-sockets>/live/POST/@connections/*`)}`] : []),
    ...(may.closes_sockets ? [`execute-api:ManageConnections ${arn(`execute-api <till-${stage}-sockets>/live/DELETE/@connections/*`)}`] : []),
  ];
}
