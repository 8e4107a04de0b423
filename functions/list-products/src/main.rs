//! Starts list-products.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{http, run};
use till_list_products::{ListProducts, TIME_BUDGET};

fn main() -> ExitCode {
    run(async |environment| {
        let function = ListProducts::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_open_requests(), Ahead::Products).await;
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            function.handle(&ports(&aws, NoProviders), &request, deadline).await
        })
        .await
    })
}
