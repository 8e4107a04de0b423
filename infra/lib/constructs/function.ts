// A Lambda function as its row describes it: code, role and log. Its program has been built before.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function,
  type FunctionProps,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { Limits } from '../limits.ts';
import { logging, statements } from '../permissions.ts';
import type { Row } from '../rows.ts';
import { environmentOf, type FunctionContext } from '../function-context.ts';

export function functionName(stage: string, row: Pick<Row, 'name'>): string {
  return `till-${stage}-${row.name}`;
}

export function logGroupName(stage: string, row: Pick<Row, 'name'>): string {
  return `/aws/lambda/${functionName(stage, row)}`;
}

/** The output with its ARN: `FunctionCreateOrder` for create-order. */
export function outputName(row: Pick<Row, 'name'>): string {
  return `Function${row.name.split('-').map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')}`;
}

export class TillFunction extends Construct {
  readonly row: Row;
  readonly lambda: Function;

  constructor(scope: Construct, row: Row, context: FunctionContext) {
    super(scope, row.name);
    this.row = row;
    const { config } = context;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: logGroupName(config.stage, row),
      retention: config.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.lambda = new Function(this, 'Function', {
      functionName: functionName(config.stage, row),
      description: row.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: context.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'bootstrap',
      code: Code.fromAsset(built(context.functionsDir, row)),
      memorySize: row.memory_mb,
      timeout: Duration.seconds(row.timeout_seconds),
      environment: environmentOf(row, context),
      role: this.role(context),
      logGroup,
      // The function filters its own lines. Of Lambda's, those of each good invocation would cost more than they tell.
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.TRACE,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...reserved(row, config.limits),
      ...retries(row),
    });
    new CfnOutput(Stack.of(this), outputName(row), { value: this.lambda.functionArn });
  }

  /** The role contains all permissions; no policy is attached to it from elsewhere. */
  private role({ config, resources }: FunctionContext): Role {
    const stack = Stack.of(this);
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionName(config.stage, this.row)} may do`,
      inlinePolicies: {
        own: new PolicyDocument({
          statements: [logging(logGroupName(config.stage, this.row), stack), ...statements(stack, this.row.permissions, resources)],
        }),
      },
    });
  }
}

function reserved(row: Row, limits: Limits | undefined): Pick<FunctionProps, 'reservedConcurrentExecutions'> {
  const reservedConcurrentExecutions = limits?.reservedConcurrency?.[row.name];
  return reservedConcurrentExecutions === undefined ? {} : { reservedConcurrentExecutions };
}

/** Lambda has retries of its own for what a schedule starts, beside those of the schedule. */
function retries(row: Row): Pick<FunctionProps, 'retryAttempts' | 'maxEventAge'> {
  const schedule = row.triggers.find((trigger) => trigger.kind === 'schedule');
  if (schedule?.kind !== 'schedule') return {};
  return { retryAttempts: schedule.retries, maxEventAge: Duration.seconds(schedule.max_age_seconds) };
}

function built(functionsDir: string, row: Row): string {
  const folder = join(functionsDir, row.name);
  if (!existsSync(join(folder, 'bootstrap'))) {
    throw new Error(`${folder}/bootstrap is missing: build the functions first (cargo lambda build --release --arm64)`);
  }
  return folder;
}
