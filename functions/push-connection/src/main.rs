//! Starts push-connection.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{events, run};
use till_lambda::socket::SocketEvent;
use till_push_connection::{TIME_BUDGET, handle};

fn main() -> ExitCode {
    run(async |_| {
        let aws = Aws::from_environment()?;
        aws.read_ahead(&["tickets"], Ahead::Nothing).await;
        events(TIME_BUDGET, async |event: SocketEvent, deadline| {
            handle(&ports(&aws, NoProviders), &event, deadline).await
        })
        .await
    })
}
