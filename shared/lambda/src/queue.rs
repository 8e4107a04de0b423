//! Batches from SQS. Each message fails or succeeds by itself: only those that failed are delivered again.

use std::panic::AssertUnwindSafe;

use futures_util::stream;
use futures_util::{FutureExt as _, StreamExt as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const VERSION: u64 = 1;
/// Till's own messages have less than a hundred bytes.
const MOST_BODY_BYTES: usize = 1_024;

#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    pub message_id: String,
    pub body: String,
}

/// The messages that SQS is to deliver again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    pub batch_item_failures: Vec<Failed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    pub item_identifier: String,
}

/// The message was not handled: SQS delivers it again, and after some tries moves it to the dead-letter queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotDone;

#[derive(Deserialize)]
struct Head {
    v: u64,
}

/// Why a message's body is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unreadable {
    Shape,
    Version,
}

/// Reads a body such as `{"v":1,…}`.
pub(crate) fn versioned<T: DeserializeOwned>(body: &str) -> Result<T, Unreadable> {
    if body.len() > MOST_BODY_BYTES {
        return Err(Unreadable::Shape);
    }
    // The version is read first: in another version the rest may have another shape.
    let Head { v } = serde_json::from_str(body).map_err(|_| Unreadable::Shape)?;
    if v != VERSION {
        return Err(Unreadable::Version);
    }
    serde_json::from_str(body).map_err(|_| Unreadable::Shape)
}

/// Handles the messages of each group in their order, and so many groups at once. A message comes with what its handler
/// knows about it. A panic counts as a failure of its message.
pub async fn each<T>(
    groups: Vec<Vec<(Record, T)>>,
    at_once: usize,
    handle: impl AsyncFn(&Record, T) -> Result<(), NotDone>,
) -> BatchAnswer {
    let handle = &handle;
    let failed = stream::iter(groups).map(|group| async move {
        let mut failed = Vec::new();
        for (record, known) in group {
            let done = AssertUnwindSafe(handle(&record, known)).catch_unwind().await;
            if done.is_err() {
                tracing::error!(message_id = record.message_id, "a message's handler panicked");
            }
            if !matches!(done, Ok(Ok(()))) {
                failed.push(Failed { item_identifier: record.message_id });
            }
        }
        failed
    });
    BatchAnswer { batch_item_failures: failed.buffer_unordered(at_once.max(1)).concat().await }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[test]
    fn only_failed_messages_are_delivered_again() {
        let json = r#"{"Records":[{"messageId":"1","body":"good"},{"messageId":"2","body":"bad"},
            {"messageId":"3","body":"panic"},{"messageId":"4","body":"good","attributes":{}}]}"#;
        let batch: Batch = serde_json::from_str(json).unwrap();
        let groups = batch.records.into_iter().map(|record| vec![(record, ())]).collect();
        let done = each(groups, 10, async |record: &Record, ()| match record.body.as_str() {
            "good" => Ok(()),
            "bad" => Err(NotDone),
            _ => panic!("on purpose"),
        });
        let answer = futures_util::FutureExt::now_or_never(done).unwrap();
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"batchItemFailures":[{"itemIdentifier":"2"},{"itemIdentifier":"3"}]}"#
        );
    }

    #[tokio::test]
    async fn groups_run_side_by_side_up_to_the_limit_and_messages_of_a_group_in_order() {
        let record = |id: &str| Record { message_id: id.to_owned(), body: String::new() };
        let group = |ids: [&str; 2]| ids.map(|id| (record(id), ())).to_vec();
        for (at_once, most) in [(0, 1), (1, 1), (2, 2), (9, 3)] {
            let (running, seen) = (Cell::new(0), RefCell::new((0, Vec::new())));
            let groups = vec![group(["a1", "a2"]), group(["b1", "b2"]), group(["c1", "c2"])];
            let answer = each(groups, at_once, async |record: &Record, ()| {
                running.set(running.get() + 1);
                let most_running = seen.borrow().0.max(running.get());
                seen.borrow_mut().0 = most_running;
                seen.borrow_mut().1.push(record.message_id.clone());
                tokio::task::yield_now().await;
                running.set(running.get() - 1);
                Ok(())
            });
            assert_eq!(answer.await, BatchAnswer::default());
            let (most_running, begun) = seen.into_inner();
            assert_eq!((most_running, begun.len()), (most, 6), "{at_once} at once");
            for group in ["a", "b", "c"] {
                let of_group: Vec<&str> = begun.iter().filter(|id| id.starts_with(group)).map(|id| &id[1..]).collect();
                assert_eq!(of_group, ["1", "2"], "{at_once} at once");
            }
        }
    }
}
