//! The sandbox as a Lambda function, on a table and a queue. The plain server for one machine is
//! `bin/till-sandbox.rs`.

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
        // An event that it does not know is the one thing that it gives back as an error.
        let handle = |event: LambdaEvent<Value>| async move {
            function.handle(event.payload).await.map_err(|why| why.to_string())
        };
        lambda_runtime::run(service_fn(handle)).await
    })
}
