// The app, with the feature flags of the CDK that `cdk`, the local launcher and the tests all need.

import { App, type AppProps } from 'aws-cdk-lib';

const FLAGS = {
  // Removing what another stack still uses is then an error before anything is changed.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  // Synthesis then refuses what CloudFormation would refuse.
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  // The gateway returns the ARN of a log group in this form; with another each deployment would show a change.
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
};

export function newApp(props: AppProps = {}): App {
  return new App({ ...props, analyticsReporting: false, context: FLAGS });
}
