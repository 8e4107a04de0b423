//! Starts sales-statistics.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{Budgets, http_and_schedule, run};
use till_sales_statistics::{ROLL_UP_BUDGET, SalesStatistics, TIME_BUDGET};

fn main() -> ExitCode {
    run(async |environment| {
        let function = SalesStatistics::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_requests(), Ahead::Nothing).await;
        let budgets = Budgets { request: TIME_BUDGET, schedule: ROLL_UP_BUDGET };
        let answer = async |request, deadline| function.handle(&ports(&aws, NoProviders), &request, deadline).await;
        let scheduled = async |deadline| function.on_schedule(&ports(&aws, NoProviders), deadline).await.or_failure();
        http_and_schedule(&environment, &aws, budgets, answer, scheduled).await
    })
}
