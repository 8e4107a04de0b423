//! Starts spend-wallet.

use std::process::ExitCode;

use till_aws::Aws;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{http, run};
use till_spend_wallet::{SpendWallet, TIME_BUDGET};

fn main() -> ExitCode {
    run(async |environment| {
        let function = SpendWallet::read(&environment)?;
        let aws = Aws::from_environment()?;
        http(TIME_BUDGET, async |request, deadline| {
            function.handle(&ports(&aws, NoProviders), &request, deadline).await
        })
        .await
    })
}
