//! Requests and answers of an HTTP API (payload format 2.0). The gateway decodes the path, so the request is marked
//! as respelt.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{MAX_BODY_BYTES, Request, Response, encoded_path};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Event {
    pub(super) fn request(self) -> Result<Request, Response> {
        let body = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded {
            let decoded = BASE64_STANDARD.decode(body);
            decoded.map_err(|_| Response::new(400, "text/plain", "the body is not valid base64"))?
        } else {
            body.into_bytes()
        };
        if body.len() > MAX_BODY_BYTES {
            return Err(Response::new(413, "text/plain", "the body is too large"));
        }
        Ok(Request {
            method: self.request_context.http.method,
            path: encoded_path(&self.raw_path),
            query: self.raw_query_string,
            headers: self.headers.into_iter().collect(),
            body,
            is_path_decoded: true,
            ..Request::default()
        })
    }
}

/// A body that is not UTF-8 is encoded in base64.
pub(super) fn answer(response: &Response) -> Value {
    let headers: BTreeMap<&str, &str> =
        response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (body, is_encoded) = match std::str::from_utf8(&response.body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(&response.body), true),
    };
    json!({ "statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": is_encoded })
}
