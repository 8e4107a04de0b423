//! SQS: the sending of messages, which are kept.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use md5::{Digest as _, Md5};
use serde::Deserialize;
use serde_json::json;

use super::aws::unknown;
use super::serve::{self, Response};

const JSON: &str = "application/x-amz-json-1.0";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message_body: String,
}

pub fn answer(messages: &Mutex<Vec<String>>, operation: &str, body: &[u8]) -> Response {
    match (operation, serde_json::from_slice::<Message>(body)) {
        ("SendMessage", Ok(Message { message_body })) => {
            let sum = Md5::digest(&message_body).iter().fold(String::with_capacity(32), |mut hex, byte| {
                // Writing into a string does not fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            messages.lock().unwrap_or_else(PoisonError::into_inner).push(message_body);
            let id = "219f8380-5770-4cc2-8c3e-5c715e145f5e";
            serve::answer(200, JSON, json!({"MessageId": id, "MD5OfMessageBody": sum}).to_string())
        }
        _ => unknown(&format!("SQS {operation}")),
    }
}
