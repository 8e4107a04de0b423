//! Requests to providers, responses and headers as values. No I/O.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Distrust;

/// Limit for a body from outside. Real ones have a few KiB.
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
    /// Scheme and host without a slash at the end: `https://api.example.com`.
    pub base: String,
    /// Path and query, as they are signed.
    pub target: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// Headers as received. Names match in any case; a duplicate header is an error.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    pub fn new<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    pub fn find(&self, name: &'static str) -> Result<Option<&str>, Distrust> {
        let mut values = self.0.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Distrust::Twice(name)),
            (first, None) => Ok(first.map(|(_, value)| value.as_str())),
        }
    }

    pub fn one(&self, name: &'static str) -> Result<&str, Distrust> {
        self.find(name)?.ok_or(Distrust::Missing(name))
    }
}

/// A form for a body or a query; all names and values are escaped.
#[derive(Default)]
pub struct Form(String);

impl Form {
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(utf8_percent_encode(name, PLAIN));
        self.0.push('=');
        self.0.extend(utf8_percent_encode(&value.to_string(), PLAIN));
        self
    }

    #[must_use]
    pub fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

// Headers, queries and bodies hold signatures, tokens and personal data, so `Debug` does not print them.

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
