//! What tests say to the proxy, and what it answers itself.

use serde_json::{Value, json};

use super::message::Message;
use super::rules::{Rule, Rules};

const OURS: &str = "/_faults";

/// Whether a request is for the proxy itself.
pub(super) fn is_for_us(request: &Message) -> bool {
    let rest = request.path().strip_prefix(OURS);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn answer(rules: &Rules, request: &Message) -> Message {
    let rest = request.path().strip_prefix(OURS).unwrap_or_default();
    let words: Vec<&str> = rest.split('/').filter(|word| !word.is_empty()).collect();
    let found = |found: bool| if found { (200, json!({})) } else { (404, json!({"error": "there is no such rule"})) };
    let (status, body) = match (request.method(), words.as_slice()) {
        ("POST", []) => match serde_json::from_slice::<Rule>(&request.body) {
            Ok(rule) => (200, json!({"id": rules.add(rule)})),
            Err(error) => (400, json!({"error": error.to_string()})),
        },
        ("GET", []) => (200, serde_json::to_value(rules.told()).unwrap_or_default()),
        ("DELETE", []) => {
            rules.clear();
            (200, json!({}))
        }
        ("POST", [id, "release"]) => found(id.parse().is_ok_and(|id| rules.release(id))),
        ("DELETE", [id]) => found(id.parse().is_ok_and(|id| rules.remove(id))),
        _ => (404, json!({"error": "there is no such call"})),
    };
    message(status, &body)
}

/// An error as AWS's services and the providers tell one.
pub(super) fn refusal(status: u16) -> Message {
    message(status, &json!({"__type": "InternalServerError", "code": "SYSTEM_ERROR", "message": "on purpose"}))
}

fn message(status: u16, body: &Value) -> Message {
    let body = body.to_string().into_bytes();
    let kind = "content-type: application/json";
    let head = format!("HTTP/1.1 {status} Told\r\n{kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    Message { head: head.into_bytes(), body }
}
