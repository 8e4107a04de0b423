//! HTTP requests and responses as values: requests to the sandbox, and the callbacks that it sends.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

pub const MAX_BODY_BYTES: usize = 1024 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// As it was sent.
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The part of the called path that [`Request::without_prefix`] has removed.
    pub prefix: String,
    /// A gateway decoded the path: the caller's percent-encoding is lost.
    pub is_path_decoded: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A callback to send by `POST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Path and query as the caller called them, and as a merchant signs them.
    pub fn target(&self) -> String {
        self.target_of(&self.path)
    }

    /// [`Self::target`] in every spelling that a merchant may have signed: one, unless a gateway lost the spelling.
    pub fn targets(&self) -> Vec<String> {
        let mut targets = vec![self.target()];
        if self.is_path_decoded {
            let decoded = percent_encoding::percent_decode_str(&self.path).decode_utf8_lossy();
            let spellings =
                [PATH, &PATH_OF_GO, &PATH_OF_RFC].map(|plain| utf8_percent_encode(&decoded, plain).to_string());
            targets.extend(spellings.iter().map(|path| self.target_of(path)));
            targets.sort_unstable();
            targets.dedup();
        }
        targets
    }

    fn target_of(&self, path: &str) -> String {
        let (gap, query) = if self.query.is_empty() { ("", "") } else { ("?", self.query.as_str()) };
        format!("{}{path}{gap}{query}", self.prefix)
    }

    /// The same request, relative to a public address that has this path.
    pub fn without_prefix(&self, prefix: &str) -> Cow<'_, Self> {
        if prefix.is_empty() {
            return Cow::Borrowed(self);
        }
        // A gateway may have removed the prefix already.
        let rest = self.path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let path = match rest {
            Some("") => "/",
            Some(rest) => rest,
            None => &self.path,
        };
        Cow::Owned(Self { path: path.to_owned(), prefix: prefix.to_owned(), ..self.clone() })
    }

    /// The segments of the path, each decoded once: `/a/b%20c` is `["a", "b c"]`.
    pub fn parts(&self) -> Vec<String> {
        let parts = self.path.split('/').filter(|part| !part.is_empty());
        parts.map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
    }

    /// The relative way from this address to the first page. Pages link by it, whatever prefix their paths have.
    pub fn root(&self) -> String {
        let depth = self.path.matches('/').count().saturating_sub(1);
        if depth == 0 { "./".to_owned() } else { "../".repeat(depth) }
    }

    /// A decoded parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        form(self.query.as_bytes()).into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub fn wants_page(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.contains("text/html"))
    }
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    pub fn json(status: u16, body: &impl Serialize) -> Self {
        // Every answer serialises: its maps have text keys only.
        Self::new(status, "application/json; charset=utf-8", serde_json::to_vec_pretty(body).unwrap_or_default())
    }

    pub fn page(status: u16, html: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", html)
    }

    pub fn see_other(location: &str) -> Self {
        Self { status: 303, headers: vec![("Location".to_owned(), location.to_owned())], body: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The pairs of a query or a form, each decoded once: `+` is a space, and bytes that are not UTF-8 are replaced.
pub fn form(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

/// Percent-encodes everything but letters, digits and `-_.~`.
pub fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// A path that a gateway decoded, encoded as most clients do. The gateway leaves `%25` as it is, so one more decoding
/// is right.
pub fn encoded_path(path: &str) -> String {
    utf8_percent_encode(&percent_encoding::percent_decode_str(path).decode_utf8_lossy(), PATH).to_string()
}

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const PATH: &AsciiSet = &PLAIN.remove(b'/');
/// Go's `url.PathEscape` leaves these as they are, too.
const PATH_OF_GO: AsciiSet = PATH.remove(b'$').remove(b'&').remove(b'+').remove(b'=').remove(b':').remove(b'@');
/// RFC 3986 allows these in a path, too.
const PATH_OF_RFC: AsciiSet =
    PATH_OF_GO.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*').remove(b',').remove(b';');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_is_decoded_once() {
        let pairs = form("a=1+2%2B3&b=%E4%BB%98&&c&d==".as_bytes());
        let expected = [("a", "1 2+3"), ("b", "付"), ("c", ""), ("d", "=")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(form(percent_encoded("=").as_bytes()), [("=".to_owned(), String::new())]);
    }

    #[test]
    fn escaped_texts_read_back() {
        for text in ["", "a b+c&d=e/f?g", "付款 100%", "~-_."] {
            let read = form(format!("x={}", percent_encoded(text)).as_bytes());
            assert_eq!(read, [("x".to_owned(), text.to_owned())]);
        }
    }

    fn request(path: &str, query: &str) -> Request {
        Request { path: path.to_owned(), query: query.to_owned(), ..Request::default() }
    }

    #[test]
    fn path_is_without_prefix_and_target_with_it() {
        for (called, path) in [
            ("/stage/v3/pay", "/v3/pay"),
            // A gateway removed the prefix.
            ("/v3/pay", "/v3/pay"),
            ("/stage", "/"),
            ("/stage/", "/"),
            ("/stagecoach/v3", "/stagecoach/v3"),
        ] {
            let request = request(called, "a=%2F");
            let inside = request.without_prefix("/stage");
            assert_eq!((inside.path.as_str(), inside.target()), (path, format!("/stage{path}?a=%2F")), "{called}");
            assert_eq!(request.without_prefix("").target(), format!("{called}?a=%2F"));
        }
    }

    #[test]
    fn path_segments_are_decoded_once() {
        assert_eq!(request("//a%20b/c%2Fd/%2541/", "").parts(), ["a b", "c/d", "%41"]);
        assert_eq!(request("/", "").parts(), Vec::<String>::new());
    }

    #[test]
    fn root_is_relative_to_depth_of_path() {
        for (path, root) in [
            ("/", "./"),
            ("/books", "./"),
            ("/trades/T1", "../"),
            ("/trades/T1/", "../../"),
            ("/trades/T1/pay", "../../"),
        ] {
            assert_eq!(request(path, "").root(), root, "{path}");
        }
    }

    #[test]
    fn lost_path_encodings_are_tried_only_after_a_gateway() {
        let original = request("/v3/a|b*@c", "x=1");
        assert_eq!(original.targets(), ["/v3/a|b*@c?x=1"]);
        let lost = Request { path: encoded_path(&original.path), is_path_decoded: true, ..original };
        assert_eq!(lost.targets(), ["/v3/a%7Cb%2A%40c?x=1", "/v3/a%7Cb%2A@c?x=1", "/v3/a%7Cb*@c?x=1"]);
        let plain = Request { is_path_decoded: true, ..request("/v3/a-b", "") };
        assert_eq!(plain.targets(), ["/v3/a-b"]);
        assert_eq!(encoded_path("/a b/付/50%25"), "/a%20b/%E4%BB%98/50%25");
    }
}
