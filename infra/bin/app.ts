// The CDK app: one stage's stacks from lib/config.ts and functions/functions.json. It looks nothing up: synthesis needs
// neither network nor an AWS account. lib/context.ts says what it can be told.

import { newApp } from '../lib/app.ts';
import { configOf } from '../lib/config.ts';
import { readContext } from '../lib/context.ts';
import { rowsOf } from '../lib/rows.ts';
import { addStacks } from '../lib/stage.ts';

const app = newApp();
const { stage, settings, programs } = readContext((name) => app.node.tryGetContext(name));
addStacks(app, configOf(stage, settings), rowsOf(stage), programs);
app.synth();
