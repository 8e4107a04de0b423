//! Puts stripe-webhook together.

use std::error::Error;
use std::process::ExitCode;

use till_aws::Aws;
use till_kit::machine::Machine;
use till_kit::ports::Ports;
use till_kit::{address, serve};
use till_providers::merchants::Merchants;
use till_providers::outside::{Deadline, World};
use till_providers::transport::Transport;
use till_stripe_webhook::{WHOLE, door, handle};

fn main() -> ExitCode {
    serve::run(async |environment| {
        let aws = Aws::from_environment()?;
        let merchants = Merchants::new(&aws, &address::public_base(&environment)?, environment.is_production());
        let transport = Transport::new()?;
        let door = door(&environment)?;
        serve::http(WHOLE, async |request, deadline| {
            let ports = Ports::without_providers(&aws);
            let deadline_of_calls = Deadline::at(deadline.instant);
            let outside = World { clock: &Machine, transport: &transport, deadline: deadline_of_calls };
            handle(&door, &merchants, &ports, &outside, &request, deadline).await
        })
        .await?;
        Ok::<(), Box<dyn Error + Send + Sync>>(())
    })
}
