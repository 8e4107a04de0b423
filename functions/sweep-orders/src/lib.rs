//! sweep-orders: once a minute it finds the orders with something due, and does it: money back and goods first, then questions
//! to providers, closing, reminding.
//!
//! | event | answer |
//! |---|---|
//! | a schedule's; nothing of it is read | `{"found":…,"claimed":…,"left":…,"failed":…}` for whoever looks |
//!
//! Everything that any other function left undone is done here in the end. Two sweeps side by side are safe: each order is
//! claimed by one of them. It must never begin an order that it has no time to finish.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Serialize;
use till_app::perform::Perform;
use till_app::ports::FindDue;
use till_app::sweep::{Limits, Patience, Swept, sweep};
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;

/// A sweep ends within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(50);
/// No order is begun so shortly before the end: a question, its second host and the write of its answer take less.
const LAST_BEGIN: Seconds = Seconds(15);
/// Orders in hand at once.
const AT_ONCE: usize = 16;
/// Orders of one look at the index: a few hundred numbers of 24 characters.
const MOST_ORDERS: usize = 256;

/// The word by which a person is called: nothing that other functions left undone is done while sweeps fail. The invocation
/// itself does not: no metric of Lambda's tells of it.
const FAILED: &str = "sweep_failed";

/// What a sweep did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Answer {
    /// Orders that the index named.
    pub found: usize,
    /// Orders of which something was claimed.
    pub claimed: usize,
    /// Orders left for a later sweep.
    pub left: usize,
    /// Whether it ended early: the index did not answer, or something of ours panicked.
    pub failed: bool,
}

/// Sweeps for as long as there is something to do and time to do it. `patience` lives as long as the process.
pub async fn handle(ports: &(impl Perform + FindDue), patience: &Patience, deadline: Deadline) -> Answer {
    let limits = Limits {
        most_orders: MOST_ORDERS,
        at_once: AT_ONCE,
        begin_until: deadline.time.minus(LAST_BEGIN),
        deadline: deadline.time,
    };
    let mut all = Answer::default();
    while ports.now() <= limits.begin_until {
        let page = AssertUnwindSafe(sweep(ports, limits, patience)).catch_unwind().await;
        let Ok(page) = page else {
            tracing::error!(alarm = FAILED, "the sweep panicked");
            all.failed = true;
            break;
        };
        let Swept { found, claimed, left } = match page {
            Ok(swept) => swept,
            Err(failure) => {
                tracing::error!(alarm = FAILED, %failure, "the sweep could not find what is due");
                all.failed = true;
                break;
            }
        };
        all.found = all.found.saturating_add(found);
        all.claimed = all.claimed.saturating_add(claimed);
        all.left = all.left.saturating_add(left);
        // The index has no more; or nothing of all that it has can be done now.
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
