//! The calls by which tests control the proxy, under `/_faults`.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::{Value, json};

use super::rules::{Rule, Rules};

const OURS: &str = "/_faults";

pub(super) fn is_for_us(request: &Request<Bytes>) -> bool {
    let rest = request.uri().path().strip_prefix(OURS);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn answer(rules: &Rules, request: &Request<Bytes>) -> Response<Full<Bytes>> {
    let rest = request.uri().path().strip_prefix(OURS).unwrap_or_default();
    let words: Vec<&str> = rest.split('/').filter(|word| !word.is_empty()).collect();
    let found = |found: bool| if found { (200, json!({})) } else { (404, json!({"error": "there is no such rule"})) };
    let (status, body) = match (request.method().as_str(), words.as_slice()) {
        ("POST", []) => match serde_json::from_slice::<Rule>(request.body()) {
            Ok(rule) => (200, json!({"id": rules.add(rule)})),
            Err(error) => (400, json!({"error": error.to_string()})),
        },
        ("GET", []) => (200, serde_json::to_value(rules.report()).unwrap_or_default()),
        ("DELETE", []) => {
            rules.clear();
            (200, json!({}))
        }
        ("POST", [id, "release"]) => found(id.parse().is_ok_and(|id| rules.release(id))),
        ("DELETE", [id]) => found(id.parse().is_ok_and(|id| rules.remove(id))),
        _ => (404, json!({"error": "there is no such call"})),
    };
    response(status, &body)
}

/// An error in the form in which AWS and the providers answer one.
pub(super) fn refusal(status: u16) -> Response<Full<Bytes>> {
    response(status, &json!({"__type": "InternalServerError", "code": "SYSTEM_ERROR", "message": "on purpose"}))
}

fn response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    // Only a status below 100 or above 999 is no response.
    response.body(Full::from(body.to_string())).unwrap_or_default()
}
