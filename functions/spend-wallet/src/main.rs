//! Starts spend-wallet.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::routes::Router;
use till_lambda::serve::{http, run};
use till_spend_wallet::{TIME_BUDGET, handle};

fn main() -> ExitCode {
    run(async |environment| {
        let router = Router::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_requests(), Ahead::Wallets).await;
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            handle(&router, &ports(&aws, NoProviders), &request, deadline).await
        })
        .await
    })
}
