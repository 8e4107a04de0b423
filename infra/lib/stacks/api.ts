// The HTTP API that users, the team and the providers call, and its functions.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { functionName, TillFunction } from '../constructs/function.ts';
import { TillHttpApi } from '../constructs/http-api.ts';
import { addSchedule } from '../constructs/schedule.ts';
import { oldPathsOf } from '../config.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { FunctionContext } from '../function-context.ts';

export class ApiStack extends Stack {
  readonly apiId: string;

  /** `ownPages`: origins of Till's own pages elsewhere, beside those of the configuration. */
  constructor(scope: Construct, id: string, rows: Row[], before: FunctionContext, ownPages: string[], props: StackProps) {
    super(scope, id, props);
    const { config } = before;
    const http = new TillHttpApi(this, 'http', config, {
      corsOrigins: [...config.corsOrigins, ...ownPages],
      domain: config.domain,
      routeLimits: config.limits?.routes,
    });
    this.apiId = http.api.apiId;
    const context = { ...before, variables: { ...before.variables, HTTP_API_ID: this.apiId } };
    for (const row of rows.filter((row) => isStartedBy(row, 'http', 'main'))) {
      const handler = new TillFunction(this, row, context);
      http.addRoutes(handler, 'main', oldPathsOf(row.environment, config.settings));
      for (const trigger of row.triggers) {
        if (trigger.kind === 'schedule') addSchedule(handler, trigger, functionName(config.stage, row));
      }
    }
    new CfnOutput(this, 'HttpApiId', { value: this.apiId });
    new CfnOutput(this, 'ApiUrl', { value: http.url });
    new CfnOutput(this, 'PageOrigins', { value: config.corsOrigins.join(',') });
    if (http.domainName) new CfnOutput(this, 'DomainTarget', { value: http.domainName.regionalDomainName });
  }
}
