//! The sample events under `events/`, and what a test changes in one.

use std::path::PathBuf;

use serde_json::{Value, json};
use till_lambda::http::{Request, read};

/// A file below the repository's root.
#[must_use]
pub fn at_root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// An event of an HTTP API.
#[derive(Clone)]
pub struct Event(Value);

impl Event {
    /// The sample `events/<name>.json`.
    #[track_caller]
    pub fn read(name: &str) -> Self {
        let path = at_root("events").join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).unwrap())
    }

    /// The same with another body.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        self.0["body"] = json!(body);
        self.0["isBase64Encoded"] = json!(false);
        self
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    /// The same without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0["headers"].as_object_mut().unwrap().remove(name);
        self
    }

    /// The same with another query.
    #[must_use]
    pub fn query(mut self, query: &str) -> Self {
        self.0["rawQueryString"] = json!(query);
        self
    }

    /// The same by another method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.0["requestContext"]["http"]["method"] = json!(method);
        self
    }

    /// The same to another path.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.0["rawPath"] = json!(path);
        self
    }

    /// The same from another address.
    #[must_use]
    pub fn from_address(mut self, address: &str) -> Self {
        self.0["requestContext"]["http"]["sourceIp"] = json!(address);
        self
    }

    /// The request in it, with a token in the place of each name of one.
    pub(crate) fn request(&self, token: impl Fn(&str) -> Option<String>) -> Request {
        let mut event = self.0.clone();
        let named = event["headers"]["authorization"].as_str().and_then(|header| header.strip_prefix("Bearer "));
        if let Some(token) = named.and_then(token) {
            event["headers"]["authorization"] = json!(format!("Bearer {token}"));
        }
        read(&event.to_string()).unwrap()
    }
}
