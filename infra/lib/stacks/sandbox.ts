// The sandbox, for stages without real money: it has an HTTP API and a queue of delayed callbacks of its own. It shares the
// table, where it may only use its own items. Production never has this stack.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { TillFunction } from '../constructs/function.ts';
import { TillHttpApi } from '../constructs/http-api.ts';
import { TillQueue, addQueueTrigger } from '../constructs/queue.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { FunctionContext } from '../function-context.ts';

export class SandboxStack extends Stack {
  readonly apiId: string;
  /** Of its pages. */
  readonly origin: string;

  constructor(scope: Construct, id: string, rows: Row[], before: FunctionContext, props: StackProps) {
    super(scope, id, props);
    const { config, resources, variables } = before;
    if (config.isProduction) throw new Error(`${config.stage} is production and must not have the sandbox`);
    const callbacks = new TillQueue(this, config, 'sandbox-callbacks', rows);
    const http = new TillHttpApi(this, 'sandbox-http', config, { corsOrigins: [] });
    this.apiId = http.api.apiId;
    this.origin = http.api.apiEndpoint;
    const { queueArn, queueUrl } = callbacks.queue;
    const context = {
      ...before,
      resources: { ...resources, queueArns: { ...resources.queueArns, 'sandbox-callbacks': queueArn } },
      variables: { ...variables, SANDBOX_QUEUE_URL: queueUrl, SANDBOX_API_ID: this.apiId },
    };
    for (const row of rows.filter((row) => isStartedBy(row, 'http', 'sandbox'))) {
      const handler = new TillFunction(this, row, context);
      http.addRoutes(handler, 'sandbox');
      for (const trigger of row.triggers) if (trigger.kind === 'queue') addQueueTrigger(handler, trigger, queueArn, config.limits);
    }
    new CfnOutput(this, 'SandboxApiId', { value: http.api.apiId });
    new CfnOutput(this, 'SandboxUrl', { value: http.api.apiEndpoint });
    new CfnOutput(this, 'SandboxQueueUrl', { value: queueUrl });
    new CfnOutput(this, 'SandboxDeadLetterQueueUrl', { value: callbacks.deadLetters.queueUrl });
  }
}
