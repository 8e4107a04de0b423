// The CDK app: one stage's stacks from lib/config.ts and functions/functions.json. It looks nothing up: synthesis needs
// neither network nor an AWS account.
//
// Context: `stage` (dev), `functions_dir` (target/lambda of the workspace; a relative one begins at the workspace),
// `architecture` (arm64 | x86_64), `settings` (JSON object; what the stage's settings are overridden with).

import { resolve } from 'node:path';

import { App } from 'aws-cdk-lib';

import { configOf } from '../lib/config.ts';
import { ROOT, rowsOf } from '../lib/rows.ts';
import { addStacks } from '../lib/stage.ts';

const app = new App({ analyticsReporting: false });

function context(name: string, otherwise: string): string {
  const value: unknown = app.node.tryGetContext(name);
  return value === undefined || value === '' ? otherwise : String(value);
}

function settings(): Record<string, string> {
  const given: unknown = app.node.tryGetContext('settings') ?? {};
  const read: unknown = typeof given === 'string' ? JSON.parse(given) : given;
  if (typeof read !== 'object' || read === null) throw new Error('the context "settings" is a JSON object');
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, String(value)]));
}

const architecture = context('architecture', 'arm64');
if (architecture !== 'arm64' && architecture !== 'x86_64') throw new Error('"architecture" is arm64 or x86_64');
const stage = context('stage', 'dev');

addStacks(app, configOf(stage, settings()), rowsOf(stage), {
  functionsDir: resolve(ROOT, context('functions_dir', 'target/lambda')),
  architecture,
});
app.synth();
