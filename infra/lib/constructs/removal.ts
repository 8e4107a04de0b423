// Whether data outlives its stack. Everything else is deleted with the stack, logs too: what is left behind under a fixed name
// makes the next deployment fail.

import { RemovalPolicy } from 'aws-cdk-lib';

import type { StageConfig } from '../config.ts';

/** In production data does, unless its first deployment failed: it is empty then, and would only block its name. */
export function removalPolicyOfData(config: StageConfig): RemovalPolicy {
  return config.isProduction ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
