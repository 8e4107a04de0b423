// The stacks as cdk-nag (its packs AWS Solutions and Serverless) and cfn-lint judge them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, type NagPack, ServerlessChecks } from 'cdk-nag';

import { newApp } from '../lib/app.ts';
import { type Exception, lintExceptions, nagExceptions } from './exceptions.ts';
import { folder, Stage } from './support.ts';

/** With everything that a configuration may add. */
const FULL = {
  domain: { name: 'pay.example.com', certificateArn: 'arn:aws:acm:ap-southeast-1:111111111111:certificate/one' },
  tableKeyArn: 'arn:aws:kms:ap-southeast-1:111111111111:key/one',
  monthlyBudgetUsd: 40,
};
/** Where Till can be deployed is not known; the templates are checked against these. */
const REGIONS = ['ap-southeast-1', 'eu-central-1', 'us-east-1'];

for (const [name, config] of [['dev', {}], ['production', FULL], ['production', { tableName: 'till-restored' }]] as const) {
  const stage = new Stage(name, { config });
  const about = `${name} with ${Object.keys(config).join(', ') || 'its configuration'}`;

  test(`${about}: cdk-nag finds nothing but what is excepted`, () => {
    const found = [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) => nagFindings(stage, pack));
    assert.deepEqual(found.sort(), expected(nagExceptions(stage)));
  });

  test(`${about}: cfn-lint finds nothing but what is excepted`, () => {
    const templates = readdirSync(stage.folder).filter((file) => file.endsWith('.template.json'));
    assert.equal(templates.length, stage.templates.size);
    assert.deepEqual(lintFindings(templates.map((file) => join(stage.folder, file))), expected(lintExceptions(stage)));
  });
}

test('cdk-nag and cfn-lint find a fault that was made', () => {
  const app = newApp({ outdir: folder() });
  const stack = new Stack(app, 'spoilt');
  new Queue(stack, 'Open');
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  assert.ok(violations.some(({ ruleName }) => ruleName === 'AwsSolutions-SQS4'));
  const [made] = app.synth().stacks;
  const template = join(folder(), 'spoilt.template.json');
  assert.ok(made);
  made.template.Resources['Wrong'] = { Type: 'AWS::SQS::Queue', Properties: { NoSuchProperty: 1 } };
  writeFileSync(template, JSON.stringify(made.template));
  assert.ok(lintFindings([template]).some((finding) => finding.startsWith('E3002 ')));
});

/** `<rule> <resource>` for each finding. */
function nagFindings(stage: Stage, pack: NagPack): string[] {
  return pack.validateScope(stage.app).violations.flatMap(({ ruleName, violatingResources = [] }) => {
    const rule = stage.withoutPlace(ruleName).replace(/<AWS::(\w+)>/g, '<$1>').replace(/(<\w+>|till-[a-z-]+:ExportsOutput\w+)(?=\/live\/)/, '<sockets>');
    return violatingResources.map(({ constructPath = '' }) =>
      `${rule} ${constructPath.replace(`till-${stage.config.stage}-`, '').replace(/\/Resource$/, '')}`,
    );
  });
}

/** `<rule> <path>` for each finding. */
function lintFindings(templates: string[]): string[] {
  const program = process.env['CFN_LINT'] ?? 'cfn-lint';
  const done = spawnSync(program, ['--format', 'json', '--regions', ...REGIONS, '--template', ...templates], { encoding: 'utf8' });
  if (done.error) throw new Error(`cfn-lint did not start (${done.error.message}): \`cargo xtask test infra\` installs it`);
  assert.equal(done.stderr, '', 'cfn-lint ran without a fault of its own');
  const findings: { Rule: { Id: string }; Location: { Path: (string | number)[] } }[] = JSON.parse(done.stdout);
  return findings.map(({ Rule, Location }) => `${Rule.Id} ${Location.Path.join('/')}`).sort();
}

function expected(exceptions: Exception[]): string[] {
  for (const { rule, reason } of exceptions) assert.ok(reason.length > 20, `${rule} is excepted without a reason`);
  return exceptions.flatMap(({ rule, resources }) => resources.map((resource) => `${rule} ${resource}`)).sort();
}
