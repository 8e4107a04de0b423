//! Requests to providers, responses and headers, as values. No I/O.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::error::Distrust;

/// Limit for a body from outside; real ones are a few KiB.
pub const MOST_BODY_BYTES: usize = 1024 * 1024;

/// Characters that are not escaped in a query or a form.
pub const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Get,
    Post,
}

impl Verb {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub verb: Verb,
    /// Scheme and host: `https://api.example.com`, without a slash at its end.
    pub base: String,
    /// Path and query, as they are signed.
    pub target: String,
    pub headers: Vec<(&'static str, String)>,
    /// The body, as it is signed.
    pub body: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    /// The body, raw.
    pub body: Vec<u8>,
}

/// Headers as received. Names match in any case; a header that is there twice is an error.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn new<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// A header that may be missing, and must not be there twice.
    pub fn find(&self, name: &'static str) -> Result<Option<&str>, Distrust> {
        let mut values = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Distrust::Twice(name)),
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
        }
    }

    /// A header that must be there once.
    pub fn one(&self, name: &'static str) -> Result<&str, Distrust> {
        self.find(name)?.ok_or(Distrust::Missing(name))
    }
}

// Headers, queries and bodies hold signatures, tokens and what buyers do: they are never printed.

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{} {}{path} ({} bytes)", self.verb.as_str(), self.base, self.body.len())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_matches_in_any_case_and_is_refused_twice() {
        let headers = Headers::new([("WECHATPAY-Serial", "a"), ("x", "1"), ("X", "2")]);
        assert_eq!(headers.one("Wechatpay-Serial"), Ok("a"));
        assert_eq!(headers.one("X"), Err(Distrust::Twice("X")));
        assert_eq!(headers.one("Y"), Err(Distrust::Missing("Y")));
        assert_eq!(headers.find("Y"), Ok(None));
    }

    #[test]
    fn request_and_response_debug_print_no_secret() {
        let headers = Headers::new([("Authorization", "secret")]);
        let request = Request {
            verb: Verb::Post,
            base: "https://api.example.com".to_owned(),
            target: "/v1?sign=secret".to_owned(),
            headers: vec![("Authorization", "secret".to_owned())],
            body: b"secret".to_vec(),
        };
        let response = Response { status: 200, headers, body: b"secret".to_vec() };
        assert_eq!(format!("{request:?}"), "POST https://api.example.com/v1 (6 bytes)");
        assert_eq!(format!("{response:?} {:?}", response.headers), "200 (6 bytes) [\"Authorization\"]");
    }
}
