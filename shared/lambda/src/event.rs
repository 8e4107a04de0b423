//! API Gateway's events of HTTP APIs (format 2.0), in and out. Nothing else knows their shape.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::http::{Request, Response};

/// A request as the gateway hands it over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpEvent {
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
#[serde(rename_all = "camelCase")]
struct Context {
    http: Http,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    stage: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    #[serde(default)]
    source_ip: String,
}

/// A body that says it is base64 and is not: no gateway sends that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadBody;

impl HttpEvent {
    /// The request in it.
    pub fn read(self) -> Result<Request, BadBody> {
        let Self { raw_path, raw_query_string, headers, body, is_base64_encoded, request_context } = self;
        let body = body.unwrap_or_default();
        let body = if is_base64_encoded { STANDARD.decode(body).map_err(|_| BadBody)? } else { body.into_bytes() };
        // A stage with a name stands before the path.
        let stage = request_context.stage.as_str();
        let path = match raw_path.strip_prefix('/').and_then(|path| path.strip_prefix(stage)) {
            Some(rest) if !stage.is_empty() && stage != "$default" && rest.starts_with('/') => rest.to_owned(),
            _ => raw_path,
        };
        Ok(Request {
            method: request_context.http.method.to_ascii_uppercase(),
            path,
            query: raw_query_string,
            headers: headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            body,
            source_ip: request_context.http.source_ip,
            request_id: request_context.request_id,
        })
    }
}

/// An answer as the gateway wants it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response> for HttpAnswer {
    fn from(response: Response) -> Self {
        let Response { status, headers, body } = response;
        Self { status_code: status, headers: headers.into_iter().collect(), body, is_base64_encoded: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Request, BadBody> {
        serde_json::from_str::<HttpEvent>(json).unwrap().read()
    }

    #[test]
    fn bodies_arrive_as_they_were_sent() {
        let event = |body: &str| {
            format!(
                r#"{{"version":"2.0","rawPath":"/a","rawQueryString":"x=%20","headers":{{"X-Some":"1"}},{body}
                "requestContext":{{"requestId":"r1","stage":"$default","http":{{"method":"post","sourceIp":"1.2.3.4"}}}}}}"#
            )
        };
        let plain = read(&event(r#""body":"{\"a\":1}","isBase64Encoded":false,"#)).unwrap();
        assert_eq!(plain.body, br#"{"a":1}"#);
        assert_eq!((plain.method.as_str(), plain.path.as_str(), plain.query.as_str()), ("POST", "/a", "x=%20"));
        assert_eq!(
            (plain.header("x-some"), plain.source_ip.as_str(), plain.request_id.as_str()),
            (Some("1"), "1.2.3.4", "r1")
        );
        assert_eq!(read(&event(r#""body":"/wAB","isBase64Encoded":true,"#)).unwrap().body, [0xff, 0, 1]);
        assert_eq!(read(&event("")).unwrap().body, b"");
        assert_eq!(read(&event(r#""body":"{","isBase64Encoded":true,"#)), Err(BadBody));
    }

    #[test]
    fn a_stage_before_the_path_is_taken_off() {
        for (stage, path, expected) in [
            ("$default", "/live/a", "/live/a"),
            ("live", "/live/a", "/a"),
            ("live", "/lively/a", "/lively/a"),
            ("", "/a", "/a"),
        ] {
            let json =
                format!(r#"{{"rawPath":"{path}","requestContext":{{"stage":"{stage}","http":{{"method":"GET"}}}}}}"#);
            assert_eq!(read(&json).unwrap().path, expected, "{stage} {path}");
        }
    }
}
