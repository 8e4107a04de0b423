//! What every function with a JSON body refuses before it reads a field.

use crate::{Answered, Event};

/// Fails unless `event` is refused without a token, with one of the tokens in `forbidden`, by another method, and with
/// a body that is not a JSON object, is too large or has another type.
#[track_caller]
pub fn refuses_bad_requests(event: &Event, forbidden: &[&str], play: impl Fn(&Event) -> Answered) {
    play(&event.clone().without("authorization")).is_problem(401, "unauthenticated");
    for token in forbidden {
        play(&event.clone().token(token)).is_problem(403, "forbidden");
    }
    let answer = play(&event.clone().method("DELETE"));
    assert_eq!(answer.is_problem(405, "method_not_allowed").header("allow"), Some("POST"));
    for body in ["", "{", "[]", "null", "1", "\"text\"", "nonsense", "{\"a\":}", "{} {}"] {
        play(&event.clone().body(body)).is_problem(400, "invalid_json");
    }
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(64 * 1024));
    play(&event.clone().body(&long)).is_problem(413, "body_too_large");
    for kind in ["text/plain", "text/xml"] {
        play(&event.clone().header("content-type", kind)).is_problem(415, "unsupported_media_type");
    }
}
