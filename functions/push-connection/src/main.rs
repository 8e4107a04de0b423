//! push-connection: put together from AWS alone.

use std::process::ExitCode;

use till_aws::Aws;
use till_lambda::ports::Ports;
use till_lambda::serve::{StartError, events, run};
use till_lambda::settings::Environment;
use till_lambda::socket::SocketEvent;
use till_push_connection::{TIME_BUDGET, handle};

fn main() -> ExitCode {
    run(async |_: Environment| -> Result<(), StartError> {
        let aws = Aws::from_environment()?;
        events(TIME_BUDGET, async |event: SocketEvent, deadline| {
            let ports = Ports::without_providers(&aws);
            handle(&ports, &event, deadline).await
        })
        .await
    })
}
