// The resources with data: the table, the queues of deliveries and of alarms with their dead letters, and the key of tickets. In production
// none of them is deleted with the stack.

import { CfnOutput, type RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

import { ownTableName, TABLE_INDEXES, type StageConfig, type TableIndex } from '../config.ts';
import { removalPolicyOfData } from '../constructs/removal.ts';
import { alarmTopicName, TillQueue } from '../constructs/queue.ts';
import type { Row } from '../rows.ts';

export class DataStack extends Stack {
  readonly tableName: string;
  readonly tableArn: string;
  readonly fulfilment: TillQueue;
  readonly alarms: TillQueue;
  /** The topic is made by the last stack, which knows what can fail. */
  readonly alarmTopicArn: string;

  constructor(scope: Construct, id: string, config: StageConfig, rows: Row[], props: StackProps) {
    super(scope, id, { ...props, terminationProtection: config.isProduction });
    const removalPolicy = removalPolicyOfData(config);
    // Other stacks know the table by its name and not by a reference, which would keep it from being replaced by another.
    this.tableName = config.tableName ?? ownTableName(config.stage);
    this.tableArn = this.formatArn({ service: 'dynamodb', resource: 'table', resourceName: this.tableName });
    if (config.tableName === undefined) this.makeTable(config, removalPolicy);
    this.fulfilment = new TillQueue(this, config, 'fulfilment', rows);
    this.alarms = new TillQueue(this, config, 'alarms', rows);
    this.alarmTopicArn = this.formatArn({ service: 'sns', resource: alarmTopicName(config.stage) });
    this.alarms.queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AllowAlarms',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('sns.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.alarms.queue.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account }, ArnEquals: { 'aws:SourceArn': this.alarmTopicArn } },
      }),
    );
    new Secret(this, 'Tickets', {
      secretName: `till/${config.stage}/tickets`,
      description: 'Signs the tickets of sockets',
      // Any change here makes a new key: tickets of the last minute then stop working.
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'tickets',
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy,
    });
    if (config.settings.TRUSTED_PROXY !== undefined) {
      new Secret(this, 'Proxy', {
        secretName: `till/${config.stage}/proxy`,
        description: `What the proxy before the API sends in the header ${config.settings.TRUSTED_PROXY}`,
        // Any change here makes a new value: the proxy then has to be given it.
        generateSecretString: { passwordLength: 64, excludePunctuation: true },
        removalPolicy,
      });
    }
    new CfnOutput(this, 'TableName', { value: this.tableName });
    new CfnOutput(this, 'QueueUrl', { value: this.fulfilment.queue.queueUrl });
    new CfnOutput(this, 'AlarmsQueueUrl', { value: this.alarms.queue.queueUrl });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: this.fulfilment.deadLetters.queueUrl });
  }

  private makeTable(config: StageConfig, removalPolicy: RemovalPolicy): void {
    const encryption = config.tableKeyArn
      ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: Key.fromKeyArn(this, 'TableKey', config.tableKeyArn) }
      : { encryption: TableEncryption.DEFAULT };
    const table = new Table(this, 'Table', {
      // With a fixed name no update of the stack can silently replace the table with an empty one.
      tableName: this.tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: config.isProduction,
      removalPolicy,
      ...encryption,
    });
    for (const name of config.tableIndexes ?? (Object.keys(TABLE_INDEXES) as TableIndex[])) {
      const index: { hash: string; range: string; rangeIsNumber?: true } = TABLE_INDEXES[name];
      table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: index.hash, type: AttributeType.STRING },
        sortKey: { name: index.range, type: index.rangeIsNumber ? AttributeType.NUMBER : AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
  }
}
