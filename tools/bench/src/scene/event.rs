//! An event, and what its answer must be: the time of an error says nothing.

use std::sync::Arc;

use serde_json::Value;

use crate::Failure;
use crate::stub::Counts;

pub struct Event {
    pub json: String,
    pub(super) expected: Expected,
}

pub(super) enum Expected {
    /// An HTTP answer with a part of its body.
    Http { status: u16, part: &'static str },
    /// An answer with these members, and maybe more.
    Json(Value),
    /// All messages done, by this many transactions.
    Delivered { transactions: u64, counts: Arc<Counts>, before: u64 },
}

pub(super) const TRANSACTION: &str = "DynamoDB TransactWriteItems";

impl Event {
    /// For a function that does nothing.
    pub fn empty() -> Self {
        let nothing = serde_json::json!({});
        Self { json: nothing.to_string(), expected: Expected::Json(nothing) }
    }

    pub fn check(&self, answer: &str) -> Result<(), Failure> {
        let json: Value = serde_json::from_str(answer).map_err(|error| format!("{error} in the answer {answer}"))?;
        let is_right = match &self.expected {
            Expected::Http { status, part } => {
                json["statusCode"] == *status && json["body"].as_str().unwrap_or_default().contains(part)
            }
            Expected::Json(expected) => {
                expected.as_object().into_iter().flatten().all(|(name, value)| json.get(name) == Some(value))
            }
            Expected::Delivered { transactions, counts, before } => {
                let done = counts.get(TRANSACTION).checked_sub(*before);
                json == serde_json::json!({"batchItemFailures": []}) && done == Some(*transactions)
            }
        };
        if is_right { Ok(()) } else { Err(format!("not the expected answer: {answer}").into()) }
    }
}
