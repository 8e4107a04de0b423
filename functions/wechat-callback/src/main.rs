//! Starts wechat-callback.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::address::public_base;
use till_lambda::clock::SystemClock;
use till_lambda::ports::{NoPushes, ports_without_pushes};
use till_lambda::serve::{http, run};
use till_providers::callbacks::Callbacks;
use till_providers::merchants::Merchants;
use till_providers::outside::Network;
use till_providers::transport::Transport;
use till_wechat_callback::{PROVIDER, TIME_BUDGET, endpoint};

fn main() -> ExitCode {
    run(async |environment| {
        let endpoint = endpoint(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_open_requests(), Ahead::Accounts(PROVIDER)).await;
        let merchants = Merchants::new(&aws, &public_base(&environment)?, environment.is_production());
        let transport = Transport::new(environment.provider_roots().as_deref())?;
        let messages = NoPushes(&aws);
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            let outside = Network { clock: &SystemClock, transport: &transport, until: deadline.instant };
            let callbacks = Callbacks { provider: PROVIDER, merchants: &merchants, outside: &outside };
            endpoint.receive(&ports_without_pushes(&aws, &messages), &callbacks, &request, deadline).await
        })
        .await
    })
}
