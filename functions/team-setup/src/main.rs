//! Starts team-setup.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::clock::SystemClock;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{http, run};
use till_providers::outside::Network;
use till_providers::transport::Transport;
use till_team_setup::{TIME_BUDGET, TeamSetup};

fn main() -> ExitCode {
    run(async |environment| {
        let function = TeamSetup::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_requests(), Ahead::Products).await;
        let transport = Transport::new(environment.provider_roots().as_deref())?;
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            let outside = Network { clock: &SystemClock, transport: &transport, until: deadline.instant };
            function.handle(&ports(&aws, NoProviders), &outside, &request, deadline).await
        })
        .await
    })
}
