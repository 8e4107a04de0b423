//! sweep-orders: finds the orders with due duties, once a minute, and does these duties: refunds and goods first, then
//! questions to providers, closing, reminders.
//!
//! | event | answer |
//! |---|---|
//! | the schedule's; its content is not read | `{"found":…,"claimed":…,"left":…,"failed":…}`, for the logs |
//!
//! What another function could not finish is finished here. Two sweeps at the same time are safe: each order is
//! claimed by one of them. The function must never begin an order that it has no time to finish.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Serialize;
use till_app::perform::Perform;
use till_app::ports::FindDue;
use till_app::sweep::{Limits, Patience, Swept, sweep};
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;

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

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Answer {
    /// Orders that the index returned.
    pub found: usize,
    /// Orders of which something was claimed.
    pub claimed: usize,
    /// Orders left for a later sweep.
    pub left: usize,
    /// Whether it ended early, because the index did not answer or the sweep panicked.
    pub failed: bool,
}

/// Sweeps until nothing is due or no time is left. The process keeps `patience` from sweep to sweep.
pub async fn handle(ports: &(impl Perform + FindDue), patience: &Patience, deadline: Deadline) -> Answer {
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
    let Answer { found, claimed, left, failed } = all;
    tracing::info!(found, claimed, left, failed, "swept");
    all
}

#[cfg(test)]
mod tests;
