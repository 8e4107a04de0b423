//! sweep-orders: finds the orders with due duties, once a minute, and does these duties: refunds and goods first, then
//! questions to providers, closing, reminders.
//!
//! | event | answer |
//! |---|---|
//! | the schedule's; its content is not read | `{"found":…,"claimed":…,"left":…,"looked":…,"failed":…}`, for the logs |
//!
//! What another function could not finish is finished here. Two sweeps at the same time are safe: each order is
//! claimed by one of them. The function must never begin an order that it has no time to finish.
//!
//! Before that, every `DISPUTES_EVERY_MINUTES`, it asks Stripe for the disputes of each account: the webhook of one may be lost for
//! ever.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Serialize;
use till_app::disputes::{AskDisputes, Looked, ask_disputes};
use till_app::perform::Perform;
use till_app::ports::{FindDue, ReadAccounts};
use till_app::sweep::{Limits, Patience, Swept, sweep};
use till_domain::provider::Provider;
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;
use till_lambda::settings::{BadSetting, Environment};

pub const TIME_BUDGET: Duration = Duration::from_secs(50);
/// No order is begun this shortly before the deadline: a question, its repetition at a second host and the write take less.
const LAST_BEGIN: Seconds = Seconds(15);
/// Orders handled at the same time.
const AT_ONCE: usize = 16;
/// Orders from one read of the index.
const MOST_ORDERS: usize = 256;

/// The alarm's stable word. While sweeps fail, unfinished work of other functions stays undone, and the invocation
/// itself does not fail, so Lambda's metrics do not show it.
const FAILED: &str = "sweep_failed";

/// How long a run looks through disputes, so that orders with something due do not wait for long lists.
const LONGEST_LOOK: Seconds = Seconds(10);
/// So long an account may go without a whole list of its disputes before a person is called.
const LONGEST_SILENCE: Seconds = Seconds::days(1);
/// The alarm's stable word. While disputes are not listed, one whose webhook is lost stays unknown.
const DISPUTES_FAILED: &str = "disputes_failed";

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Answer {
    /// Orders that the index returned.
    pub found: usize,
    /// Orders of which something was claimed.
    pub claimed: usize,
    /// Orders left for a later sweep.
    pub left: usize,
    /// Accounts whose disputes were looked through.
    pub looked: usize,
    /// Whether it ended early, because the index did not answer or the sweep panicked.
    pub failed: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct SweepOrders {
    disputes_every: Seconds,
}

impl SweepOrders {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { disputes_every: environment.minutes("DISPUTES_EVERY_MINUTES", 60, 1_440)? })
    }

    /// Asks for disputes, then sweeps until nothing is due or no time is left. The process keeps `patience` from sweep to
    /// sweep.
    pub async fn handle<P>(&self, ports: &P, patience: &Patience, deadline: Deadline) -> Answer
    where
        P: Perform + FindDue + AskDisputes + ReadAccounts,
    {
        let looked = self.ask_disputes(ports, deadline).await;
        let all = Answer { looked, ..sweep_all(ports, patience, deadline).await };
        let Answer { found, claimed, left, looked, failed } = all;
        tracing::info!(found, claimed, left, looked, failed, "swept");
        all
    }

    /// Returns how many accounts' disputes were looked through.
    async fn ask_disputes(&self, ports: &(impl AskDisputes + ReadAccounts), deadline: Deadline) -> usize {
        let mut looked = 0_usize;
        let until = ports.now().plus(LONGEST_LOOK).min(deadline.time.minus(LAST_BEGIN));
        for provider in Provider::ALL.into_iter().filter(|provider| provider.lists_disputes()) {
            // An account that is switched off has orders too.
            let Ok(accounts) = ports.read_accounts(provider).await else { continue };
            for settings in accounts {
                let asked = ask_disputes(ports, &settings.account, self.disputes_every, until);
                let account = settings.account.id.as_str();
                match AssertUnwindSafe(asked).catch_unwind().await {
                    Ok(Ok(Looked::Through)) => looked = looked.saturating_add(1),
                    Ok(Ok(Looked::NotDue)) => {}
                    Ok(Ok(Looked::InPart)) => {
                        tracing::info!(account, "this account's disputes were looked through in part");
                    }
                    Ok(Ok(Looked::Unanswered { silent })) if silent >= LONGEST_SILENCE => {
                        tracing::error!(
                            alarm = DISPUTES_FAILED,
                            account,
                            "Stripe listed no disputes of this account for a day"
                        );
                    }
                    Ok(Ok(Looked::Unanswered { .. })) => {
                        tracing::warn!(account, "Stripe did not list this account's disputes");
                    }
                    Ok(Err(failure)) => {
                        tracing::warn!(account, %failure, "this account's disputes were not looked through");
                    }
                    Err(_) => tracing::error!(
                        alarm = DISPUTES_FAILED,
                        account,
                        "looking through an account's disputes panicked"
                    ),
                }
            }
        }
        looked
    }
}

async fn sweep_all(ports: &(impl Perform + FindDue), patience: &Patience, deadline: Deadline) -> Answer {
    let limits = Limits {
        most_orders: MOST_ORDERS,
        at_once: AT_ONCE,
        begin_until: deadline.time.minus(LAST_BEGIN),
        deadline: deadline.time,
    };
    let mut all = Answer::default();
    while ports.now() <= limits.begin_until {
        let swept = AssertUnwindSafe(sweep(ports, limits, patience)).catch_unwind().await;
        match &swept {
            Ok(Ok(_)) => {}
            Ok(Err(failure)) => tracing::error!(alarm = FAILED, %failure, "the sweep could not find what is due"),
            Err(_) => tracing::error!(alarm = FAILED, "the sweep panicked"),
        }
        let Ok(Ok(Swept { found, claimed, left })) = swept else {
            all.failed = true;
            break;
        };
        all.found = all.found.saturating_add(found);
        all.claimed = all.claimed.saturating_add(claimed);
        all.left = all.left.saturating_add(left);
        // The index has no more, or none of its orders can be handled now.
        if found < MOST_ORDERS || claimed == 0 {
            break;
        }
    }
    all
}

#[cfg(test)]
mod tests;
