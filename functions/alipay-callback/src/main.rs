//! alipay-callback: put together from AWS and the way to its provider.

use std::process::ExitCode;

use till_alipay_callback::{TIME_BUDGET, door, handle};
use till_aws::Aws;
use till_lambda::address::public_base;
use till_lambda::clock::SystemClock;
use till_lambda::ports::Ports;
use till_lambda::serve::{StartError, http, run};
use till_lambda::settings::Environment;
use till_providers::merchants::Merchants;
use till_providers::outside::{Deadline, World};
use till_providers::transport::Transport;

fn main() -> ExitCode {
    run(async |environment: Environment| -> Result<(), StartError> {
        let door = door(&environment)?;
        let aws = Aws::from_environment()?;
        let merchants = Merchants::new(&aws, &public_base(&environment)?, environment.is_production());
        let transport = Transport::new()?;
        http(TIME_BUDGET, async |request, deadline| {
            let until = Deadline::at(deadline.instant);
            let outside = World { clock: &SystemClock, transport: &transport, deadline: until };
            let ports = Ports::without_providers(&aws);
            handle(&door, &merchants, &ports, &outside, &request, deadline).await
        })
        .await
    })
}
