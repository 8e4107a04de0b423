// What a row may touch, as statements of a role: these actions on these things and nothing else. Grants nothing that no
// row asks for, and no star that cannot be avoided.

import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

import type { Permissions, QueueName } from './rows.ts';

/** The things that permissions are about. */
export interface Things {
  stage: string;
  tableArn: string;
  /** A key of one's own for the table. */
  tableKeyArn?: string | undefined;
  queueArns: { [name in QueueName]?: string };
  webSocket?: { apiId: string; stage: string };
}

const QUEUE_ACTIONS = {
  send: ['sqs:SendMessage'],
  // What Lambda does in the function's name.
  receive: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
};

/** The statements of a row. */
export function statements(stack: Stack, may: Permissions, things: Things): PolicyStatement[] {
  return [
    ...may.table.map(({ keys, actions }) => onItems(things.tableArn, actions, keys)),
    ...may.indexes.map(({ index, keys, actions }) => onItems(`${things.tableArn}/index/${index}`, actions, keys)),
    ...(may.table.length > 0 && things.tableKeyArn ? [withKey(stack, things.tableKeyArn)] : []),
    ...may.queues.map(({ queue, use }) => allow(QUEUE_ACTIONS[use], must(things.queueArns[queue], `the queue ${queue}`))),
    ...may.secrets.map((name) => allow(['secretsmanager:GetSecretValue'], secretArn(stack, things.stage, name))),
    ...(may.sockets ? [allow(['execute-api:ManageConnections'], socketsArn(stack, things))] : []),
  ];
}

/** What every function may: write to its own log. */
export function logging(logGroupName: string, stack: Stack): PolicyStatement {
  const group = Arn.format({ service: 'logs', resource: 'log-group', resourceName: logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, stack);
  return allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `${group}:*`);
}

function onItems(resource: string, actions: string[], keys: string[] | undefined): PolicyStatement {
  const conditions = keys ? { conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } } } : {};
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [resource],
    ...conditions,
  });
}

/** A table with a key of one's own is read with the caller's permission to use that key, through DynamoDB alone. */
function withKey(stack: Stack, keyArn: string): PolicyStatement {
  const actions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions,
    resources: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${stack.region}.amazonaws.com` } },
  });
}

/** Secrets Manager puts a hyphen and six random characters behind every name. */
function secretArn(stack: Stack, stage: string, name: string): string {
  const ending = name.endsWith('*') ? '' : '-??????';
  const resourceName = `till/${stage}/${name}${ending}`;
  return Arn.format({ service: 'secretsmanager', resource: 'secret', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, stack);
}

/** Which sockets are open nobody knows beforehand. */
function socketsArn(stack: Stack, things: Things): string {
  const { apiId, stage } = must(things.webSocket, 'the WebSocket API');
  return Arn.format({ service: 'execute-api', resource: apiId, resourceName: `${stage}/POST/@connections/*` }, stack);
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [resource] });
}

/** What a row asks for must be there when its function is made. */
export function must<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`${name} is not there yet: its stack comes later`);
  return thing;
}
