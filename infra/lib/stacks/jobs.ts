// The functions that no caller starts: fulfil-order handles its queue, sweep-orders runs every minute, and notify-team handles the
// queue of alarms and runs every quarter of an hour. When much is due, sweep-orders sends messages to a queue of its own, which
// starts it for each part.

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';

import { functionName, TillFunction } from '../constructs/function.ts';
import { addQueueTrigger, TillQueue } from '../constructs/queue.ts';
import { must } from '../permissions.ts';
import { isStartedBy, type Row, type ScheduleTrigger } from '../rows.ts';
import type { FunctionContext } from '../function-context.ts';

export class JobsStack extends Stack {
  constructor(scope: Construct, id: string, rows: Row[], context: FunctionContext, props: StackProps) {
    super(scope, id, props);
    const { config, resources, variables } = context;
    const { stage } = resources;
    const { queue } = new TillQueue(this, config, 'sweep', rows);
    const queueArns = { ...resources.queueArns, sweep: queue.queueArn };
    const ours = { ...context, resources: { ...resources, queueArns }, variables: { ...variables, SWEEP_QUEUE_URL: queue.queueUrl } };
    const jobs = rows.filter((row) => isStartedBy(row, 'queue', 'fulfilment') || isStartedBy(row, 'schedule'));
    for (const row of jobs) {
      const worker = new TillFunction(this, row, ours);
      for (const trigger of row.triggers) {
        if (trigger.kind === 'queue') addQueueTrigger(worker, trigger, must(queueArns[trigger.queue], trigger.queue), config.limits);
        if (trigger.kind === 'schedule') schedule(worker, trigger, functionName(stage, row));
      }
    }
    new CfnOutput(this, 'SweepQueueUrl', { value: queue.queueUrl });
  }
}

/** The next run does the work of a run that failed, so that a retry would only run beside it. */
function schedule(worker: TillFunction, trigger: ScheduleTrigger, ruleName: string): void {
  new Rule(worker, 'Schedule', {
    ruleName,
    description: worker.row.description,
    schedule: Schedule.rate(Duration.minutes(trigger.rate_minutes)),
    targets: [
      new LambdaFunction(worker.lambda, {
        retryAttempts: trigger.retries,
        maxEventAge: Duration.seconds(trigger.max_age_seconds),
      }),
    ],
  });
}
