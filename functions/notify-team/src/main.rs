//! Starts notify-team.

use std::process::ExitCode;

use till_aws::Aws;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::serve::{events, run};
use till_notify_team::{Event, NotifyTeam, Sender, TIME_BUDGET};

fn main() -> ExitCode {
    run(async |environment| {
        let function = NotifyTeam::read(&environment)?;
        let aws = Aws::from_environment()?;
        let sender = Sender::new(environment.provider_roots().as_deref())?;
        events(TIME_BUDGET, async |event: Event, deadline| {
            function.handle(&ports(&aws, NoProviders), &sender, event, deadline).await
        })
        .await
    })
}
