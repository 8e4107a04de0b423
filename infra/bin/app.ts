// The CDK app: the stacks of one stage, from lib/config.ts and functions/functions.json. Synthesis needs neither network nor
// an AWS account. lib/context.ts lists the context that the command line may give.

import { newApp } from '../lib/app.ts';
import { configOf } from '../lib/config.ts';
import { readContext } from '../lib/context.ts';
import { rowsOf } from '../lib/rows.ts';
import { addStacks } from '../lib/stage.ts';

const app = newApp();
const { stage, programs, ...overrides } = readContext((name) => app.node.tryGetContext(name));
addStacks(app, configOf(stage, overrides), rowsOf(stage), programs);
app.synth();
