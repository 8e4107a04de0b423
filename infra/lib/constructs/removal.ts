// Whether a resource outlives its stack.

import { RemovalPolicy } from 'aws-cdk-lib';

import type { StageConfig } from '../config.ts';

/** In production it does, unless its first deployment failed: it is empty then, and would only block its name. */
export function removalPolicyOf(config: StageConfig): RemovalPolicy {
  return config.isProduction ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
}
