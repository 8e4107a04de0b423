//! spend-wallet: put together from AWS.

use std::process::ExitCode;

use till_aws::Aws;
use till_lambda::ports::Ports;
use till_lambda::serve::{StartError, http, run};
use till_lambda::settings::Environment;
use till_spend_wallet::{SpendWallet, TIME_BUDGET};

fn main() -> ExitCode {
    run(async |environment: Environment| -> Result<(), StartError> {
        let function = SpendWallet::read(&environment)?;
        let aws = Aws::from_environment()?;
        http(TIME_BUDGET, async |request, deadline| {
            function.handle(&Ports::without_providers(&aws), &request, deadline).await
        })
        .await
    })
}
