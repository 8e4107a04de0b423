//! Writes are conditional: one that meets another writer's change is tried again, a few times.

use crate::failure::Failure;
use crate::ports::Clock;

/// Writers of one order or wallet are few: five conflicts in a row mean that something else is wrong, and the caller tries
/// again later.
const MOST_TRIES: u32 = 5;

pub enum Try<T> {
    Done(T),
    Conflict,
}

/// Runs a conditional write until it meets no conflict, with a pause before each repetition.
pub async fn until_no_conflict<T>(
    ports: &impl Clock,
    mut attempt: impl AsyncFnMut() -> Result<Try<T>, Failure>,
) -> Result<T, Failure> {
    for nth in 0..MOST_TRIES {
        if nth > 0 {
            ports.pause(nth).await;
        }
        if let Try::Done(outcome) = attempt().await? {
            return Ok(outcome);
        }
    }
    Err(Failure::Unavailable)
}
