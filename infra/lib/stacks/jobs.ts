// The functions that no caller starts: fulfil-order handles its queue, sweep-orders runs every minute, and notify-team handles the
// queue of alarms and runs every quarter of an hour. When much is due, sweep-orders sends messages to a queue of its own, which
// starts it for each part.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { functionName, TillFunction } from '../constructs/function.ts';
import { addQueueTrigger, TillQueue } from '../constructs/queue.ts';
import { addSchedule } from '../constructs/schedule.ts';
import { must } from '../permissions.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { FunctionContext } from '../function-context.ts';

export class JobsStack extends Stack {
  constructor(scope: Construct, id: string, rows: Row[], context: FunctionContext, props: StackProps) {
    super(scope, id, props);
    const { config, resources, variables } = context;
    const { stage } = resources;
    const { queue } = new TillQueue(this, config, 'sweep', rows);
    const queueArns = { ...resources.queueArns, sweep: queue.queueArn };
    const ours = { ...context, resources: { ...resources, queueArns }, variables: { ...variables, SWEEP_QUEUE_URL: queue.queueUrl } };
    const isJob = (row: Row) => isStartedBy(row, 'queue', 'fulfilment') || isStartedBy(row, 'schedule');
    // A function with routes, too, is made where its routes are.
    const jobs = rows.filter((row) => isJob(row) && !isStartedBy(row, 'http'));
    for (const row of jobs) {
      const worker = new TillFunction(this, row, ours);
      for (const trigger of row.triggers) {
        if (trigger.kind === 'queue') addQueueTrigger(worker, trigger, must(queueArns[trigger.queue], trigger.queue), config.limits);
        if (trigger.kind === 'schedule') addSchedule(worker, trigger, functionName(stage, row));
      }
    }
    new CfnOutput(this, 'SweepQueueUrl', { value: queue.queueUrl });
  }
}
