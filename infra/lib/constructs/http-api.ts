// An HTTP API with the routes of the rows: no prefix in paths, payload format 2.0. It checks no tokens: the functions do.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  type CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  type HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import type { Domain, StageConfig } from '../config.ts';
import type { RateLimit } from '../limits.ts';
import type { ApiName } from '../rows.ts';
import type { TillFunction } from './function.ts';

/** The headers that web pages of other origins may send, and those that they may read. */
const REQUEST_HEADERS = ['accept-language', 'authorization', 'content-type', 'idempotency-key'];
const ANSWER_HEADERS = ['retry-after', 'x-request-id'];

export interface TillHttpApiProps {
  /** The origins of web pages that may call it. */
  corsOrigins: string[];
  domain?: Domain | undefined;
  routeLimits?: { [route: string]: RateLimit } | undefined;
}

export class TillHttpApi extends Construct {
  readonly api: HttpApi;
  readonly domainName: DomainName | undefined;
  /** Where clients reach it. */
  readonly url: string;
  private readonly stage: HttpStage;
  private readonly limits: { [route: string]: RateLimit };

  constructor(scope: Construct, id: string, config: StageConfig, props: TillHttpApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `till-${config.stage}-${id}`,
      createDefaultStage: false,
      // Otherwise the domain, and a firewall before it, could be passed by.
      disableExecuteApiEndpoint: props.domain !== undefined,
      ...(props.corsOrigins.length > 0 && { corsPreflight: preflight(props.corsOrigins) }),
    });
    this.domainName = props.domain && this.domain(props.domain);
    this.url = props.domain ? `https://${props.domain.name}` : this.api.apiEndpoint;
    this.limits = props.routeLimits ?? {};
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.requestsPerSecond, burstLimit: config.burstRequests },
      ...(config.accessLogs && { accessLogSettings: this.accessLog(id, config) }),
      ...(this.domainName && { domainMapping: { domainName: this.domainName } }),
    });
    // The construct of the stage knows no limits of single routes.
    const settings = Object.entries(this.limits).map(([route, limit]) => [
      route,
      { ThrottlingRateLimit: limit.requestsPerSecond, ThrottlingBurstLimit: limit.burstRequests },
    ]);
    if (settings.length > 0) (this.stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(settings);
  }

  /** Adds the routes that a function has in this API, and those of callbacks to the system before. */
  addRoutes(handler: TillFunction, name: ApiName, oldPaths: string[] = []): void {
    const integration = new HttpLambdaIntegration(handler.row.name, handler.lambda);
    const routes = handler.row.triggers.flatMap((trigger) =>
      trigger.kind === 'http' && trigger.api === name ? trigger.routes : [],
    );
    for (const route of [...routes, ...oldPaths.map((path) => `POST ${path}`)]) {
      const made = new HttpRoute(this, route.replaceAll('/', ' '), { httpApi: this.api, integration, routeKey: routeKey(route) });
      // The gateway refuses a limit of a route that is not there yet.
      if (route in this.limits) this.stage.node.addDependency(made);
    }
  }

  private domain({ name, certificateArn }: Domain): DomainName {
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    return new DomainName(this, 'Domain', { domainName: name, certificate });
  }

  /** Queries are not logged: a link to an order has its proof there. */
  private accessLog(id: string, config: StageConfig) {
    const logGroup = new LogGroup(this, 'AccessLog', {
      // The gateway may write to log groups below this name without a policy.
      logGroupName: `/aws/vendedlogs/till-${config.stage}-${id}`,
      retention: config.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const fields = {
      request: '$context.requestId',
      route: '$context.routeKey',
      status: '$context.status',
      took_ms: '$context.responseLatency',
      from: '$context.identity.sourceIp',
      failure: '$context.integrationErrorMessage',
    };
    return { destination: new LogGroupLogDestination(logGroup), format: AccessLogFormat.custom(JSON.stringify(fields)) };
  }
}

function preflight(allowOrigins: string[]) {
  return {
    allowOrigins,
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PATCH],
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: ANSWER_HEADERS,
    maxAge: Duration.hours(1),
  };
}

function routeKey(route: string): HttpRouteKey {
  if (route === '$default') return HttpRouteKey.DEFAULT;
  const [method, path] = route.split(' ');
  if (!method || !path) throw new Error(`${route} is no route`);
  return HttpRouteKey.with(path, method as HttpMethod);
}
