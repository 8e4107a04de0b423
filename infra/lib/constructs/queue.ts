// A queue with its dead-letter queue and the function that works it off. Loses nothing: what fails five times is put aside
// for two weeks, and can be sent back at any time.

import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import { isStartedBy, type QueueName, type QueueTrigger, type Row } from '../rows.ts';
import type { TillFunction } from './function.ts';

/** After so many tries a message is put aside. */
const MOST_RECEIVES = 5;
/** As long as SQS keeps anything: time for a long weekend and a look. */
const KEPT_DAYS = 14;
/** AWS asks for six times the function's time-out, so that no message is seen again while it is still worked on. */
const VISIBILITY_FACTOR = 6;

/** The name of a queue in its stage. */
export function queueName(stage: string, name: QueueName): string {
  return `till-${stage}-${name}`;
}

/** The name of its dead-letter queue. */
export function deadLetterName(stage: string, name: QueueName): string {
  return `${queueName(stage, name)}-dead`;
}

/** A queue with its dead-letter queue. */
export class TillQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, stage: string, name: QueueName, rows: Row[]) {
    super(scope, name);
    const worker = rows.find((row) => isStartedBy(row, 'queue', name));
    if (!worker) throw new Error(`nobody works off the queue ${name}`);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: deadLetterName(stage, name),
      retentionPeriod: Duration.days(KEPT_DAYS),
      encryption: QueueEncryption.SQS_MANAGED,
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: queueName(stage, name),
      retentionPeriod: Duration.days(KEPT_DAYS),
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * worker.timeout_seconds),
      encryption: QueueEncryption.SQS_MANAGED,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MOST_RECEIVES },
    });
  }
}

/** Lets a queue start a function. The function names the messages that failed; only those come again. */
export function workOff(worker: TillFunction, trigger: QueueTrigger, queueArn: string): void {
  new EventSourceMapping(worker, `From ${trigger.queue}`, {
    target: worker.lambda,
    eventSourceArn: queueArn,
    batchSize: trigger.batch_size,
    maxConcurrency: trigger.max_concurrency,
    reportBatchItemFailures: true,
  });
}
