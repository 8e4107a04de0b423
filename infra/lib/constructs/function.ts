// One Lambda function as its row says: its code, its role, its log. Compiles nothing: cargo has done that before.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function, type FunctionProps, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnOutput } from 'aws-cdk-lib';
import { Construct } from 'constructs';

import { logging, statements } from '../permissions.ts';
import type { Row } from '../rows.ts';
import { environmentOf, type Surroundings } from '../surroundings.ts';

/** The name of a function in its stage. */
export function functionName(stage: string, row: Pick<Row, 'name'>): string {
  return `till-${stage}-${row.name}`;
}

/** The name of its log group. */
export function logGroupName(stage: string, row: Pick<Row, 'name'>): string {
  return `/aws/lambda/${functionName(stage, row)}`;
}

/** The output that tells its ARN: `FunctionCreateOrder` for create-order. */
export function outputName(row: Pick<Row, 'name'>): string {
  return `Function${row.name.split('-').map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')}`;
}

/** A function. */
export class TillFunction extends Construct {
  readonly row: Row;
  readonly lambda: Function;

  constructor(scope: Construct, row: Row, surroundings: Surroundings) {
    super(scope, row.name);
    this.row = row;
    const { config } = surroundings;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: logGroupName(config.stage, row),
      retention: config.logDays,
      removalPolicy: config.isProduction ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.lambda = new Function(this, 'Function', {
      functionName: functionName(config.stage, row),
      description: row.description,
      runtime: Runtime.PROVIDED_AL2023,
      architecture: surroundings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'bootstrap',
      code: Code.fromAsset(built(surroundings.functionsDir, row)),
      memorySize: row.memory_mb,
      timeout: Duration.seconds(row.timeout_seconds),
      environment: environmentOf(row, surroundings),
      role: this.role(surroundings),
      logGroup,
      ...patience(row),
    });
    new CfnOutput(Stack.of(this), outputName(row), { value: this.lambda.functionArn });
  }

  /** All of its permissions stand in the role itself: nothing is attached to it from elsewhere. */
  private role({ config, things }: Surroundings): Role {
    const stack = Stack.of(this);
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${functionName(config.stage, this.row)} may do`,
      inlinePolicies: {
        own: new PolicyDocument({
          statements: [logging(logGroupName(config.stage, this.row), stack), ...statements(stack, this.row.permissions, things)],
        }),
      },
    });
  }
}

/** Lambda itself tries again what a schedule started, whatever the schedule says: it has to be told as well. */
function patience(row: Row): Pick<FunctionProps, 'retryAttempts' | 'maxEventAge'> {
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
