// The stage's dashboard: is money stuck? The first two rows answer that; the others say where to look. Its figures are those of
// shared/app/src/figures.rs, which the functions write as embedded metrics; docs/dashboard.md explains each.

import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

import { deadLetterName, queueName } from './queue.ts';
import type { QueueName } from '../rows.ts';

const FULL = 24;
const HALF = 12;
const HEIGHT = 6;
const PERIOD = Duration.minutes(5);

export interface DashboardProps {
  stage: string;
  queues: QueueName[];
  alarms: Alarm[];
}

export class StageDashboard extends Construct {
  constructor(scope: Construct, id: string, { stage, queues, alarms }: DashboardProps) {
    super(scope, id);
    const figures = new Figures(stage);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `till-${stage}`,
      defaultInterval: Duration.days(1),
      widgets: [
        [new AlarmStatusWidget({ title: 'What needs somebody', alarms, width: FULL, height: 4 })],
        [...isMoneyStuck(figures, stage, queues)],
        [
          graph('Paid, and granted', [figures.howMany('seconds_to_pay', 'paid'), figures.howMany('seconds_to_grant', 'granted')]),
          graph('Seconds from payment to goods', figures.spread('seconds_to_grant')),
        ],
        [
          graph('Orders made and paid, by provider', [figures.byProvider('orders_created', 'made'), figures.byProvider('seconds_to_pay', 'paid', Stats.SAMPLE_COUNT)]),
          graph('Declined, cancelled, refunded, by provider', [
            figures.byProvider('payments_declined', 'declined'),
            figures.byProvider('orders_cancelled', 'cancelled'),
            figures.byProvider('refunds', 'refunds'),
          ]),
        ],
        [
          graph('Callbacks, by how they were answered', [figures.search('provider,answer', 'callbacks', 'Sum', '')]),
          graph('Seconds from order to payment', figures.spread('seconds_to_pay')),
        ],
        [
          graph('Milliseconds of a call to a provider (p95)', [figures.byProvider('provider_ms', 'p95', 'p95')]),
          graph('Calls that a provider did not answer, or not usably', [figures.byProvider('provider_failures', 'failed')]),
        ],
        [
          graph('Sweep: seconds late, orders left', [figures.most('sweep_late_seconds', 'seconds late'), figures.most('orders_left', 'orders left')]),
          graph('Starts, and their milliseconds (p95)', [figures.one('start_ms', Stats.SAMPLE_COUNT, 'starts'), figures.one('start_ms', 'p95', 'p95')]),
        ],
      ],
    });
  }
}

function* isMoneyStuck(figures: Figures, stage: string, queues: QueueName[]): Iterable<IWidget> {
  const paid = figures.howMany('seconds_to_pay', 'paid');
  const granted = figures.howMany('seconds_to_grant', 'granted');
  yield new TextWidget({
    markdown: [
      '# Is money stuck?',
      'No, if **paid** and **granted** of the day agree but for the last minute, nothing is **late**, and there are **no dead letters**.',
      'Otherwise look at the alarms above, and at docs/operating.md for what each of them means.',
    ].join('\n\n'),
    width: 6,
    height: HEIGHT,
  });
  yield new SingleValueWidget({ title: 'Paid and granted', metrics: [paid, granted], setPeriodToTimeRange: true, width: 6, height: HEIGHT });
  yield new SingleValueWidget({
    title: 'Late and left, at most',
    metrics: [figures.most('sweep_late_seconds', 'seconds late'), figures.most('orders_left', 'orders left')],
    setPeriodToTimeRange: true,
    width: 6,
    height: HEIGHT,
  });
  yield new GraphWidget({
    title: 'Queues: oldest message (seconds), dead letters',
    left: queues.map((name) => ofQueue(queueName(stage, name), 'ApproximateAgeOfOldestMessage', name)),
    right: queues.map((name) => ofQueue(deadLetterName(stage, name), 'ApproximateNumberOfMessagesVisible', `${name}: dead`)),
    width: 6,
    height: HEIGHT,
  });
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: HALF, height: HEIGHT });
}

function ofQueue(queue: string, metricName: string, label: string): Metric {
  return new Metric({ namespace: 'AWS/SQS', metricName, dimensionsMap: { QueueName: queue }, statistic: Stats.MAXIMUM, period: PERIOD, label });
}

/** The figures of a stage. Where there are several series, a search finds them: a new provider needs no change here. */
class Figures {
  private readonly namespace: string;

  constructor(stage: string) {
    this.namespace = `Till/${stage}`;
  }

  search(dimensions: string, metric: string, statistic: string, label: string): MathExpression {
    const expression = `SEARCH('{"${this.namespace}",${dimensions}} MetricName="${metric}"', '${statistic}', ${PERIOD.toSeconds()})`;
    return new MathExpression({ expression, usingMetrics: {}, label, period: PERIOD });
  }

  byProvider(metric: string, label: string, statistic: string = Stats.SUM): MathExpression {
    return this.search('provider', metric, statistic, label);
  }

  /** How often a figure was written, for all providers together. */
  howMany(metric: string, label: string): MathExpression {
    const { expression } = this.byProvider(metric, label, Stats.SAMPLE_COUNT);
    return new MathExpression({ expression: `SUM(${expression})`, usingMetrics: {}, label, period: PERIOD });
  }

  spread(metric: string): IMetric[] {
    return ['p50', 'p95', Stats.MAXIMUM].map((statistic) => this.byProvider(metric, statistic, statistic));
  }

  one(metricName: string, statistic: string, label: string): Metric {
    return new Metric({ namespace: this.namespace, metricName, statistic, period: PERIOD, label });
  }

  most(metric: string, label: string): Metric {
    return this.one(metric, Stats.MAXIMUM, label).with({ color: Color.RED });
  }
}
