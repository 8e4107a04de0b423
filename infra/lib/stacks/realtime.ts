// The WebSocket API for the open pages of buyers, and its function. Other functions send to its sockets.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';

import { TillFunction } from '../constructs/function.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { FunctionContext } from '../function-context.ts';

export const WEBSOCKET_STAGE = 'live';

export class RealtimeStack extends Stack {
  readonly apiId: string;

  constructor(scope: Construct, id: string, rows: Row[], before: FunctionContext, props: StackProps) {
    super(scope, id, props);
    const { config } = before;
    // A page sends a plain word, in which the default route selection finds no route: `$default` handles it.
    const api = new WebSocketApi(this, 'Api', { apiName: `till-${config.stage}-sockets` });
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: api,
      stageName: WEBSOCKET_STAGE,
      autoDeploy: true,
      throttle: { rateLimit: config.requestsPerSecond, burstLimit: config.burstRequests },
    });
    this.apiId = api.apiId;
    const context = withSockets(before, this.apiId);
    for (const row of rows.filter((row) => isStartedBy(row, 'websocket'))) {
      const handler = new TillFunction(this, row, context);
      for (const route of row.triggers.flatMap((trigger) => (trigger.kind === 'websocket' ? trigger.routes : []))) {
        const name = `On ${route.replace('$', '')}`;
        api.addRoute(route, { integration: new WebSocketLambdaIntegration(name, handler.lambda) });
      }
    }
    new CfnOutput(this, 'WebsocketApiId', { value: this.apiId });
    new CfnOutput(this, 'WebsocketUrl', { value: stage.url });
  }
}

export function withSockets(before: FunctionContext, apiId: string): FunctionContext {
  return {
    ...before,
    resources: { ...before.resources, webSocket: { apiId, stage: WEBSOCKET_STAGE } },
    variables: { ...before.variables, WEBSOCKET_API_ID: apiId, WEBSOCKET_STAGE },
  };
}
