// The permissions of a row as statements of a role: exactly the actions and resources that the row names. A wildcard is used
// only where it cannot be avoided.

import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

import { deadLettersOf } from './constructs/queue.ts';
import type { Permissions, QueueName, QueuePermission } from './rows.ts';

/** The resources that permissions are about. */
export interface Resources {
  stage: string;
  tableArn: string;
  tableKeyArn?: string | undefined;
  queueArns: { [name in QueueName]?: string };
  webSocket?: { apiId: string; stage: string };
  /** Where mails to the team are published, if the stage has an address for them. */
  alarmTopicArn?: string | undefined;
}

const QUEUE_ACTIONS = {
  send: ['sqs:SendMessage'],
  // Lambda does these in the name of the function.
  receive: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  inspect: ['sqs:GetQueueAttributes'],
};

/** A function never deletes a secret, and the value before the one that it writes is kept. */
const WRITES_OF_SECRETS = ['secretsmanager:CreateSecret', 'secretsmanager:PutSecretValue'];

export function statements(stack: Stack, may: Permissions, resources: Resources): PolicyStatement[] {
  return [
    ...may.table.map(({ keys, actions }) => onItems(resources.tableArn, actions, keys)),
    ...may.indexes.map(({ index, keys, actions }) => onItems(`${resources.tableArn}/index/${index}`, actions, keys)),
    ...(may.table.length > 0 && resources.tableKeyArn ? [withKey(stack, resources.tableKeyArn)] : []),
    ...may.queues.map((one) => onQueue(one, must(resources.queueArns[one.queue], `the queue ${one.queue}`))),
    ...may.secrets.map((name) => allow(['secretsmanager:GetSecretValue'], secretArn(stack, resources.stage, name))),
    ...(may.written_secrets ?? []).map((name) => allow(WRITES_OF_SECRETS, secretArn(stack, resources.stage, name))),
    ...(may.sockets ? [allow(['execute-api:ManageConnections'], socketsArn(stack, resources, 'POST'))] : []),
    ...(may.mails && resources.alarmTopicArn ? [allow(['sns:Publish'], resources.alarmTopicArn)] : []),
    ...(may.closes_sockets ? [allow(['execute-api:ManageConnections'], socketsArn(stack, resources, 'DELETE'))] : []),
  ];
}

/** Every function may write to its own log. */
export function logging(logGroupName: string, stack: Stack): PolicyStatement {
  const group = Arn.format({ service: 'logs', resource: 'log-group', resourceName: logGroupName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, stack);
  return allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `${group}:*`);
}

function onQueue({ use }: QueuePermission, arn: string): PolicyStatement {
  return allow(QUEUE_ACTIONS[use], arn, ...(use === 'inspect' ? [deadLettersOf(arn)] : []));
}

/** Every key of no keys fits `keys`, so that a call without any, such as a scan, is excluded by `Null`. */
function onItems(resource: string, actions: string[], keys: string[] | undefined): PolicyStatement {
  const of = (value: string[] | string) => ({ 'dynamodb:LeadingKeys': value });
  const conditions = keys ? { conditions: { 'ForAllValues:StringLike': of(keys), Null: of('false') } } : {};
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [resource],
    ...conditions,
  });
}

/** DynamoDB uses the KMS key of the table with the permissions of the caller. */
function withKey(stack: Stack, keyArn: string): PolicyStatement {
  const actions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  return new PolicyStatement({
    effect: Effect.ALLOW,
    actions,
    resources: [keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${stack.region}.amazonaws.com` } },
  });
}

/** Secrets Manager adds a hyphen and six random characters to each name. */
function secretArn(stack: Stack, stage: string, name: string): string {
  const ending = name.endsWith('*') ? '' : '-??????';
  const resourceName = `till/${stage}/${name}${ending}`;
  return Arn.format({ service: 'secretsmanager', resource: 'secret', resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, stack);
}

/** The ids of open sockets are not known beforehand. */
function socketsArn(stack: Stack, resources: Resources, method: 'POST' | 'DELETE'): string {
  const { apiId, stage } = must(resources.webSocket, 'the WebSocket API');
  return Arn.format({ service: 'execute-api', resource: apiId, resourceName: `${stage}/${method}/@connections/*` }, stack);
}

function allow(actions: string[], ...resources: string[]): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources });
}

/** A function can only use what its own stack or an earlier one creates. */
export function must<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`${name} does not exist yet: a later stack creates it`);
  return value;
}
