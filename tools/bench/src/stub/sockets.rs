//! The management of API Gateway's sockets: every socket is there, takes messages and closes.

use super::aws::{JSON, unknown};
use super::serve::{self, Response};

pub fn answer(method: &str) -> Response {
    match method {
        "POST" => serve::answer(200, JSON, ""),
        "DELETE" => serve::answer(204, JSON, ""),
        _ => unknown(&format!("{method} of a socket")),
    }
}
