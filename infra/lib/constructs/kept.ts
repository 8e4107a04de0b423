// Whether what is made outlives its stack.

import { RemovalPolicy } from 'aws-cdk-lib';

import type { StageConfig } from '../config.ts';

/** In production it does, unless its very first deployment failed: it is empty then, and its name would be taken. */
export function removalPolicyOf(config: StageConfig): RemovalPolicy {
  return config.isProduction ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
