// A queue with its dead-letter queue, and the trigger of the function that handles its messages. A message that fails five
// times is kept in the dead-letter queue for two weeks and can be sent back at any time. Only dead letters of deliveries and alarms
// outlive a stack of production: what a lost hint was about is found again in its order.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

import type { StageConfig } from '../config.ts';
import { type Limits, queueConcurrency } from '../limits.ts';
import { isStartedBy, type QueueName, type QueueTrigger, type Row } from '../rows.ts';
import type { TillFunction } from './function.ts';
import { removalPolicyOfData } from './removal.ts';

/** After so many tries a message goes to the dead-letter queue. */
const MAX_RECEIVES = 5;
/** The longest time that SQS allows. */
const LONGEST = Duration.days(14);

/** How long a queue keeps a message, and for how many time-outs of its function it hides one that was received. */
const TIMES: { [name in QueueName]: { kept: Duration; visibilityFactor: number } } = {
  // AWS recommends six, so that no message is received again while it is handled.
  alarms: { kept: LONGEST, visibilityFactor: 6 },
  fulfilment: { kept: LONGEST, visibilityFactor: 6 },
  'sandbox-callbacks': { kept: LONGEST, visibilityFactor: 6 },
  // Hints, of which each minute brings new ones: old ones must not pile up, and one that comes twice does no harm. Within ten
  // minutes one that always fails is received five times.
  sweep: { kept: Duration.minutes(10), visibilityFactor: 2 },
};

export function queueName(stage: string, name: QueueName): string {
  return `till-${stage}-${name}`;
}

export function deadLetterName(stage: string, name: QueueName): string {
  return deadLettersOf(queueName(stage, name));
}

/** The name, ARN or URL of the dead letters of a queue, from that of the queue. */
export function deadLettersOf(queue: string): string {
  return `${queue}-dead`;
}

/** The topic of CloudWatch's alarms, and of mails to the team. */
export function alarmTopicName(stage: string): string {
  return `till-${stage}-alarms`;
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
      retentionPeriod: LONGEST,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: name === 'sweep' ? RemovalPolicy.DESTROY : removalPolicyOfData(config),
    });
    this.queue = new Queue(this, 'Queue', {
      queueName: queueName(stage, name),
      retentionPeriod: TIMES[name].kept,
      visibilityTimeout: Duration.seconds(TIMES[name].visibilityFactor * worker.timeout_seconds),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}

/** Makes a queue the trigger of a function. The function names the messages that failed; only those are received again. */
export function addQueueTrigger(worker: TillFunction, trigger: QueueTrigger, queueArn: string, limits: Limits | undefined): void {
  new EventSourceMapping(worker, `From ${trigger.queue}`, {
    target: worker.lambda,
    eventSourceArn: queueArn,
    batchSize: trigger.batch_size,
    ...(trigger.batch_window_seconds && { maxBatchingWindow: Duration.seconds(trigger.batch_window_seconds) }),
    maxConcurrency: queueConcurrency(limits, trigger),
    reportBatchItemFailures: true,
  });
}
