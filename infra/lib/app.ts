// The app with the CDK's own choices made here, where every way of starting it finds them: by `cdk`, by the local launcher,
// in the tests.

import { App, type AppProps } from 'aws-cdk-lib';

const CHOICES = {
  // What another stack still uses cannot be taken away: that is an error before anything is changed.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  // What CloudFormation would refuse is refused here.
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  // A log group's ARN as the gateway gives it back, so that nothing seems to have changed at each deployment.
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
};

/** A new app. */
export function newApp(props: AppProps = {}): App {
  return new App({ ...props, analyticsReporting: false, context: CHOICES });
}
