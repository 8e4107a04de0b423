// The stacks of one stage, in the order of deployment. Each uses only those before it.

import { type App, Tags } from 'aws-cdk-lib';

import { refuseInProduction, type StageConfig } from './config.ts';
import { limitFaults } from './limits.ts';
import { refuse, type Row, touchesSandbox } from './rows.ts';
import { ApiStack } from './stacks/api.ts';
import { DataStack } from './stacks/data.ts';
import { JobsStack } from './stacks/jobs.ts';
import { ObservabilityStack } from './stacks/observability.ts';
import { RealtimeStack, withSockets } from './stacks/realtime.ts';
import { SandboxStack } from './stacks/sandbox.ts';
import type { FunctionContext } from './function-context.ts';

/** The folder of the functions' programs, and the architecture for which they were built. */
export type Programs = Pick<FunctionContext, 'functionsDir' | 'architecture'>;

export function addStacks(app: App, config: StageConfig, rows: Row[], programs: Programs): void {
  refuseInProduction(config, rows, touchesSandbox);
  refuse(limitFaults(config, rows));
  const { stage } = config;
  const { account, region } = config;
  const env = { ...(account && { account }), ...(region && { region }) };
  const props = { analyticsReporting: false, suppressTemplateIndentation: true, env };
  const id = (name: string) => `till-${stage}-${name}`;

  const data = new DataStack(app, id('data'), config, rows, props);
  const onData: FunctionContext = {
    config,
    ...programs,
    resources: {
      stage,
      tableArn: data.tableArn,
      tableKeyArn: config.tableKeyArn,
      queueArns: { alarms: data.alarms.queue.queueArn, fulfilment: data.fulfilment.queue.queueArn },
      alarmTopicArn: config.alarmEmail && data.alarmTopicArn,
    },
    variables: {
      TABLE_NAME: data.tableName,
      FULFILMENT_QUEUE_URL: data.fulfilment.queue.queueUrl,
      ALARMS_QUEUE_URL: data.alarms.queue.queueUrl,
      // Without an address there is nobody to get mails.
      ALARM_TOPIC_ARN: config.alarmEmail ? data.alarmTopicArn : null,
    },
  };
  const realtime = new RealtimeStack(app, id('realtime'), rows, onData, props);
  const onSockets = withSockets(onData, realtime.apiId);
  // The pages of its demo shop call the API, so the API has to know its origin.
  const sandbox = rows.some(touchesSandbox) ? new SandboxStack(app, id('sandbox'), rows, onData, props) : undefined;
  const onSandbox = { ...onSockets, variables: { ...onSockets.variables, SANDBOX_API_ID: sandbox?.apiId ?? null } };
  const api = new ApiStack(app, id('api'), rows, onSandbox, sandbox ? [sandbox.origin] : [], props);
  const onApi = { ...onSandbox, variables: { ...onSandbox.variables, HTTP_API_ID: api.apiId } };
  const jobs = new JobsStack(app, id('jobs'), rows, onApi, props);
  const made = [data, realtime, ...(sandbox ? [sandbox] : []), api, jobs];

  // They refer to the table by its name, so the CDK does not see that they depend on its stack.
  for (const stack of made.slice(1)) stack.addStackDependency(data);

  const observability = new ObservabilityStack(app, id('observability'), config, rows, api.apiId, props);
  // It refers to queues and logs by their names, so the CDK does not see that it depends on their stacks.
  for (const stack of made) observability.addStackDependency(stack);
  Tags.of(app).add('till:stage', stage);
}
