// A queue with its dead-letter queue, and the trigger of the function that handles its messages. A message that fails five
// times is kept in the dead-letter queue for two weeks and can be sent back at any time. Only dead letters outlive a stack of
// production: a lost message is found again in its order.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { StageConfig } from '../config.ts';
import { isStartedBy, type QueueName, type QueueTrigger, type Row } from '../rows.ts';
import type { TillFunction } from './function.ts';
import { removalPolicyOfData } from './removal.ts';

/** After so many tries a message goes to the dead-letter queue. */
const MAX_RECEIVES = 5;
/** The longest time that SQS allows. */
const RETENTION_DAYS = 14;
/** AWS recommends six times the time-out of the function, so that no message is received again while it is handled. */
const VISIBILITY_FACTOR = 6;

export function queueName(stage: string, name: QueueName): string {
  return `till-${stage}-${name}`;
}

export function deadLetterName(stage: string, name: QueueName): string {
  return `${queueName(stage, name)}-dead`;
}

export class TillQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, config: StageConfig, name: QueueName, rows: Row[]) {
    super(scope, name);
    const { stage } = config;
    const worker = rows.find((row) => isStartedBy(row, 'queue', name));
    if (!worker) throw new Error(`no function has the queue ${name} as its trigger`);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: deadLetterName(stage, name),
      retentionPeriod: Duration.days(RETENTION_DAYS),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: removalPolicyOfData(config),
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: queueName(stage, name),
      retentionPeriod: Duration.days(RETENTION_DAYS),
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * worker.timeout_seconds),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}

/** Makes a queue the trigger of a function. The function names the messages that failed; only those are received again. */
export function addQueueTrigger(worker: TillFunction, trigger: QueueTrigger, queueArn: string): void {
  new EventSourceMapping(worker, `From ${trigger.queue}`, {
    target: worker.lambda,
    eventSourceArn: queueArn,
    batchSize: trigger.batch_size,
    maxConcurrency: trigger.max_concurrency,
    reportBatchItemFailures: true,
  });
}
