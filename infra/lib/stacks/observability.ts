// Alarms, each on one metric, a dashboard and a budget. No other stack depends on this one. The local stack leaves it out, as the emulator
// does not support it.

import { ArnFormat, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { FilterPattern, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { FilterOrPolicy, Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';

import type { StageConfig } from '../config.ts';
import { StageDashboard } from '../constructs/dashboard.ts';
import { functionName, logGroupName } from '../constructs/function.ts';
import { alarmTopicName, deadLetterName, queueName } from '../constructs/queue.ts';
import type { QueueName, Row, ScheduleTrigger } from '../rows.ts';

const FIVE_MINUTES = Duration.minutes(5);
/** A function usually receives a message within a second. */
const OLDEST_MESSAGE_SECONDS = 300;
/** Fewer answers of 500 and above in five minutes may be accidents. */
const SERVER_ERRORS = 5;
/** Of a schedule of every minute; AWS may miss two runs. */
const RUNS_IN_FIVE_MINUTES = 3;
/** What functions say themselves, one by one: the queue must not get it twice. */
const PERSON_NEEDED = 'a person is needed';

/** An alarm when the period of a metric, five minutes unless it says otherwise, reach a threshold, or with `isLack` stay below it. */
interface AlarmProps {
  name: string;
  about: string;
  metric: Metric;
  threshold?: number;
  isLack?: boolean;
}

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, config: StageConfig, rows: Row[], httpApiId: string, props: StackProps) {
    super(scope, id, props);
    const { stage } = config;
    const topic = this.topic(stage);
    if (config.alarmEmail) topic.addSubscription(new EmailSubscription(config.alarmEmail));
    const all = [
      ...rows.flatMap((row) => functionAlarms(stage, row)),
      ...queuesOf(rows).flatMap((name) => queueAlarms(stage, name)),
      gatewayAlarm(httpApiId),
      this.alarmLines(stage, rows),
    ];
    const alarms = all.map((watched) => this.watch(stage, watched));
    for (const alarm of alarms) {
      alarm.addAlarmAction(new SnsAction(topic));
      // Whoever was told of an alarm is told when it is over.
      alarm.addOkAction(new SnsAction(topic));
    }
    this.tellChannels(stage, topic);
    new StageDashboard(this, 'Money', { stage, queues: queuesOf(rows), alarms });
    if (config.monthlyBudgetUsd && config.alarmEmail) this.budget(stage, config.monthlyBudgetUsd, config.alarmEmail);
  }

  private topic(stage: string): Topic {
    const topic = new Topic(this, 'Topic', { topicName: alarmTopicName(stage), displayName: `Till ${stage}`, enforceSSL: true });
    const alarms = { service: 'cloudwatch', resource: 'alarm', resourceName: `till-${stage} *`, arnFormat: ArnFormat.COLON_RESOURCE_NAME };
    // A policy of our own takes the place of the one that lets the alarms of the account publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account }, ArnLike: { 'aws:SourceArn': this.formatArn(alarms) } },
      }),
    );
    return topic;
  }

  /** The queue of alarms gets these too, so that every channel hears of them. */
  private tellChannels(stage: string, topic: Topic): void {
    new Subscription(this, 'ToTheQueue', {
      topic,
      protocol: SubscriptionProtocol.SQS,
      endpoint: this.formatArn({ service: 'sqs', resource: queueName(stage, 'alarms') }),
      rawMessageDelivery: true,
      // A mail that notify-team publishes has no such name, so that it does not come back to it.
      filterPolicyWithMessageBody: {
        AlarmName: FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ denylist: [`till-${stage} ${PERSON_NEEDED}`] })),
      },
    });
  }

  private watch(stage: string, { name, about, metric, threshold = 1, isLack = false }: AlarmProps): Alarm {
    return new Alarm(this, name, {
      alarmName: `till-${stage} ${name}`,
      alarmDescription: about,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: isLack
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: isLack ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }

  /** A function logs a line with the field `alarm` when a person has to decide, as about an order on hold. */
  private alarmLines(stage: string, rows: Row[]): AlarmProps {
    const asked = { metricNamespace: `Till/${stage}`, metricName: 'AskedForAPerson' };
    for (const row of rows) {
      new MetricFilter(this, `Lines of ${row.name}`, {
        logGroup: LogGroup.fromLogGroupName(this, `Log of ${row.name}`, logGroupName(stage, row)),
        filterPattern: FilterPattern.stringValue('$.alarm', '=', '*'),
        ...asked,
      });
    }
    const metric = new Metric({ namespace: asked.metricNamespace, metricName: asked.metricName, ...sumOfFiveMinutes() });
    return { name: PERSON_NEEDED, about: 'An order is on hold, or money came that fits no order', metric };
  }

  private budget(stage: string, limit: number, address: string): void {
    new CfnBudget(this, 'Budget', {
      budget: {
        budgetName: `till-${stage}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limit, unit: 'USD' },
      },
      notificationsWithSubscribers: [
        {
          notification: { notificationType: 'FORECASTED', comparisonOperator: 'GREATER_THAN', threshold: 100 },
          subscribers: [{ subscriptionType: 'EMAIL', address }],
        },
      ],
    });
  }
}

function functionAlarms(stage: string, row: Row): AlarmProps[] {
  const metric = (metricName: string) => {
    const dimensionsMap = { FunctionName: functionName(stage, row) };
    return new Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap, ...sumOfFiveMinutes() });
  };
  const of = [
    { name: `${row.name} fails`, about: 'It ended with an error, or not in time', metric: metric('Errors') },
    { name: `${row.name} is throttled`, about: 'More calls than the account may run at once', metric: metric('Throttles') },
  ];
  const schedule = row.triggers.find((trigger): trigger is ScheduleTrigger => trigger.kind === 'schedule');
  if (!schedule) return of;
  return [...of, { name: `${row.name} does not run`, isLack: true, about: 'What is due is not looked for', ...silence(metric('Invocations'), schedule) }];
}

/** A schedule of every minute is watched for five minutes, a rarer one for the time of two runs. */
function silence(metric: Metric, { rate_minutes: rate }: ScheduleTrigger): { metric: Metric; threshold: number } {
  if (rate === 1) return { metric, threshold: RUNS_IN_FIVE_MINUTES };
  return { metric: metric.with({ period: Duration.minutes(2 * rate) }), threshold: 1 };
}

function queueAlarms(stage: string, name: QueueName): AlarmProps[] {
  const metric = (metricName: string, queue: string) => {
    const dimensionsMap = { QueueName: queue };
    return new Metric({ namespace: 'AWS/SQS', metricName, dimensionsMap, statistic: 'Maximum', period: FIVE_MINUTES });
  };
  const oldest = metric('ApproximateAgeOfOldestMessage', queueName(stage, name));
  return [
    {
      name: `${name} has dead letters`,
      about: 'A message failed five times; sending it back is safe at any time',
      metric: metric('ApproximateNumberOfMessagesVisible', deadLetterName(stage, name)),
    },
    { name: `${name} is stuck`, about: 'Its oldest message waits', metric: oldest, threshold: OLDEST_MESSAGE_SECONDS },
  ];
}

function gatewayAlarm(apiId: string): AlarmProps {
  const metric = new Metric({ namespace: 'AWS/ApiGateway', metricName: '5xx', dimensionsMap: { ApiId: apiId }, ...sumOfFiveMinutes() });
  return { name: 'the API fails', about: 'Callers are answered 500 and more', metric, threshold: SERVER_ERRORS };
}

function sumOfFiveMinutes() {
  return { statistic: 'Sum', period: FIVE_MINUTES };
}

function queuesOf(rows: Row[]): QueueName[] {
  return rows.flatMap((row) => row.triggers.flatMap((trigger) => (trigger.kind === 'queue' ? [trigger.queue] : [])));
}
