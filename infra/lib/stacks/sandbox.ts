// The player of the providers, for stages without real money: its own HTTP API, its own queue of callbacks to come. It
// shares the table, where it may touch its own items alone. Production never has this stack.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { TillFunction } from '../constructs/function.ts';
import { TillHttpApi } from '../constructs/http-api.ts';
import { TillQueue, workOff } from '../constructs/queue.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { Surroundings } from '../surroundings.ts';

/** The sandbox's stack. */
export class SandboxStack extends Stack {
  constructor(scope: Construct, id: string, rows: Row[], before: Surroundings, props: StackProps) {
    super(scope, id, props);
    const { config, things, places } = before;
    if (config.isProduction) throw new Error(`${config.stage} is production: it has no sandbox`);
    const callbacks = new TillQueue(this, config.stage, 'sandbox-callbacks', rows);
    const http = new TillHttpApi(this, 'sandbox-http', config, { corsOrigins: [] });
    const { queueArn, queueUrl } = callbacks.queue;
    const surroundings = {
      ...before,
      things: { ...things, queueArns: { ...things.queueArns, 'sandbox-callbacks': queueArn } },
      places: { ...places, SANDBOX_QUEUE_URL: queueUrl, SANDBOX_API_ID: http.api.apiId },
    };
    for (const row of rows.filter((row) => isStartedBy(row, 'http', 'sandbox'))) {
      const player = new TillFunction(this, row, surroundings);
      http.leadTo(player, 'sandbox');
      for (const trigger of row.triggers) if (trigger.kind === 'queue') workOff(player, trigger, queueArn);
    }
    new CfnOutput(this, 'SandboxApiId', { value: http.api.apiId });
    new CfnOutput(this, 'SandboxUrl', { value: http.api.apiEndpoint });
    new CfnOutput(this, 'SandboxQueueUrl', { value: queueUrl });
    new CfnOutput(this, 'SandboxDeadLetterQueueUrl', { value: callbacks.deadLetters.queueUrl });
  }
}
