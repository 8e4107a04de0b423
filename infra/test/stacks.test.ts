// The resources of the stacks: functions, routes, queues, the table, alarms.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { outputName } from '../lib/constructs/function.ts';
import type { Row } from '../lib/rows.ts';
import { isArnLike, type Resource, Stage } from './support.ts';

for (const name of ['dev', 'production']) {
  const stage = new Stage(name);
  const isProduction = name === 'production';

  test(`${name}: each row becomes one function, with its size and its log`, () => {
    assert.equal(stage.all('AWS::Lambda::Function').length, stage.rows.length);
    for (const row of stage.rows) {
      const { Properties: made } = stage.lambda(row.name);
      assert.deepEqual([made.MemorySize, made.Timeout], [row.memory_mb, row.timeout_seconds], row.name);
      assert.deepEqual([made.Runtime, made.Handler, made.Architectures], ['provided.al2023', 'bootstrap', ['arm64']]);
      const log = stage.one('AWS::Logs::LogGroup', ({ LogGroupName }) => LogGroupName === `/aws/lambda/till-${name}-${row.name}`);
      assert.equal(log.Properties.RetentionInDays, stage.config.logDays);
      assert.equal(stage.text(made.LoggingConfig.LogGroup), `<${log.Properties.LogGroupName}>`);
    }
  });

  test(`${name}: the environment of a function has what its row names, and nothing else`, () => {
    for (const row of stage.rows) {
      const variables: Record<string, unknown> = stage.lambda(row.name).Properties.Environment.Variables;
      const named = (key: string) => row.environment.some((word) => (word.endsWith('*') ? key.startsWith(word.slice(0, -1)) : key === word));
      assert.deepEqual(Object.keys(variables).filter((key) => !named(key)), [], row.name);
      const set = (word: string) => Object.keys(stage.config.settings).includes(word);
      const isThere = (word: string) => set(word) || (/_(NAME|URL|ID)$|STAGE$/.test(word) && !(isProduction && word === 'SANDBOX_API_ID'));
      const missing = row.environment.filter((word) => !(word in variables) && isThere(word));
      if (isProduction) assert.ok(!('SANDBOX_API_ID' in variables), row.name);
      assert.deepEqual(missing.filter((word) => !['JWKS_URL', 'PUBLIC_BASE_URL', 'SHOP_URL'].includes(word)), [], row.name);
      assert.equal(variables['STAGE'], name);
    }
    const variables = stage.lambda('create-order').Properties.Environment.Variables;
    assert.equal(variables.TABLE_NAME, `till-${name}`);
    assert.equal(stage.text(variables.FULFILMENT_QUEUE_URL), `<till-${name}-fulfilment>`);
    assert.equal(stage.text(variables.WEBSOCKET_API_ID), `<till-${name}-sockets>`);
    assert.equal(stage.text(variables.HTTP_API_ID), `<till-${name}-http>`);
    assert.equal(variables.PUBLIC_BASE_URL, stage.config.settings.PUBLIC_BASE_URL);
  });

  test(`${name}: each route leads to its function, and there are no others`, () => {
    const wanted = stage.rows.flatMap((row) => row.triggers.flatMap((trigger) => {
      if (trigger.kind === 'http') {
        const api = trigger.api === 'main' ? `till-${name}-http` : `till-${name}-sandbox-http`;
        return trigger.routes.map((route) => `<${api}> ${route} → <till-${name}-${row.name} Arn>`);
      }
      if (trigger.kind === 'websocket') {
        return trigger.routes.map((route) => `<till-${name}-sockets> ${route} → <till-${name}-${row.name} Arn>`);
      }
      return [];
    }));
    assert.deepEqual(stage.all('AWS::ApiGatewayV2::Route').map((route) => describe(stage, route)).sort(), wanted.sort());
  });

  test(`${name}: queues and schedules start their functions`, () => {
    for (const row of stage.rows) {
      for (const trigger of row.triggers) {
        if (trigger.kind === 'queue') {
          const isOurs = (from: unknown) => stage.text(from) === `<till-${name}-${trigger.queue} Arn>`;
          const { Properties: made } = stage.one('AWS::Lambda::EventSourceMapping', ({ EventSourceArn }) => isOurs(EventSourceArn));
          assert.deepEqual(made.FunctionResponseTypes, ['ReportBatchItemFailures']);
          assert.equal(stage.text(made.FunctionName), `<till-${name}-${row.name}>`);
          assert.deepEqual([made.BatchSize, made.ScalingConfig.MaximumConcurrency], [trigger.batch_size, trigger.max_concurrency]);
          assert.equal(made.MaximumBatchingWindowInSeconds, trigger.batch_window_seconds);
        }
        if (trigger.kind === 'schedule') {
          const { Properties: rule } = stage.one('AWS::Events::Rule', ({ Name }) => Name === `till-${name}-${row.name}`);
          const rate = { 1: '1 minute', 60: '1 hour' }[trigger.rate_minutes] ?? `${trigger.rate_minutes} minutes`;
          assert.deepEqual([rule.ScheduleExpression, rule.State], [`rate(${rate})`, 'ENABLED']);
          assert.equal(stage.text(rule.Targets[0].Arn), `<till-${name}-${row.name} Arn>`);
          const patience = { MaximumEventAgeInSeconds: trigger.max_age_seconds, MaximumRetryAttempts: trigger.retries };
          assert.deepEqual(rule.Targets[0].RetryPolicy, patience);
          const isOfRow = (of: unknown) => stage.text(of) === `<till-${name}-${row.name}>`;
          const { Properties: own } = stage.one('AWS::Lambda::EventInvokeConfig', ({ FunctionName }) => isOfRow(FunctionName));
          assert.deepEqual(own, { ...own, ...patience });
        }
      }
    }
  });

  test(`${name}: a queue fits the time-out of its function, and keeps what fails five times for two weeks`, () => {
    for (const row of stage.rows) {
      for (const trigger of row.triggers.filter((one) => one.kind === 'queue')) {
        const called = (wanted: string) => stage.one('AWS::SQS::Queue', ({ QueueName }) => QueueName === wanted);
        const queue = called(`till-${name}-${trigger.queue}`);
        // Old hints of what is due are worth nothing.
        const [factor, kept] = trigger.queue === 'sweep' ? [2, 600] : [6, 14 * 24 * 3600];
        assert.equal(queue.Properties.VisibilityTimeout, factor * row.timeout_seconds);
        assert.equal(queue.Properties.MessageRetentionPeriod, kept);
        assert.ok(kept > 5 * queue.Properties.VisibilityTimeout, 'it is kept until it has failed five times');
        assert.equal(queue.Properties.RedrivePolicy.maxReceiveCount, 5);
        const dead = called(`till-${name}-${trigger.queue}-dead`);
        assert.equal(stage.text(queue.Properties.RedrivePolicy.deadLetterTargetArn), `<${dead.Properties.QueueName} Arn>`);
        assert.equal(dead.Properties.MessageRetentionPeriod, 14 * 24 * 3600);
        for (const one of [queue, dead]) assert.equal(one.Properties.SqsManagedSseEnabled, true);
      }
    }
  });

  test(`${name}: the table has the keys that the code uses, and its deletion fits the stage`, () => {
    const table = stage.one('AWS::DynamoDB::Table');
    const made = table.Properties;
    const keys = (schema: { AttributeName: string }[]) => schema.map((one) => one.AttributeName);
    assert.deepEqual(keys(made.KeySchema), ['pk', 'sk']);
    const indexes = made.GlobalSecondaryIndexes.map((one: any) => [one.IndexName, ...keys(one.KeySchema), one.Projection.ProjectionType]);
    assert.deepEqual(indexes, [
      ['by_user', 'u', 'pk', 'KEYS_ONLY'],
      ['due', 'ds', 'due', 'KEYS_ONLY'],
      ['by_day', 'day', 'pk', 'KEYS_ONLY'],
      ['by_trade', 'tr', 'pk', 'KEYS_ONLY'],
      ['held', 'held', 'hs', 'KEYS_ONLY'],
    ]);
    const types = made.AttributeDefinitions.map((one: any) => `${one.AttributeName} ${one.AttributeType}`);
    assert.deepEqual(types.sort(), ['day S', 'ds S', 'due N', 'held S', 'hs N', 'pk S', 'sk S', 'tr S', 'u S']);
    assert.deepEqual(made.TimeToLiveSpecification, { AttributeName: 'ttl', Enabled: true });
    assert.equal(made.BillingMode, 'PAY_PER_REQUEST');
    assert.equal(made.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
    assert.equal(made.DeletionProtectionEnabled, isProduction);
  });

  test(`${name}: only data outlives ${isProduction ? 'a stack' : 'no stack'}, and nothing else blocks its name for the next deployment`, () => {
    const kept = [...stage.templates].flatMap(([stack, template]) =>
      Object.values(template.Resources).flatMap(({ Type, Properties, DeletionPolicy = 'Delete', UpdateReplacePolicy = 'Delete' }) => {
        if (DeletionPolicy === 'Delete' && UpdateReplacePolicy === 'Delete') return [];
        assert.equal(DeletionPolicy, 'RetainExceptOnCreate', 'a resource of a failed first deployment is empty');
        return [`${stack} ${Type} ${Properties.TableName ?? Properties.QueueName ?? Properties.Name}`];
      }),
    );
    const secrets = stage.all('AWS::SecretsManager::Secret').map((one) => `data AWS::SecretsManager::Secret ${one.Properties.Name}`);
    const data = ['data AWS::DynamoDB::Table till-production', 'data AWS::SQS::Queue till-production-fulfilment-dead', 'data AWS::SQS::Queue till-production-alarms-dead', ...secrets];
    assert.deepEqual(kept.sort(), isProduction ? data.sort() : []);
  });

  test(`${name}: no stack refers to the table but by its name, so that another can take its place`, () => {
    const exports = [...stage.templates.values()].flatMap(({ Outputs = {} }) => Object.values(Outputs).flatMap((one) => one.Export?.Name ?? []));
    assert.deepEqual(exports.filter((one) => /Table/.test(one)), []);
  });

  test(`${name}: AWS makes the key of tickets, and no template has a secret`, () => {
    const secret = stage.one('AWS::SecretsManager::Secret').Properties;
    assert.equal(secret.Name, `till/${name}/tickets`);
    assert.equal(secret.SecretString, undefined);
    assert.equal(secret.GenerateSecretString.SecretStringTemplate, '{}');
    assert.equal(secret.GenerateSecretString.GenerateStringKey, 'tickets');
    assert.ok(secret.GenerateSecretString.PasswordLength >= 43, '256 bits of letters and digits');
  });

  test(`${name}: pages of the configured origins and of the demo shop may call, and no others`, () => {
    const { Properties: api } = stage.one('AWS::ApiGatewayV2::Api', ({ Name }) => Name === `till-${name}-http`);
    const demoShop = isProduction ? [] : [`<till-${name}-sandbox-http ApiEndpoint>`];
    assert.deepEqual(api.CorsConfiguration.AllowOrigins.map((origin: unknown) => stage.text(origin)), [...stage.config.corsOrigins, ...demoShop]);
    assert.equal(api.CorsConfiguration.AllowCredentials, undefined);
    assert.deepEqual(api.CorsConfiguration.AllowMethods, ['GET', 'POST', 'PATCH']);
    for (const header of ['authorization', 'idempotency-key']) assert.ok(api.CorsConfiguration.AllowHeaders.includes(header));
  });

  test(`${name}: an alarm watches one metric, and everything that can fail has an alarm`, () => {
    const alarms = stage.all('AWS::CloudWatch::Alarm', 'observability').map((alarm) => alarm.Properties);
    assert.ok(alarms.every((alarm) => alarm.MetricName && !alarm.Metrics && alarm.AlarmActions.length === 1 && alarm.OKActions.length === 1));
    const watched = alarms.map((one) => `${one.MetricName} ${(one.Dimensions ?? []).map((of: any) => stage.text(of.Value))}`);
    for (const row of stage.rows) {
      for (const metric of ['Errors', 'Throttles']) assert.ok(watched.includes(`${metric} till-${name}-${row.name}`), row.name);
      const filtered = stage.all('AWS::Logs::MetricFilter').map((one) => one.Properties.LogGroupName);
      assert.ok(filtered.includes(`/aws/lambda/till-${name}-${row.name}`), row.name);
    }
    for (const { Properties: queue } of stage.all('AWS::SQS::Queue')) {
      const isDead = queue.QueueName.endsWith('-dead');
      const metric = isDead ? 'ApproximateNumberOfMessagesVisible' : 'ApproximateAgeOfOldestMessage';
      assert.ok(watched.includes(`${metric} ${queue.QueueName}`), queue.QueueName);
    }
    assert.ok(watched.includes('AskedForAPerson '));
    for (const job of ['sweep-orders', 'notify-team', 'sales-statistics']) assert.ok(watched.includes(`Invocations till-${name}-${job}`), job);
    const runs = alarms.find((one) => one.AlarmName === `till-${name} notify-team does not run`);
    assert.deepEqual([runs?.Period, runs?.Threshold], [1800, 1], 'it runs every quarter of an hour');
    assert.ok(watched.includes(`5xx <till-${name}-http>`));
  });

  test(`${name}: the dashboard shows every figure that functions write, and no other`, () => {
    const body = stage.text(stage.one('AWS::CloudWatch::Dashboard').Properties.DashboardBody);
    const shown = new Set([...body.matchAll(/MetricName=\\"([a-z_]+)\\"|"Till\/[a-z]+","([a-z_]+)"/g)].map(([, searched, named]) => searched ?? named));
    assert.ok(shown.has('seconds_to_grant'));
    assert.deepEqual([...shown].sort(), figures());
    for (const { Properties: alarm } of stage.all('AWS::CloudWatch::Alarm')) assert.ok(body.includes(alarm.AlarmName) || body.includes('Arn'));
  });

  test(`${name}: the outputs have all names and addresses`, () => {
    const outputs = [...stage.templates.values()].flatMap((template) => Object.keys(template.Outputs ?? {}));
    const own = ['ApiUrl', 'HttpApiId', 'PageOrigins', 'WebsocketUrl', 'WebsocketApiId', 'TableName', 'QueueUrl', 'DeadLetterQueueUrl', 'SweepQueueUrl', 'AlarmsQueueUrl'];
    const sandbox = ['SandboxUrl', 'SandboxApiId', 'SandboxQueueUrl', 'SandboxDeadLetterQueueUrl'];
    const functions = stage.rows.map((row) => outputName(row));
    const found = outputs.filter((output) => !output.startsWith('ExportsOutput'));
    assert.deepEqual(found.sort(), [...own, ...functions, ...(isProduction ? [] : sandbox)].sort());
  });

  test(`${name}: a stack refers only to earlier ones, by exports`, () => {
    const seen = new Set<string>();
    for (const [stack, template] of stage.templates) {
      seen.add(`till-${name}-${stack}`);
      for (const [, exporter] of JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^:"]+):/g)) {
        assert.ok(seen.has(String(exporter)), `${stack} needs ${exporter}`);
      }
    }
    assert.equal([...seen][0], `till-${name}-data`);
  });
}

test('a stage with a table from elsewhere uses it, and makes none', () => {
  const stage = new Stage('production', { config: { tableName: 'till-production-2026' } });
  assert.deepEqual(stage.all('AWS::DynamoDB::Table'), []);
  const tables = stage.all('AWS::Lambda::Function').map(({ Properties }) => Properties.Environment.Variables.TABLE_NAME);
  assert.deepEqual([...new Set(tables)], ['till-production-2026']);
  assert.equal(stage.templates.get('data')?.Outputs?.['TableName']?.Value, 'till-production-2026');
  const own = JSON.stringify([...stage.templates]).match(/table\/till-production"|table\/till-production\//);
  assert.equal(own, null, 'a permission for the table that was left');
});

test('a stage is deployed to its account and region only', () => {
  assert.deepEqual([...new Stage('production').environments], ['aws://111111111111/ap-southeast-1']);
  assert.deepEqual([...new Stage('dev').environments], ['aws://unknown-account/unknown-region']);
});

test('the configured domain leads to the HTTP API, and is the only address that does', () => {
  const domain = { name: 'pay.example.com', certificateArn: 'arn:aws:acm:ap-southeast-1:111111111111:certificate/one' };
  const stage = new Stage('production', { config: { domain } });
  assert.equal(stage.one('AWS::ApiGatewayV2::DomainName').Properties.DomainName, domain.name);
  const isClosed = (of: Stage) => of.one('AWS::ApiGatewayV2::Api', ({ Name }) => Name === 'till-production-http').Properties.DisableExecuteApiEndpoint;
  assert.deepEqual([isClosed(stage), isClosed(new Stage('production'))], [true, false]);
  assert.equal(stage.templates.get('api')?.Outputs?.ApiUrl?.Value, 'https://pay.example.com');
  assert.equal(stage.text(stage.one('AWS::ApiGatewayV2::ApiMapping').Properties.ApiId), '<till-production-http>');
});

test('callbacks to the system before lead to the function of their provider', () => {
  const { settings } = new Stage('production').config;
  const paths = { CALLBACK_PATHS_ALIPAY: '/api/payment/alipay/notify, /payment/notify', CALLBACK_PATHS_STRIPE: '/api/payment/webhook/stripe' };
  const stage = new Stage('production', { config: { settings: { ...settings, ...paths } } });
  const target = (key: string) => stage.targetOf(stage.one('AWS::ApiGatewayV2::Route', ({ RouteKey }) => RouteKey === key));
  const usual = (name: string) => target(`POST /api/v1/payment/${name}`);
  assert.equal(target('POST /api/payment/alipay/notify'), usual('alipay/callback'));
  assert.equal(target('POST /payment/notify'), usual('alipay/callback'));
  assert.equal(target('POST /api/payment/webhook/stripe'), usual('stripe/webhook'));
  assert.equal(stage.lambda('alipay-callback').Properties.Environment.Variables.CALLBACK_PATHS_ALIPAY, paths.CALLBACK_PATHS_ALIPAY);
  assert.equal(stage.lambda('wechat-callback').Properties.Environment.Variables.CALLBACK_PATHS_ALIPAY, undefined);
});

test('a trusted proxy has a secret, which the functions of the API may read', () => {
  const { settings } = new Stage('production').config;
  const stage = new Stage('production', { config: { settings: { ...settings, TRUSTED_PROXY: 'x-till-proxy' } } });
  const secrets = (of: Stage) => of.all('AWS::SecretsManager::Secret').filter((one) => one.Properties.Name === 'till/production/proxy');
  assert.equal(secrets(new Stage('production')).length, 0, 'no secret that nothing needs');
  const [secret, ...others] = secrets(stage);
  assert.equal(others.length, 0);
  assert.match(secret?.DeletionPolicy ?? '', /^Retain/, 'it outlives the stack');
  assert.deepEqual(secret?.Properties.GenerateSecretString, { ExcludePunctuation: true, PasswordLength: 64 });
  for (const row of stage.rows) {
    const isOfApi = row.triggers.some((trigger) => trigger.kind === 'http');
    assert.equal(stage.lambda(row.name).Properties.Environment.Variables.TRUSTED_PROXY, isOfApi ? 'x-till-proxy' : undefined, row.name);
    assert.equal(row.permissions.secrets.includes('proxy'), isOfApi, row.name);
  }
});

test('limits of routes, functions and queues are set where the stage states them, and nowhere else', () => {
  const route = 'POST /api/v1/payment/create-order';
  const limits = {
    routes: { [route]: { requestsPerSecond: 50, burstRequests: 100 } },
    reservedConcurrency: { 'create-order': 200, 'fulfil-order': 20, 'sweep-orders': 33 },
    queueConcurrency: { fulfilment: 20, sweep: 32 },
  };
  const [without, stage] = [new Stage('production'), new Stage('production', { config: { limits } })];
  const settings = (of: Stage) => of.one('AWS::ApiGatewayV2::Stage', ({ StageName }) => StageName === '$default').Properties.RouteSettings;
  assert.equal(settings(without), undefined);
  assert.deepEqual(settings(stage), { [route]: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 } });
  const reserved = (of: Stage) =>
    of.rows.flatMap(({ name }) => {
      const set = of.lambda(name).Properties.ReservedConcurrentExecutions;
      return set === undefined ? [] : [[name, set]];
    });
  assert.deepEqual(reserved(without), []);
  assert.deepEqual(Object.fromEntries(reserved(stage)), limits.reservedConcurrency);
  const batches = (of: Stage) =>
    Object.fromEntries(of.all('AWS::Lambda::EventSourceMapping').map(({ Properties }) => [of.text(Properties.EventSourceArn), Properties.ScalingConfig.MaximumConcurrency]));
  assert.deepEqual(batches(without), { '<till-production-fulfilment Arn>': 10, '<till-production-alarms Arn>': 2, '<till-production-sweep Arn>': 16 });
  assert.deepEqual(batches(stage), { '<till-production-fulfilment Arn>': 20, '<till-production-alarms Arn>': 2, '<till-production-sweep Arn>': 32 });
});

test('the gateway makes a route before its limit', () => {
  const limits = { routes: { 'POST /api/v1/payment/retry-payment': { requestsPerSecond: 5, burstRequests: 10 } } };
  const stage = new Stage('production', { config: { limits } });
  const made = stage.templates.get('api')?.Resources ?? {};
  const [id] = Object.entries(made).find(([, one]) => one.Properties?.RouteKey === 'POST /api/v1/payment/retry-payment') ?? [];
  const [gateway] = Object.values(made).filter((one) => one.Type === 'AWS::ApiGatewayV2::Stage') as { DependsOn?: string[] }[];
  assert.ok(id !== undefined && gateway?.DependsOn?.includes(id), `${id} is not among ${gateway?.DependsOn}`);
});

test('alarms may publish to their topic, and only over TLS', () => {
  const stage = new Stage('production');
  const topic = stage.one('AWS::SNS::TopicPolicy').Properties;
  const lines = topic.PolicyDocument.Statement.map((one: any) => [one.Effect, one.Principal.Service ?? one.Principal, one.Action, one.Condition]);
  const alarm = lines.find(([effect]: string[]) => effect === 'Allow');
  assert.deepEqual(alarm.slice(0, 3), ['Allow', 'cloudwatch.amazonaws.com', 'sns:Publish']);
  assert.equal(stage.text(alarm[3].StringEquals['aws:SourceAccount']), '<AccountId>');
  const pattern = stage.text(alarm[3].ArnLike['aws:SourceArn']);
  for (const { Properties } of stage.all('AWS::CloudWatch::Alarm')) {
    assert.ok(isArnLike(`arn:<Partition>:cloudwatch:<Region>:<AccountId>:alarm:${Properties.AlarmName}`, pattern), Properties.AlarmName);
  }
  const others = lines.filter(([effect]: string[]) => effect !== 'Allow');
  assert.deepEqual(others, [['Deny', '*', 'sns:Publish', { Bool: { 'aws:SecureTransport': 'false' } }]]);
});

test('alarms and budget are sent to the configured address', () => {
  const stage = new Stage('production', { config: { alarmEmail: 'team@example.com', monthlyBudgetUsd: 40 } });
  assert.equal(stage.one('AWS::SNS::Subscription', ({ Protocol }) => Protocol === 'email').Properties.Endpoint, 'team@example.com');
  assert.equal(stage.one('AWS::Budgets::Budget').Properties.Budget.BudgetLimit.Amount, 40);
  assert.deepEqual(new Stage('production').all('AWS::Budgets::Budget'), []);
});

test('a row with an unknown or later variable ends the synthesis', () => {
  const spoilt = (spoil: (row: Row) => void) => {
    const { rows } = new Stage('dev');
    const copies: Row[] = structuredClone(rows);
    spoil(copies.find((row) => row.name === 'push-connection') as Row);
    return () => new Stage('dev', { rows: copies });
  };
  assert.throws(spoilt((row) => row.environment.push('SHOP_COLOUR')), /there is no variable or setting SHOP_COLOUR/);
  assert.throws(spoilt((row) => row.environment.push('HTTP_API_ID')), /HTTP_API_ID of push-connection does not exist yet/);
});

/** A route with its API and its function. */
function describe(stage: Stage, route: Resource): string {
  const { ApiId, RouteKey } = route.Properties;
  return `${stage.text(ApiId)} ${RouteKey} → ${stage.targetOf(route)}`;
}

test("CloudWatch's alarms reach the queue of alarms, but neither what functions say themselves nor mails", () => {
  const stage = new Stage('production');
  const { Properties: queue } = stage.one('AWS::SNS::Subscription', ({ Protocol }) => Protocol === 'sqs');
  assert.equal(stage.text(queue.Endpoint), 'arn:<Partition>:sqs:<Region>:<AccountId>:till-production-alarms');
  assert.deepEqual([queue.RawMessageDelivery, queue.FilterPolicyScope], [true, 'MessageBody']);
  assert.deepEqual(queue.FilterPolicy, { AlarmName: [{ 'anything-but': ['till-production a person is needed'] }] });
  const names = stage.all('AWS::CloudWatch::Alarm').map(({ Properties }) => Properties.AlarmName);
  assert.ok(names.includes('till-production a person is needed'), 'the name that is left out is that of an alarm');
});

test('mails are published only where the stage has an address for them', () => {
  const [with_, without] = [new Stage('production'), new Stage('dev')];
  const topic = (of: Stage) => of.lambda('notify-team').Properties.Environment.Variables.ALARM_TOPIC_ARN;
  assert.equal(with_.text(topic(with_)), 'arn:<Partition>:sns:<Region>:<AccountId>:till-production-alarms');
  assert.equal(topic(without), undefined);
  for (const [stage, expected] of [[with_, true], [without, false]] as const) {
    assert.equal(JSON.stringify(stage.all('AWS::IAM::Role')).includes('sns:Publish'), expected);
  }
});

/** The names of the figures that functions write, from their one list. */
function figures(): string[] {
  const source = readFileSync(new URL('../../shared/app/src/figures.rs', import.meta.url), 'utf8');
  const fields = [...source.matchAll(/figure!\((.*)\);/g)].flatMap(([, list = '']) => list.split(',').map((field) => field.split('=')[0]?.trim() ?? ''));
  const words = ['provider', 'answer', '$($field)*'];
  return [...new Set(fields.filter((field) => /^[a-z_]+$/.test(field) && !words.includes(field)))].sort();
}
