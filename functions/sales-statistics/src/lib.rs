//! sales-statistics: what the orders of each day add up to.
//!
//! | event | who | query | answer |
//! |---|---|---|---|
//! | `GET orders/statistics` | admin | `days?`, or `from?` and `to?` | each day of China's calendar and all of them together: orders, money, rates, times, buyers |
//! | the schedule's; its content is not read | | | the team is told of bad rates; the days that can still change are rolled up: `{"alarms":…,"counted":…,"known":…,"left":…,"orders":…,"unreadable":…,"failed":…}`, for the logs |
//!
//! An order counts for the day on which it was made. The schedule runs every hour: the first run after midnight in China counts
//! the days before anew, from the orders themselves, what it could not finish the next one does, and the others find nothing to
//! do. Today, and a day that was never rolled up, are counted when they are asked for, up to [`MOST_LIVE_ORDERS`]. It changes
//! nothing but its own items. A run in which a day could not be counted goes on with the others, and then fails as an invocation.
//!
//! Each run also looks at the orders of today and yesterday, and raises `failure_rate`, `refund_rate` and `no_callbacks`.

mod callbacks;
mod range;
mod shape;
mod watch;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use till_app::ports::{
    Clock, FetchDocument, ListNumbers, LoadOrders, LoadStatistics, RaiseAlarm, ReadSecret, SaveStatistics, Unavailable,
};
use till_app::statistics::{RolledUp, read_statistics, roll_up};
use till_domain::day::Day;
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};

use watch::Watch;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);
/// Of a run of the night.
pub const ROLL_UP_BUDGET: Duration = Duration::from_secs(280);

/// Days that are counted anew each night: most refunds and disputes come within this time.
const ROLLED_UP_DAYS: u32 = 35;
/// No page is begun this shortly before the deadline: reading it and writing the day take less.
const LAST_BEGIN: Seconds = Seconds(15);
/// Orders that one request counts: some 120 reads of the table, which take about five seconds.
pub const MOST_LIVE_ORDERS: usize = 10_000;
const MOST_ABANDONED_DAYS: u32 = 3_650;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Statistics,
}

pub const ROUTES: &[Route<Action>] =
    &[Route { method: "GET", path: "/api/v1/admin/orders/statistics", who: Who::ADMIN, action: Action::Statistics }];

/// What a run of the schedule did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Answer {
    /// Alarms that the queue accepted.
    pub alarms: usize,
    pub counted: u32,
    /// Days that had been counted since midnight already.
    pub known: u32,
    /// Days for which no time was left.
    pub left: u32,
    pub orders: usize,
    /// Orders of the counted days that could not be read.
    pub unreadable: u64,
    /// Whether a day could not be counted or looked at, because the table did not answer.
    pub failed: bool,
}

/// Fails the invocation, so that CloudWatch tells the team: nobody reads the answer of a run of the schedule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotRolledUp;

impl fmt::Display for NotRolledUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a day was not rolled up or looked at, because the table did not answer: the next run tries it again",
        )
    }
}

impl Error for NotRolledUp {}

impl Answer {
    pub const fn or_failure(self) -> Result<Self, NotRolledUp> {
        if self.failed { Err(NotRolledUp) } else { Ok(self) }
    }
}

#[derive(Debug)]
pub struct SalesStatistics {
    router: Router,
    rolled_up_days: u32,
    watch: Watch,
}

impl SalesStatistics {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let abandoned_days = environment.number("ABANDONED_DAYS", 90, MOST_ABANDONED_DAYS)?;
        // A day whose abandoned orders may be deleted by now would lose them if it were counted anew.
        let rolled_up_days = ROLLED_UP_DAYS.min(abandoned_days.saturating_sub(1)).max(1);
        Ok(Self { router: Router::read(environment)?, rolled_up_days, watch: Watch::read(environment)? })
    }

    pub async fn handle<P>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response
    where
        P: ListNumbers + LoadOrders + LoadStatistics + ReadSecret + FetchDocument + Clock,
    {
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Statistics => statistics(ports, &call).await,
            })
            .await
    }

    /// Tells the team of bad rates, then rolls up the days before today that were not counted since midnight. Neither stops the
    /// other.
    pub async fn on_schedule<P>(&self, ports: &P, deadline: Deadline) -> Answer
    where
        P: ListNumbers + LoadOrders + LoadStatistics + SaveStatistics + RaiseAlarm + Clock,
    {
        let watched = self.watch.look(ports).await;
        let rolled_up = match roll_up(ports, self.rolled_up_days, deadline.time.minus(LAST_BEGIN)).await {
            Ok(RolledUp { counted, known, left, failed, orders, unreadable }) => {
                Answer { counted, known, left, orders, unreadable, failed: failed > 0, ..Answer::default() }
            }
            Err(Unavailable) => Answer { failed: true, ..Answer::default() },
        };
        if watched.is_err() {
            tracing::error!("the orders of today and yesterday were not looked at: the table did not answer");
        }
        if rolled_up.failed {
            tracing::error!("the statistics were not rolled up to the end");
        }
        let answer =
            Answer { alarms: watched.unwrap_or_default(), failed: rolled_up.failed || watched.is_err(), ..rolled_up };
        let Answer { alarms, counted, known, left, orders, unreadable, failed } = answer;
        tracing::info!(alarms, counted, known, left, orders, unreadable, failed, "rolled up");
        answer
    }
}

async fn statistics<P>(ports: &P, call: &Call<'_, Action>) -> Result<Response, Problem>
where
    P: ListNumbers + LoadOrders + LoadStatistics + Clock,
{
    call.check_parameters(&["days", "from", "to"])?;
    let now = ports.now();
    let days = range::read(call.request, Day::of(now))?;
    let shown = read_statistics(ports, days, MOST_LIVE_ORDERS).await?;
    Ok(json(200, &shape::answer(days, &shown, now)))
}

#[cfg(test)]
mod tests;
