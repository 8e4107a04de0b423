// The schedule of a function: a rule of EventBridge that starts it again and again.

import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';

import type { ScheduleTrigger } from '../rows.ts';
import type { TillFunction } from './function.ts';

/** The next run does the work of a run that failed, so that a retry would only run beside it. */
export function addSchedule(worker: TillFunction, trigger: ScheduleTrigger, ruleName: string): void {
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
