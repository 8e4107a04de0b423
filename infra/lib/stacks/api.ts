// What users, the team and the providers call: the HTTP API and a function for each group of its routes.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { TillFunction } from '../constructs/function.ts';
import { TillHttpApi } from '../constructs/http-api.ts';
import { isStartedBy, type Row } from '../rows.ts';
import type { Surroundings } from '../surroundings.ts';

/** The stack of the HTTP API. */
export class ApiStack extends Stack {
  readonly apiId: string;

  constructor(scope: Construct, id: string, rows: Row[], before: Surroundings, props: StackProps) {
    super(scope, id, props);
    const { config } = before;
    const http = new TillHttpApi(this, 'http', config, { corsOrigins: config.corsOrigins, domain: config.domain });
    this.apiId = http.api.apiId;
    const surroundings = { ...before, places: { ...before.places, HTTP_API_ID: this.apiId } };
    for (const row of rows.filter((row) => isStartedBy(row, 'http', 'main'))) {
      http.leadTo(new TillFunction(this, row, surroundings), 'main');
    }
    new CfnOutput(this, 'HttpApiId', { value: this.apiId });
    new CfnOutput(this, 'ApiUrl', { value: http.api.apiEndpoint });
    if (http.domainName) new CfnOutput(this, 'DomainTarget', { value: http.domainName.regionalDomainName });
  }
}
