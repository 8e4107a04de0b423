//! Starts checkout-page.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_checkout_page::{CheckoutPage, TIME_BUDGET};
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{http, run};

fn main() -> ExitCode {
    run(async |environment| {
        let function = CheckoutPage::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_links(), Ahead::Orders).await;
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            function.handle(&ports(&aws, NoProviders), &request, deadline).await
        })
        .await
    })
}
