//! The calls by which tests control the proxy, under `/_faults` and `/_permissions`.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use serde_json::{Value, json};

use super::Proxy;
use super::rules::Rule;
use crate::permissions::Refusal;

const OURS: &str = "/_faults";
const PERMISSIONS: &str = "/_permissions";

pub(super) fn is_for_us(request: &Request<Bytes>) -> bool {
    let path = request.uri().path();
    let rest = path.strip_prefix(OURS);
    path == PERMISSIONS || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn answer(proxy: &Proxy, request: &Request<Bytes>) -> Response<Full<Bytes>> {
    if request.uri().path() == PERMISSIONS {
        return judged(proxy, request.method().as_str());
    }
    let rules = &proxy.rules;
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

fn judged(proxy: &Proxy, method: &str) -> Response<Full<Bytes>> {
    match (&proxy.judge, method) {
        (Some(judge), "GET") => response(200, &judge.report()),
        (Some(judge), "DELETE") => {
            judge.forget();
            response(200, &json!({}))
        }
        (Some(_) | None, _) => response(404, &json!({"error": "nothing is judged here: start the stack with --auth"})),
    }
}

/// A call that is not allowed, in the form in which DynamoDB answers it.
pub(super) fn denied(refusal: &Refusal) -> Response<Full<Bytes>> {
    let kind = format!("com.amazon.coral.service#{}", refusal.code);
    let response = Response::builder().status(400).header("content-type", "application/x-amz-json-1.0");
    response.body(Full::from(json!({"__type": kind, "Message": refusal.message}).to_string())).unwrap_or_default()
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
