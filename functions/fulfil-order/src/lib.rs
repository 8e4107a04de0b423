//! fulfil-order: grants what is paid for and takes back what is refunded, task by task from the queue `fulfilment`.
//!
//! | message | what happens | |
//! |---|---|---|
//! | `{"v":1,"task":"grant","order_no":"…"}` | if the order still owes the goods, order, wallet and ledger are changed in one transaction; then the buyer's pages are told | done |
//! | `{"v":1,"task":"revoke","order_no":"…"}` | the same, taking the goods back | done |
//! | a task that is done already, or not due | nothing | done |
//! | another task or version; an unknown order; a store that does not answer | nothing | delivered again, in the end as a dead letter |
//!
//! Each message of a batch is handled by itself: one that fails, panics or is not reached in time does not affect the
//! others. A message only names an order to look at, so a stale, repeated or forged one does no harm. The function must
//! never grant what the order does not owe, and never acknowledge a message that it does not know.

use std::time::{Duration, Instant};

use till_app::Failure;
use till_app::fulfil::{Fulfil, fulfil};
use till_domain::refusal::Refusal;
use till_lambda::deadline::Deadline;
use till_lambda::queue::{Batch, BatchAnswer, NotDone, Record, each};
use till_lambda::task;

pub const TIME_BUDGET: Duration = Duration::from_secs(30);
pub const QUEUE: &str = "fulfilment";

/// Returns the messages that are to be delivered again.
pub async fn handle(ports: &impl Fulfil, batch: Batch, deadline: Deadline) -> BatchAnswer {
    each(batch, async |record: &Record| one(ports, record, deadline).await).await
}

async fn one(ports: &impl Fulfil, record: &Record, deadline: Deadline) -> Result<(), NotDone> {
    let message_id = record.message_id.as_str();
    let task = task::read(&record.body).map_err(|bad| {
        tracing::error!(message_id, %bad, "a message is no task of this release");
        NotDone
    })?;
    let order_no = task.order();
    // A task that was not begun can be delivered again without harm.
    if deadline.left(Instant::now()).is_zero() {
        tracing::warn!(message_id, %order_no, "there was no time left to begin a task");
        return Err(NotDone);
    }
    match tokio::time::timeout(deadline.left(Instant::now()), fulfil(ports, task)).await {
        // It is done already, or was never due: the message can be acknowledged.
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
