// Findings of cdk-nag and cfn-lint that we accept, each with its reason. An exception holds for one rule and the resources that it
// names; a finding without an exception fails the tests, and so does an exception without a finding.

import { isStartedBy, type QueueName, type Row, type Trigger } from '../lib/rows.ts';
import type { Stage } from './support.ts';

export interface Exception {
  rule: string;
  /** Paths in the tree of constructs, without `till-<stage>-` before and `/Resource` behind. */
  resources: string[];
  reason: string;
}

const STACK_OF_QUEUE: { [name in QueueName]: string } = { alarms: 'data', fulfilment: 'data', 'sandbox-callbacks': 'sandbox', sweep: 'jobs' };

/** What cdk-nag finds. */
export function nagExceptions(stage: Stage): Exception[] {
  const { config, rows } = stage;
  const of = (row: Row) => `${stage.stackOf(row)}/${row.name}`;
  const every = (part: string, fits: (row: Row) => boolean = () => true) => rows.filter(fits).map((row) => `${of(row)}/${part}`);
  const triggers = rows.flatMap((row) => row.triggers.map((trigger) => ({ row, trigger })));
  const queues = triggers.flatMap(({ row, trigger }) => (trigger.kind === 'queue' ? [{ queue: trigger.queue, row }] : []));
  const hasSandbox = rows.some((row) => isStartedBy(row, 'http', 'sandbox'));
  const withoutAccessLog = config.accessLogs ? [] : ['api/http/Stage', ...(hasSandbox ? ['sandbox/sandbox-http/Stage'] : [])];
  return [
    {
      rule: 'AwsSolutions-APIG4',
      resources: triggers.flatMap(({ trigger }) => routesOf(trigger)),
      reason:
        'Functions check tokens, tickets and signatures themselves: a callback carries its proof in its body, products are public, and ' +
        'each journey of the local stack shows that a call without its proof is refused.',
    },
    ...['AwsSolutions-APIG1', 'Serverless-APIGWAccessLogging'].flatMap((rule) => [
      {
        rule,
        resources: withoutAccessLog,
        reason: 'Functions log each request; the line of the gateway is a setting of the stage, which production turns on.',
      },
      {
        rule,
        resources: ['realtime/Stage'],
        reason: 'For a WebSocket API the gateway needs a role for the whole account, which no stage should own; push-connection logs each call.',
      },
    ]),
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<Partition>:execute-api:<Region>:<AccountId>:<sockets>/live/POST/@connections/*]',
      resources: every('Role', (row) => row.permissions.sockets),
      reason: 'The ids of open sockets are not known beforehand.',
    },
    {
      rule: 'AwsSolutions-IAM5[Resource::arn:<Partition>:execute-api:<Region>:<AccountId>:<sockets>/live/DELETE/@connections/*]',
      resources: every('Role', (row) => row.permissions.closes_sockets === true),
      reason: 'The ids of open sockets are not known beforehand.',
    },
    {
      rule: `AwsSolutions-IAM5[Resource::arn:<Partition>:secretsmanager:<Region>:<AccountId>:secret:till/${config.stage}/account/*]`,
      resources: every('Role', (row) => row.permissions.secrets.includes('account/*')),
      reason: 'Accounts are added while the stage runs; the names below account/ are those of this stage alone.',
    },
    ...rows.map((row) => ({
      rule: `AwsSolutions-IAM5[Resource::arn:<Partition>:logs:<Region>:<AccountId>:log-group:/aws/lambda/till-${config.stage}-${row.name}:*]`,
      resources: [`${of(row)}/Role`],
      reason: 'The names of the streams of its own log group are made by Lambda.',
    })),
    {
      rule: 'AwsSolutions-SMG4',
      resources: stage.paths('AWS::SecretsManager::Secret'),
      reason: 'A new key has to reach those who sign with it at the same time: docs/deploying.md says how it is rotated by hand.',
    },
    {
      rule: 'Serverless-LambdaDLQ',
      resources: every('Function'),
      reason: 'Functions are called by the gateway and by queues, which wait for the answer: Lambda keeps no message of those. Schedules are below.',
    },
    ...(['Serverless-EventBusDLQ', 'Serverless-LambdaAsyncFailureDestination'] as const).map((rule) => ({
      rule,
      resources: every(rule === 'Serverless-EventBusDLQ' ? 'Schedule' : 'Function/EventInvokeConfig', (row) => isStartedBy(row, 'schedule')),
      reason: 'The next run does the work of one that failed, and an alarm watches for runs that are missing.',
    })),
    {
      rule: 'Serverless-LambdaEventSourceMappingDestination',
      resources: queues.map(({ queue, row }) => `${of(row)}/From ${queue}`),
      reason: 'A destination is for streams: what fails five times goes to the dead letters of the queue.',
    },
    {
      rule: 'Serverless-SQSRedrivePolicy',
      resources: queues.map(({ queue }) => `${STACK_OF_QUEUE[queue]}/${queue}/DeadLetters`),
      reason: 'These are the dead letters themselves.',
    },
    {
      rule: 'Serverless-SNSRedrivePolicy',
      resources: ['observability/ToTheQueue', ...(config.alarmEmail === undefined ? [] : [`observability/Topic/${config.alarmEmail}`])],
      reason: 'What cannot be delivered needs no queue: CloudWatch goes on showing the alarm.',
    },
    {
      rule: 'Serverless-LambdaTracing',
      resources: every('Function'),
      reason: 'X-Ray would need a permission for all resources in every role; each line of the log names request and order.',
    },
  ];
}

/** What cfn-lint finds: `<rule> <path in the template>`. */
export function lintExceptions(stage: Stage): Exception[] {
  return [
    {
      rule: 'W3005',
      resources: ['AWS::Lambda::Function', 'AWS::ApiGatewayV2::ApiMapping'].flatMap((type) =>
        stage.logicalIds(type).map((id) => `Resources/${id}/DependsOn/0`),
      ),
      reason: 'The CDK lets each function wait for its role, and the mapping for its domain, which the references do already.',
    },
    {
      rule: 'W3694',
      resources: stage.logicalIds('AWS::SNS::Subscription').filter((id) => id.startsWith('ToTheQueue')).map((id) => `Resources/${id}/Properties/Endpoint/Fn::Join/0`),
      reason: 'The endpoint is the queue of alarms. It is named and not referred to, as all queues are in this stack.',
    },
  ];
}

/** The resource of each route of a trigger. */
function routesOf(trigger: Trigger): string[] {
  switch (trigger.kind) {
    case 'http':
      return trigger.routes.map((route) => `${trigger.api === 'main' ? 'api/http' : 'sandbox/sandbox-http'}/${route.replaceAll('/', ' ')}`);
    case 'websocket':
      return trigger.routes.map((route) => `realtime/Api/${route}-Route`);
    case 'queue':
    case 'schedule':
      return [];
  }
}
