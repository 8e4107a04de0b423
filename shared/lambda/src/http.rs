//! A request and its answer, as functions see them: whatever the gateway made of them is gone.

use std::collections::BTreeMap;

/// A request. Its body is the bytes that were sent: the gateway's base64 is undone, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` …, in upper case.
    pub method: String,
    /// The path, without a stage before it, not percent-decoded.
    pub path: String,
    /// The query, to the letter.
    pub query: String,
    /// Headers; their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
    /// The client's address, as the gateway saw it: no header can change it.
    pub source_ip: String,
    /// The gateway's number of this request.
    pub request_id: String,
}

// A body, a token or a ticket is nobody's to read in a log.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({} bytes)", self.method, self.path, self.body.len())
    }
}

impl Request {
    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A parameter of the query, decoded; of several with one name, the first. Bytes that are no UTF-8 are replaced.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        let mut named = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        named.find(|(known, _)| decoded(known) == name).map(|(_, value)| decoded(value))
    }
}

/// A text of a query: `+` is a space there.
fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers; their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body: text, always.
    pub body: String,
}

// An answer can hold what lets somebody pay.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

impl Response {
    /// An answer in JSON, not to be kept by anybody on the way.
    pub fn json(status: u16, body: String) -> Self {
        let headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        Self { status, headers, body }
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: query.to_owned(),
            headers: BTreeMap::new(),
            body: Vec::new(),
            source_ip: String::new(),
            request_id: String::new(),
        }
    }

    #[test]
    fn parameters_are_decoded_and_the_first_counts() {
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
            assert_eq!(request(query).parameter(name).as_deref(), value, "{query}");
        }
    }
}
