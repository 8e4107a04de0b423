//! The sandbox as a Lambda function, on the table and a queue. In production it does not start. For a plain server on this
//! machine see `bin/till-sandbox.rs`.

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use till_sandbox::aws::Aws;
use till_sandbox::lambda::Function;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let level = std::env::var("LOG_LEVEL").ok().filter(|level| !level.is_empty());
    let filter = EnvFilter::try_new(level.as_deref().unwrap_or("info")).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).without_time().with_current_span(false).init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the sandbox does not run");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let function = Function::new(Aws::from_environment()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let handle = async |event: LambdaEvent<Value>| function.handle(event.payload).await.map_err(|why| why.to_string());
    runtime.block_on(lambda_runtime::run(service_fn(handle))).map_err(|error| error.to_string().into())
}
