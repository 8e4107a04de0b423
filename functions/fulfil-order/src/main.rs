//! fulfil-order: put together from AWS alone. It talks to no provider.

use std::process::ExitCode;

use till_aws::Aws;
use till_fulfil_order::{TIME_BUDGET, handle};
use till_lambda::ports::Ports;
use till_lambda::queue::Batch;
use till_lambda::serve::{StartError, events, run};
use till_lambda::settings::Environment;

fn main() -> ExitCode {
    run(async |_: Environment| -> Result<(), StartError> {
        let aws = Aws::from_environment()?;
        events(TIME_BUDGET, async |batch: Batch, deadline| {
            let ports = Ports::without_providers(&aws);
            handle(&ports, batch, deadline).await
        })
        .await
    })
}
