//! Requests and answers as values, on both sides: what comes to the sandbox, and the callbacks that it sends.

use serde::Serialize;

/// The most that a request may hold.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;

/// What came in.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// The path, as it was sent.
    pub path: String,
    /// The query, as it was sent, without its question mark.
    pub query: String,
    /// Headers as they came.
    pub headers: Vec<(String, String)>,
    /// The body, raw.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A callback as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// To where: always `POST`.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header, by its name in any case: the first of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Path and query, as a provider signs them.
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The parts of the path: `/a/b` is `["a", "b"]`.
    pub fn parts(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// A parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        form(self.query.as_bytes()).into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Whether whoever asks wants a page rather than JSON.
    pub fn wants_page(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains("text/html"))
    }
}

impl Response {
    /// An answer of one type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    /// JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // Every shape that is answered serialises: there are no maps with keys that are no text.
        Self::new(status, "application/json; charset=utf-8", serde_json::to_vec_pretty(body).unwrap_or_default())
    }

    /// A page.
    pub fn page(status: u16, html: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", html)
    }

    /// Somewhere else.
    pub fn see_other(location: &str) -> Self {
        Self { status: 303, headers: vec![("Location".to_owned(), location.to_owned())], body: Vec::new() }
    }

    /// One header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The pairs of a query or a form, each decoded once: `+` is a space. Bytes that are no UTF-8 are replaced.
pub fn form(text: &[u8]) -> Vec<(String, String)> {
    let decoded = |part: &[u8]| {
        let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_encoding::percent_decode(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            (decoded(name), decoded(value.strip_prefix(b"=").unwrap_or_default()))
        })
        .collect()
}

/// A text for a query or a form: everything but letters, digits and `-_.~` is escaped.
pub fn escaped(text: &str) -> String {
    const PLAIN: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(text, &PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_once() {
        let pairs = form("a=1+2%2B3&b=%E4%BB%98&&c&d==".as_bytes());
        let expected = [("a", "1 2+3"), ("b", "付"), ("c", ""), ("d", "=")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(form(escaped("=").as_bytes()), [("=".to_owned(), String::new())]);
    }

    #[test]
    fn what_is_escaped_reads_back() {
        for text in ["", "a b+c&d=e/f?g", "付款 100%", "~-_."] {
            let read = form(format!("x={}", escaped(text)).as_bytes());
            assert_eq!(read, [("x".to_owned(), text.to_owned())]);
        }
    }
}
