//! Starts fulfil-order.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_fulfil_order::{FulfilOrder, TIME_BUDGET};
use till_lambda::ports::{NoProviders, ports};
use till_lambda::queue::Batch;
use till_lambda::serve::{events, run};

fn main() -> ExitCode {
    run(async |environment| {
        let function = FulfilOrder::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&[], Ahead::Orders).await;
        events(TIME_BUDGET, async |batch: Batch, deadline| {
            function.handle(&ports(&aws, NoProviders), batch, deadline).await
        })
        .await
    })
}
