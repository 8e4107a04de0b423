//! Starts order-status.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::address::public_base;
use till_lambda::clock::SystemClock;
use till_lambda::ports::ports;
use till_lambda::serve::{http, run};
use till_order_status::{OrderStatus, TIME_BUDGET};
use till_providers::merchants::Merchants;
use till_providers::outside::Network;
use till_providers::provide::Providers;
use till_providers::transport::Transport;

fn main() -> ExitCode {
    run(async |environment| {
        let function = OrderStatus::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_requests(), Ahead::Orders).await;
        let merchants = Merchants::new(&aws, &public_base(&environment)?, environment.is_production());
        let transport = Transport::new(environment.provider_roots().as_deref())?;
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            let outside = Network { clock: &SystemClock, transport: &transport, until: deadline.instant };
            let providers = Providers { merchants: &merchants, outside };
            function.handle(&ports(&aws, providers), &request, deadline).await
        })
        .await
    })
}
