// Buyers' open pages: the WebSocket API and the function behind it. Others send to its sockets; it keeps nothing itself.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';

import { TillFunction } from '../constructs/function.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { Surroundings } from '../surroundings.ts';

/** The API's one stage. */
export const WEBSOCKET_STAGE = 'live';

/** The stack of sockets. */
export class RealtimeStack extends Stack {
  readonly apiId: string;

  constructor(scope: Construct, id: string, rows: Row[], before: Surroundings, props: StackProps) {
    super(scope, id, props);
    const { config } = before;
    // What a page sends is one plain word; the expression finds nothing in it, and `$default` takes it.
    const api = new WebSocketApi(this, 'Api', { apiName: `till-${config.stage}-sockets` });
    const stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: api,
      stageName: WEBSOCKET_STAGE,
      autoDeploy: true,
      throttle: { rateLimit: config.requestsPerSecond, burstLimit: config.burstRequests },
    });
    this.apiId = api.apiId;
    const surroundings = withSockets(before, this.apiId);
    for (const row of rows.filter((row) => isStartedBy(row, 'websocket'))) {
      const handler = new TillFunction(this, row, surroundings);
      for (const route of row.triggers.flatMap((trigger) => (trigger.kind === 'websocket' ? trigger.routes : []))) {
        const name = `On ${route.replace('$', '')}`;
        api.addRoute(route, { integration: new WebSocketLambdaIntegration(name, handler.lambda) });
      }
    }
    new CfnOutput(this, 'WebsocketApiId', { value: this.apiId });
    new CfnOutput(this, 'WebsocketUrl', { value: stage.url });
  }
}

/** The same surroundings with sockets. */
export function withSockets(before: Surroundings, apiId: string): Surroundings {
  return {
    ...before,
    things: { ...before.things, webSocket: { apiId, stage: WEBSOCKET_STAGE } },
    places: { ...before.places, WEBSOCKET_API_ID: apiId, WEBSOCKET_STAGE },
  };
}
