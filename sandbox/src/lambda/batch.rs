//! Batches of the queue and the messages in them. A message in an unknown format stays on the queue.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ports::Delivery;

const FORMAT: u32 = 1;
/// SQS's longest delay.
const MAX_DELAY_SECONDS: u32 = 900;

#[derive(Deserialize)]
pub(super) struct Batch {
    #[serde(rename = "Records")]
    pub(super) records: Vec<Record>,
}

#[derive(Deserialize)]
pub(super) struct Record {
    #[serde(rename = "messageId")]
    pub(super) id: String,
    body: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    v: u32,
    /// In seconds since 1970.
    due: i64,
    pub delivery: Delivery,
}

impl Record {
    pub(super) fn message(&self) -> Result<Message, &'static str> {
        let message: Option<Message> = serde_json::from_str(&self.body).ok();
        message.filter(|message| message.v == FORMAT).ok_or("the message is not one that the sandbox enqueued")
    }
}

impl Message {
    pub fn new(delivery: &Delivery, due: i64) -> Self {
        Self { v: FORMAT, due, delivery: delivery.clone() }
    }

    pub fn wait_seconds(&self, now: i64) -> u32 {
        u32::try_from(self.due.saturating_sub(now).max(0)).unwrap_or(u32::MAX)
    }

    /// The part of the wait that the queue can do at once.
    pub fn delay_seconds(&self, now: i64) -> i32 {
        i32::try_from(self.wait_seconds(now).min(MAX_DELAY_SECONDS)).unwrap_or(0)
    }

    pub fn body(&self) -> String {
        // A message contains nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}

pub(super) fn answer(failed: &[String]) -> Value {
    let failures: Vec<Value> = failed.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures })
}
