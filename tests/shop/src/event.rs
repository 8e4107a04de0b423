//! The sample events under `events/`, and changes to them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use till_lambda::http::{Request, read};

use crate::plain::sample;

/// A path in the repository.
pub fn at_root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// An event of an HTTP API.
#[derive(Clone)]
#[must_use]
pub struct Event(Value);

impl Event {
    /// The sample `events/<name>.json`.
    #[track_caller]
    pub fn read(name: &str) -> Self {
        Self(sample(name))
    }
    pub fn body(mut self, body: &str) -> Self {
        self.0["body"] = json!(body);
        self.0["isBase64Encoded"] = json!(false);
        self
    }

    /// Sets a field of the JSON body to this literal JSON. An empty `value` removes the field.
    #[track_caller]
    pub fn field(self, name: &str, value: &str) -> Self {
        let mut fields: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(self.0["body"].as_str().unwrap()).unwrap();
        if value.is_empty() {
            fields.remove(name).expect("a field to remove");
        } else {
            fields.insert(name.to_owned(), RawValue::from_string(value.to_owned()).unwrap());
        }
        self.body(&serde_json::to_string(&fields).unwrap())
    }
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self
    }

    /// Sends the token of one of [`crate::shop::TOKENS`].
    pub fn token(self, name: &str) -> Self {
        self.header("authorization", &format!("Bearer {name}"))
    }

    /// Removes a header.
    pub fn without(mut self, header: &str) -> Self {
        self.0["headers"].as_object_mut().unwrap().remove(header);
        self
    }
    pub fn query(mut self, query: &str) -> Self {
        self.0["rawQueryString"] = json!(query);
        self
    }
    pub fn method(mut self, method: &str) -> Self {
        self.0["requestContext"]["http"]["method"] = json!(method);
        self
    }
    pub fn path(mut self, path: &str) -> Self {
        self.0["rawPath"] = json!(path);
        self
    }
    pub fn from_address(mut self, address: &str) -> Self {
        self.0["requestContext"]["http"]["sourceIp"] = json!(address);
        self
    }

    /// The request in the event, with a valid token in place of a token's name.
    pub(crate) fn request(&self, token: impl Fn(&str) -> Option<String>) -> Request {
        let mut event = self.0.clone();
        let named = event["headers"]["authorization"].as_str().and_then(|header| header.strip_prefix("Bearer "));
        if let Some(token) = named.and_then(token) {
            event["headers"]["authorization"] = json!(format!("Bearer {token}"));
        }
        read(&event.to_string()).unwrap()
    }
}
