//! Converts events of the HTTP API (payload format 2.0) into `lambda_http`'s requests, and its responses back.
//! `lambda_http`'s own conversion panics on bad base64 and on some paths, and reads fields that nothing here needs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use serde::{Deserialize, Serialize};

pub use lambda_http::{Body, Request};

/// The body is always text.
pub type Response = lambda_http::Response<Body>;

/// The event is not a request of this API.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadEvent;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default, with = "http_serde::header_map")]
    headers: HeaderMap,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}

/// What the gateway adds to a request.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    request_id: String,
    stage: String,
    http: ContextHttp,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContextHttp {
    method: String,
    source_ip: String,
}

/// Reads an event's JSON. The body has the bytes that were sent; the path has no stage. Path and query are not decoded.
pub fn read(event: &str) -> Result<Request, BadEvent> {
    let event: Event = serde_json::from_str(event).map_err(|_| BadEvent)?;
    let Event { raw_path, raw_query_string, headers, body, is_base64_encoded, request_context } = event;
    let stage = request_context.stage.as_str();
    let path = match raw_path.strip_prefix('/').and_then(|path| path.strip_prefix(stage)) {
        Some(rest) if !stage.is_empty() && stage != "$default" && rest.starts_with('/') => rest,
        _ => &raw_path,
    };
    let body = body.unwrap_or_default();
    let body = if is_base64_encoded { STANDARD.decode(body).map_err(|_| BadEvent)? } else { body.into_bytes() };
    let method = request_context.http.method.to_ascii_uppercase();

    let mut request = Request::new(Body::Binary(body));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| BadEvent)?;
    *request.uri_mut() = uri(path, &raw_query_string)?;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(request_context);
    Ok(request)
}

/// The gateway decodes paths, so a path may contain `#`, `?` or a space. Such a path is refused.
fn uri(path: &str, query: &str) -> Result<Uri, BadEvent> {
    let text = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    let uri: Uri = text.parse().map_err(|_| BadEvent)?;
    let is_exact = uri.authority().is_none() && uri.path() == path && uri.query().unwrap_or_default() == query;
    if is_exact { Ok(uri) } else { Err(BadEvent) }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(with = "http_serde::header_map")]
    headers: HeaderMap,
    body: Body,
    is_base64_encoded: bool,
}

/// The response as the gateway expects it.
pub fn written(response: Response) -> impl Serialize {
    let (parts, body) = response.into_parts();
    Answer { status_code: parts.status.as_u16(), headers: parts.headers, body, is_base64_encoded: false }
}

pub trait ReadRequest {
    /// The first header of this name.
    fn header(&self, name: &str) -> Option<&str>;
    /// The first query parameter of this name, decoded. Bytes that are not UTF-8 are replaced.
    fn parameter(&self, name: &str) -> Option<String>;
    /// The client's address: as the gateway saw it, or as a trusted proxy states it. No other header can change it.
    fn source_ip(&self) -> &str;
    fn request_id(&self) -> &str;
}

impl ReadRequest for Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name).and_then(text)
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.uri().query().unwrap_or_default().as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    fn source_ip(&self) -> &str {
        self.extensions().get::<Context>().map_or("", |context| &context.http.source_ip)
    }

    fn request_id(&self) -> &str {
        self.extensions().get::<Context>().map_or("", |context| &context.request_id)
    }
}

pub(crate) fn set_source_ip(request: &mut Request, address: String) {
    if let Some(context) = request.extensions_mut().get_mut::<Context>() {
        context.http.source_ip = address;
    }
}

pub trait ReadResponse {
    fn code(&self) -> u16;
    fn text(&self) -> &str;
    fn header(&self, name: &str) -> Option<&str>;
}

impl ReadResponse for Response {
    fn code(&self) -> u16 {
        self.status().as_u16()
    }

    fn text(&self) -> &str {
        if let Body::Text(text) = self.body() { text } else { "" }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name).and_then(text)
    }
}

/// A header's value. Unlike `to_str`, it accepts UTF-8.
pub fn text(value: &HeaderValue) -> Option<&str> {
    std::str::from_utf8(value.as_bytes()).ok()
}

