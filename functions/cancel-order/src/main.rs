//! cancel-order: put together from AWS and the providers.

use std::process::ExitCode;

use till_aws::Aws;
use till_cancel_order::{CancelOrder, TIME_BUDGET};
use till_lambda::address::public_base;
use till_lambda::clock::SystemClock;
use till_lambda::ports::Ports;
use till_lambda::serve::{StartError, http, run};
use till_lambda::settings::Environment;
use till_providers::merchants::Merchants;
use till_providers::outside::{Deadline, World};
use till_providers::provide::Providers;
use till_providers::transport::Transport;

fn main() -> ExitCode {
    run(async |environment: Environment| -> Result<(), StartError> {
        let function = CancelOrder::read(&environment)?;
        let aws = Aws::from_environment()?;
        let merchants = Merchants::new(&aws, &public_base(&environment)?, environment.is_production());
        let transport = Transport::new()?;
        http(TIME_BUDGET, async |request, deadline| {
            let until = Deadline::at(deadline.instant);
            let outside = World { clock: &SystemClock, transport: &transport, deadline: until };
            let ports = Ports::with(&aws, Providers { merchants: &merchants, outside });
            function.handle(&ports, &request, deadline).await
        })
        .await
    })
}
