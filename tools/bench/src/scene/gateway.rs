//! Events as API Gateway, SQS and EventBridge send them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stub::Callback;

const BROWSER: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/131.0.0.0 Safari/537.36";
const HOST: &str = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";

/// A request of an HTTP API.
#[derive(Default)]
pub struct Call<'a> {
    pub method: &'a str,
    /// As it stands in the table of routes.
    pub route: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub address: &'a str,
}

impl Call<'_> {
    pub fn event(&self) -> String {
        let Self { method, route, path, query, headers, body, address } = self;
        let route = format!("{method} {route}");
        let usual = [
            ("accept", "*/*"),
            ("accept-encoding", "gzip, deflate, br"),
            ("accept-language", "zh-CN,zh;q=0.9"),
            ("host", HOST),
            ("user-agent", BROWSER),
            ("x-amzn-trace-id", "Root=1-67750e40-0123456789abcdef01234567"),
            ("x-forwarded-for", address),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
        ];
        let usual = usual.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let all: BTreeMap<String, String> = usual.into_iter().chain(headers.iter().cloned()).collect();
        let is_text = all
            .get("content-type")
            .is_none_or(|kind| kind.starts_with("text/") || kind.starts_with("application/json"));
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": query,
            "headers": all,
            "requestContext": {
                "accountId": "123456789012", "apiId": "a1b2c3d4e5", "domainName": HOST, "domainPrefix": "a1b2c3d4e5",
                "http": {
                    "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": address, "userAgent": BROWSER,
                },
                "requestId": "JKJaXmPLvHcESHA=", "routeKey": route, "stage": "$default",
                "time": "01/Jan/2026:04:00:00 +0000", "timeEpoch": 1_767_240_000_000_u64,
            },
            "isBase64Encoded": !is_text,
        });
        if !query.is_empty() {
            let parameters: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            event["queryStringParameters"] = json!(parameters);
        }
        if let Some(body) = body {
            event["body"] = if is_text { String::from_utf8_lossy(body).into() } else { STANDARD.encode(body).into() };
        }
        event.to_string()
    }
}

/// The event of a callback that a provider sent. `route` is the one with the account.
pub fn callback(route: &str, callback: &Callback) -> String {
    let own = ["host", "connection", "transfer-encoding"];
    let headers = callback.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned();
    let (path, body) = (callback.path.as_str(), Some(callback.body.clone()));
    Call { method: "POST", route, path, headers: headers.collect(), body, address: "203.0.113.9", ..Call::default() }
        .event()
}

/// A batch of messages of the queue.
pub fn batch(bodies: &[String]) -> String {
    let records = bodies.iter().enumerate().map(|(nth, body)| {
        json!({
            "messageId": format!("{nth:08}-ad2f-4c3e-9d0b-1e4b6a7c8d9e"),
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1", "SentTimestamp": "1767240000123",
                "SenderId": "AROAEXAMPLE:till-bench-wechat-callback",
                "ApproximateFirstReceiveTimestamp": "1767240000130",
            },
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:till-bench-fulfilment",
            "awsRegion": "us-east-1",
        })
    });
    json!({"Records": records.collect::<Value>()}).to_string()
}

pub fn schedule() -> String {
    json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
        "source": "aws.events", "account": "123456789012", "time": "2026-01-01T04:00:00Z", "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/till-bench-sweep"], "detail": {},
    })
    .to_string()
}

/// A page opens its socket.
pub fn connect(ticket: &str, connection: &str) -> String {
    let headers = json!({
        "Host": HOST, "Origin": "https://shop.example", "Sec-WebSocket-Extensions": "permessage-deflate",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
        "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https",
    });
    json!({
        "headers": headers,
        "queryStringParameters": {"ticket": ticket},
        "multiValueQueryStringParameters": {"ticket": [ticket]},
        "requestContext": {
            "routeKey": "$connect", "eventType": "CONNECT", "extendedRequestId": "EbmWbjRnDoEFaVw=",
            "requestTime": "01/Jan/2026:04:00:00 +0000", "messageDirection": "IN", "stage": "live",
            "connectedAt": 1_767_240_000_000_u64, "requestTimeEpoch": 1_767_240_000_010_u64,
            "identity": {"sourceIp": "203.0.113.7", "userAgent": BROWSER},
            "requestId": "EbmWbjRnDoEFaVw=", "domainName": HOST, "connectionId": connection, "apiId": "wxyz567890",
        },
        "isBase64Encoded": false,
    })
    .to_string()
}
