//! fulfil-order: grants what is paid for and takes back what is refunded, task by task from the queue `fulfilment`.
//!
//! | message | what happens | |
//! |---|---|---|
//! | `{"v":1,"task":"grant","order_no":"…"}` | order, wallet and ledger in one transaction, if the order still owes it; then its page hears of it | done |
//! | `{"v":1,"task":"revoke","order_no":"…"}` | the same the other way round | done |
//! | a task that is done already, or not due | nothing | done |
//! | another task or version; no order of that number; a store that does not answer | nothing | comes again, at last as a dead letter |
//!
//! Each message is a record of its own: one that fails, panics or comes too late in its batch brings back no other. A message
//! says only where to look, so a stale, repeated or forged one does no harm. It must never grant what the order itself
//! does not owe, and never acknowledge what it does not understand.

use std::time::{Duration, Instant};

use till_app::Failure;
use till_app::fulfil::{Fulfil, fulfil};
use till_domain::refusal::Refusal;
use till_lambda::deadline::Deadline;
use till_lambda::queue::{Batch, BatchAnswer, NotDone, Record, each};
use till_lambda::task;

/// A batch is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(30);
/// The queue that it reads.
pub const QUEUE: &str = "fulfilment";

/// Does each task of a batch, and tells which are to come again.
pub async fn handle(ports: &impl Fulfil, batch: Batch, deadline: Deadline) -> BatchAnswer {
    each(batch, async |record: &Record| one(ports, record, deadline).await).await
}

/// Does one task, if there is time.
async fn one(ports: &impl Fulfil, record: &Record, deadline: Deadline) -> Result<(), NotDone> {
    let message_id = record.message_id.as_str();
    let task = task::read(&record.body).map_err(|bad| {
        tracing::error!(message_id, %bad, "a message is no task of this release");
        NotDone
    })?;
    let order_no = task.order();
    // One that has not begun comes again unharmed.
    if deadline.left(Instant::now()).is_zero() {
        tracing::warn!(message_id, %order_no, "there was no time left to begin a task");
        return Err(NotDone);
    }
    match tokio::time::timeout(deadline.left(Instant::now()), fulfil(ports, task)).await {
        // Somebody else was first, or it never was due: there is nothing to do, now or later.
        Ok(Ok(()) | Err(Failure::Refused(Refusal::NotDue))) => {
            tracing::info!(message_id, %order_no, "a task was done");
            Ok(())
        }
        Ok(Err(failure)) => {
            tracing::error!(message_id, %order_no, %failure, "a task was not done");
            Err(NotDone)
        }
        Err(_) => {
            tracing::warn!(message_id, %order_no, "there was no time left to finish a task");
            Err(NotDone)
        }
    }
}

#[cfg(test)]
mod tests;
