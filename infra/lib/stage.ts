// All stacks of one stage, in the order in which they are deployed: each stands on those before it and knows none after it.

import { type App, Tags } from 'aws-cdk-lib';

import { refuseInProduction, type StageConfig } from './config.ts';
import { type Row, touchesSandbox } from './rows.ts';
import { ApiStack } from './stacks/api.ts';
import { DataStack } from './stacks/data.ts';
import { JobsStack } from './stacks/jobs.ts';
import { ObservabilityStack } from './stacks/observability.ts';
import { RealtimeStack, withSockets } from './stacks/realtime.ts';
import { SandboxStack } from './stacks/sandbox.ts';
import type { Surroundings } from './surroundings.ts';

/** Where the functions' programs are, and for which machine they were built. */
export type Programs = Pick<Surroundings, 'functionsDir' | 'architecture'>;

/** Makes the stacks of a stage. */
export function addStacks(app: App, config: StageConfig, rows: Row[], programs: Programs): void {
  refuseInProduction(config, rows, touchesSandbox);
  const { stage } = config;
  const props = { analyticsReporting: false };
  const id = (name: string) => `till-${stage}-${name}`;

  const data = new DataStack(app, id('data'), config, rows, props);
  const onData: Surroundings = {
    config,
    ...programs,
    things: {
      stage,
      tableArn: data.table.tableArn,
      tableKeyArn: config.tableKeyArn,
      queueArns: { fulfilment: data.fulfilment.queue.queueArn },
    },
    places: { TABLE_NAME: data.table.tableName, FULFILMENT_QUEUE_URL: data.fulfilment.queue.queueUrl },
  };
  const realtime = new RealtimeStack(app, id('realtime'), rows, onData, props);
  const onSockets = withSockets(onData, realtime.apiId);
  const api = new ApiStack(app, id('api'), rows, onSockets, props);
  const onApi = { ...onSockets, places: { ...onSockets.places, HTTP_API_ID: api.apiId } };
  const jobs = new JobsStack(app, id('jobs'), rows, onApi, props);
  const made = [data, realtime, api, jobs];
  if (rows.some(touchesSandbox)) made.push(new SandboxStack(app, id('sandbox'), rows, onData, props));

  const observability = new ObservabilityStack(app, id('observability'), config, rows, api.apiId, props);
  // It names queues and logs without asking the stacks that make them.
  for (const stack of made) observability.addStackDependency(stack);
  Tags.of(app).add('till:stage', stage);
}