pub fn plain(status: u16, content_type: Option<&'static str>, body: String) -> Response {
    let mut response = Response::new(Body::Text(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(kind) = content_type {
        response.headers_mut().insert("content-type", HeaderValue::from_static(kind));
    }
    response
}

/// A JSON response. Our bodies always serialize: all keys are strings and all numbers are finite.
pub fn json(status: u16, body: &impl Serialize) -> Response {
    let body = serde_json::to_string(body).unwrap_or_default();
    with(plain(status, Some("application/json; charset=utf-8"), body), "cache-control", "no-store")
}

/// Adds a header, unless its value is not a valid header value.
#[must_use]
pub fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(path: &str, rest: &str) -> String {
        format!(
            r#"{{"version":"2.0","rawPath":"{path}","rawQueryString":"x=%20","headers":{{"X-Some":"1","x-name":"你"}},{rest}
            "requestContext":{{"requestId":"r1","stage":"$default","http":{{"method":"post","sourceIp":"1.2.3.4"}}}}}}"#
        )
    }

    #[test]
    fn event_becomes_a_request_with_the_bytes_that_were_sent() {
        let plain = read(&event("/a", r#""body":"{\"a\":1}","isBase64Encoded":false,"#)).unwrap();
        assert_eq!(plain.body().as_ref(), br#"{"a":1}"#);
        assert_eq!((plain.method().as_str(), plain.uri().path(), plain.uri().query()), ("POST", "/a", Some("x=%20")));
        assert_eq!((plain.header("x-some"), plain.source_ip(), plain.request_id()), (Some("1"), "1.2.3.4", "r1"));
        assert_eq!(plain.header("X-Name"), Some("你"));
        let binary = read(&event("/a", r#""body":"/wAB","isBase64Encoded":true,"#)).unwrap();
        assert_eq!(binary.body().as_ref(), [0xff, 0, 1]);
        assert_eq!(read(&event("/a", "")).unwrap().body().as_ref(), b"");
    }

    #[test]
    fn event_that_is_not_a_request_is_refused() {
        for (what, event) in [
            ("bad base64", event("/a", r#""body":"{","isBase64Encoded":true,"#)),
            ("a space in the path", event("/a b", "")),
            ("a fragment in the path", event("/a#b", "")),
            ("a query in the path", event("/a?b", "")),
            ("another host's address", event("https://elsewhere.example/a", "")),
            ("an empty path", event("", "")),
            ("a header that is not text", event("/a", "").replace(r#""1""#, r#""a\u0000b""#)),
            ("an invalid header name", event("/a", "").replace("X-Some", "X Some")),
            ("a header that is a number", event("/a", "").replace(r#""1""#, "1")),
            ("an invalid method", event("/a", "").replace("post", "po st")),
            ("no path", event("/a", "").replace("rawPath", "other")),
            ("no request", "{}".to_owned()),
            ("a socket's event", r#"{"requestContext":{"routeKey":"$connect","connectionId":"c"}}"#.to_owned()),
            ("a batch", r#"{"Records":[{"messageId":"1","body":"{}"}]}"#.to_owned()),
            ("no object", "[]".to_owned()),
        ] {
            assert_eq!(read(&event).err(), Some(BadEvent), "{what}");
        }
    }

    #[test]
    fn first_of_two_equal_headers_is_read() {
        let twice = event("/a", "").replace(r#""1""#, r#"["1","2"]"#);
        assert_eq!(read(&twice).unwrap().header("x-some"), Some("1"));
    }

    #[test]
    fn stage_is_removed_from_the_path() {
        for (stage, path, expected) in [
            ("$default", "/live/a", "/live/a"),
            ("live", "/live/a", "/a"),
            ("live", "/lively/a", "/lively/a"),
            ("", "/a", "/a"),
        ] {
            let json =
                format!(r#"{{"rawPath":"{path}","requestContext":{{"stage":"{stage}","http":{{"method":"GET"}}}}}}"#);
            assert_eq!(read(&json).unwrap().uri().path(), expected, "{stage} {path}");
        }
    }

    #[test]
    fn first_of_equal_parameters_is_read_and_decoded() {
        for (query, name, value) in [
            ("order_no=ORD1", "order_no", Some("ORD1")),
            ("a=1&b=2&b=3", "b", Some("2")),
            ("a=%E4%BD%A0+%2B", "a", Some("你 +")),
            ("a", "a", Some("")),
            ("a=%FF", "a", Some("\u{fffd}")),
            ("%61=1", "a", Some("1")),
            ("", "a", None),
            ("ab=1", "a", None),
        ] {
            let mut request = Request::default();
            *request.uri_mut() = uri("/", query).unwrap();
            assert_eq!(request.parameter(name).as_deref(), value, "{query}");
        }
    }

    #[test]
    fn response_is_written_in_the_gateways_format() {
        let json =
            serde_json::to_value(written(with(json(201, &serde_json::json!({})), "x-request-id", "r1"))).unwrap();
        let answer = (&json["statusCode"], &json["body"], &json["isBase64Encoded"]);
        assert_eq!(answer, (&201.into(), &"{}".into(), &false.into()));
        let kind = "application/json; charset=utf-8";
        let headers = serde_json::json!({"cache-control": "no-store", "content-type": kind, "x-request-id": "r1"});
        assert_eq!(json["headers"], headers);
        assert_eq!(with(plain(204, None, String::new()), "x", "a\nb").headers().len(), 0);
    }
}
