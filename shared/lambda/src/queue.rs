//! Batches of messages: each record by itself, so that one that cannot be done does not bring the others back.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};

/// A batch as SQS hands it over.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// Its records.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One message.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its number.
    pub message_id: String,
    /// What it says.
    pub body: String,
}

/// What came of a batch: the messages that are to come again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    /// One for each of them.
    pub batch_item_failures: Vec<Failed>,
}

/// A message that is to come again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Its number.
    pub item_identifier: String,
}

/// A message was not done: it comes again, and after some times goes to the dead letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotDone;

/// Handles each record; one that panics has failed, and no other with it.
pub async fn each(batch: Batch, handle: impl AsyncFn(&Record) -> Result<(), NotDone>) -> BatchAnswer {
    let mut answer = BatchAnswer::default();
    for record in batch.records {
        let done = AssertUnwindSafe(handle(&record)).catch_unwind().await;
        if done.is_err() {
            tracing::error!(message_id = record.message_id, "a message's handler panicked");
        }
        if !matches!(done, Ok(Ok(()))) {
            answer.batch_item_failures.push(Failed { item_identifier: record.message_id });
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_failed_comes_again() {
        let json = r#"{"Records":[{"messageId":"1","body":"good"},{"messageId":"2","body":"bad"},
            {"messageId":"3","body":"panic"},{"messageId":"4","body":"good","attributes":{}}]}"#;
        let batch: Batch = serde_json::from_str(json).unwrap();
        let done = each(batch, async |record: &Record| match record.body.as_str() {
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
}
