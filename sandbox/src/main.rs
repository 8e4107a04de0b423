//! The sandbox as a Lambda function, on a table and a queue. The plain server for one machine is
//! `bin/till-sandbox.rs`.

// The calls of the AWS SDK are deeply nested futures, below those of the sandbox.
#![recursion_limit = "256"]

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use till_lambda::serve;
use till_sandbox::aws::Aws;
use till_sandbox::lambda::Function;

fn main() -> ExitCode {
    serve::run(async |_| {
        let function = Function::new(Aws::from_environment().map_err(|error| error.to_string())?);
        let function = &function;
        // Only an unknown event is answered with an error.
        let handle = |event: LambdaEvent<Value>| async move { function.handle(event.payload).await };
        lambda_runtime::run(service_fn(handle)).await
    })
}
