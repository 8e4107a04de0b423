//! sweep-orders: put together from AWS and the providers.

use std::process::ExitCode;

use serde::de::IgnoredAny;
use till_app::sweep::Patience;
use till_aws::Aws;
use till_lambda::address::public_base;
use till_lambda::clock::SystemClock;
use till_lambda::ports::Ports;
use till_lambda::serve::{StartError, events, run};
use till_lambda::settings::Environment;
use till_providers::merchants::Merchants;
use till_providers::outside::{Deadline, World};
use till_providers::provide::Providers;
use till_providers::transport::Transport;
use till_sweep_orders::{TIME_BUDGET, handle};

fn main() -> ExitCode {
    run(async |environment: Environment| -> Result<(), StartError> {
        let aws = Aws::from_environment()?;
        let merchants = Merchants::new(&aws, &public_base(&environment)?, environment.is_production());
        let transport = Transport::new()?;
        let patience = Patience::default();
        events(TIME_BUDGET, async |_: IgnoredAny, deadline| {
            let until = Deadline::at(deadline.instant);
            let outside = World { clock: &SystemClock, transport: &transport, deadline: until };
            let ports = Ports::with(&aws, Providers { merchants: &merchants, outside });
            handle(&ports, &patience, deadline).await
        })
        .await
    })
}
