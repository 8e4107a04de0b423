// Permissions to start a function: each route of the gateway, and the schedule, needs one that matches the ARN with which AWS
// calls.
//
// API Gateway names itself in the call by the ARN of the route, `<api>/<stage>/<method>/<path>` for an HTTP API, with the path as
// it is written in the route, and `<api>/<stage>/<route>` for `$default` and for the routes of a WebSocket API. Lambda compares
// it with the permission as IAM does with `ArnLike`: each of the six parts between colons on its own, where a star matches
// any characters, slashes too. A call without a permission is answered with 500, and the function never learns of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isArnLike, type Resource, Stage } from './support.ts';

/** The longest resource policy that Lambda accepts, in bytes. */
const MAX_POLICY_BYTES = 20_480;

/** A call of a function by AWS: who calls, from which ARN, and the function. */
interface Call {
  principal: string;
  source: string;
  target: string;
}

for (const name of ['dev', 'production']) {
  const stage = new Stage(name);
  const calls = [...routeCalls(stage), ...scheduleCalls(stage)];
  const permissions = stage.all('AWS::Lambda::Permission').map((one) => permission(stage, one));

  test(`${name}: each route and the schedule may start their functions`, () => {
    assert.ok(calls.length > stage.rows.length / 2, 'there are calls to check');
    for (const call of calls) {
      assert.ok(permissions.some((one) => allows(one, call)), `${call.source} may not call ${call.target}`);
    }
  });

  test(`${name}: a function may be started by its own routes and schedule only`, () => {
    for (const one of permissions) {
      const own = calls.filter((call) => allows(one, call));
      assert.ok(own.length > 0, `nothing calls as ${one.source} permits`);
      for (const call of calls.filter(({ source }) => isArnLike(source, one.source))) {
        assert.equal(call.target, one.target, `${one.source} also permits ${call.source}`);
      }
    }
  });

  test(`${name}: the permissions of a function fit into its resource policy`, () => {
    for (const row of stage.rows) {
      const own = permissions.filter((one) => one.target === `<till-${name}-${row.name} Arn>`);
      const statement = (one: Call) => ({
        Sid: 'x'.repeat(100),
        Effect: 'Allow',
        Principal: { Service: one.principal },
        Action: 'lambda:InvokeFunction',
        Resource: `arn:aws:lambda:ap-southeast-1:111111111111:function:till-${name}-${row.name}`,
        Condition: { ArnLike: { 'AWS:SourceArn': one.source.padEnd(200) } },
      });
      const policy = { Version: '2012-10-17', Id: 'default', Statement: own.map(statement) };
      assert.ok(JSON.stringify(policy).length < MAX_POLICY_BYTES, row.name);
    }
  });
}

test('ARNs are compared part by part, as IAM does it', () => {
  const arn = (resource: string) => `arn:aws:execute-api:eu-central-1:111111111111:${resource}`;
  for (const [called, pattern, fits] of [
    ['api/$default/GET/a/{id}', 'api/*/*/a/{id}', true],
    ['api/$default/GET/a/{id}', 'api/*/*/*', true],
    ['api/$default/GET/a/b', 'api/*/POST/a/b', false],
    ['api/$default/$default', 'api/*/*', true],
    ['api/$default/$default', 'api/*/*/*', false],
    ['api/live/$connect', 'api/*$connect', true],
    ['api/live/$connect', 'api/*$disconnect', false],
    ['other/live/$connect', 'api/*$connect', false],
    ['api/live/a', 'api/liv?/a', true],
  ] as const) {
    assert.equal(isArnLike(arn(called), arn(pattern)), fits, `${called} ${pattern}`);
  }
  assert.ok(!isArnLike('arn:aws:events:eu-central-1:1:rule/x', 'arn:aws:*:rule/x'), 'a star does not reach over colons');
});

function routeCalls(stage: Stage): Call[] {
  return stage.all('AWS::ApiGatewayV2::Route').map((route) => {
    const { ApiId, RouteKey } = route.Properties;
    const api = stage.text(ApiId);
    const path = RouteKey.startsWith('$') || !RouteKey.includes(' ') ? `/${RouteKey}` : `/${RouteKey.replace(' ', '')}`;
    const { Properties: of } = stage.one('AWS::ApiGatewayV2::Stage', (one) => stage.text(one.ApiId) === api);
    const source = `arn:<Partition>:execute-api:<Region>:<AccountId>:${api}/${of.StageName}${path}`;
    return { principal: 'apigateway.amazonaws.com', source, target: stage.targetOf(route) };
  });
}

function scheduleCalls(stage: Stage): Call[] {
  return stage.all('AWS::Events::Rule').flatMap(({ Properties: { Name, Targets } }) => {
    const targets: { Arn: unknown }[] = Targets;
    return targets.map(({ Arn }) => ({ principal: 'events.amazonaws.com', source: `<${Name} Arn>`, target: stage.text(Arn) }));
  });
}

function permission(stage: Stage, { Properties: made }: Resource): Call {
  assert.equal(made.Action, 'lambda:InvokeFunction');
  assert.ok(made.SourceArn, 'a permission without a source lets any account of AWS call');
  return { principal: made.Principal, source: stage.text(made.SourceArn), target: stage.text(made.FunctionName) };
}

function allows(one: Call, call: Call): boolean {
  return one.principal === call.principal && one.target === call.target && isArnLike(call.source, one.source);
}
