// What happens without anybody's call: goods are delivered from the queue, and every minute the sweep looks for what is due.

import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';

import { functionName, TillFunction } from '../constructs/function.ts';
import { workOff } from '../constructs/queue.ts';
import { must } from '../permissions.ts';
import { isStartedBy, type Row, type ScheduleTrigger } from '../rows.ts';
import type { Surroundings } from '../surroundings.ts';

/** The stack of what runs by itself. */
export class JobsStack extends Stack {
  constructor(scope: Construct, id: string, rows: Row[], surroundings: Surroundings, props: StackProps) {
    super(scope, id, props);
    const { queueArns, stage } = surroundings.things;
    const jobs = rows.filter((row) => isStartedBy(row, 'queue', 'fulfilment') || isStartedBy(row, 'schedule'));
    for (const row of jobs) {
      const worker = new TillFunction(this, row, surroundings);
      for (const trigger of row.triggers) {
        if (trigger.kind === 'queue') workOff(worker, trigger, must(queueArns[trigger.queue], trigger.queue));
        if (trigger.kind === 'schedule') schedule(worker, trigger, functionName(stage, row));
      }
    }
  }
}

/** A run that is missed or fails is made good by the next one: trying again would only run two at once. */
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
