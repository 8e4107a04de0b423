//! Starts team-view.

use std::process::ExitCode;

use till_aws::Aws;
use till_aws::ahead::Ahead;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{http, run};
use till_team_view::{TIME_BUDGET, TeamView};

fn main() -> ExitCode {
    run(async |environment| {
        let function = TeamView::read(&environment)?;
        let aws = Aws::from_environment()?;
        aws.read_ahead(&environment.secrets_of_requests(), Ahead::Orders).await;
        http(&environment, &aws, TIME_BUDGET, async |request, deadline| {
            function.handle(&ports(&aws, NoProviders), &request, deadline).await
        })
        .await
    })
}
