//! Batches from SQS. Each message is handled by itself: only those that failed are delivered again.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};

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

/// Handles each message. A panic counts as a failure of its message.
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
    fn only_failed_messages_are_delivered_again() {
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
