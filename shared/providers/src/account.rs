//! What merchant accounts of all providers share: mode, addresses, and the faults in their settings.

use std::fmt;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::error::Category;
pub use till_app::ports::AccountMode;
use till_domain::time::Time;

use crate::key::BadKey;

/// What the deployment sets for an account.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub mode: AccountMode,
    /// Where the provider sends this account's notifications.
    pub notify_url: &'a str,
    /// A host other than the provider's own, for test accounts only.
    pub base_url: Option<&'a str>,
}

/// When a certificate in an account's settings ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CertificateEnd {
    pub field: &'static str,
    pub at: Time,
}

/// A fault in an account's settings. It never holds the value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    pub field: &'static str,
    pub why: String,
}

/// All faults of an account's settings, at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            let gap = if n == 0 { "" } else { "; " };
            write!(f, "{gap}{}: {}", fault.field, fault.why)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Reads an account's settings. An error names only the place, because the parser's own message may quote a key.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Faults> {
    serde_json::from_str(json).map_err(|error| {
        let what = match error.classify() {
            Category::Syntax | Category::Eof | Category::Io => "is no JSON",
            Category::Data => "has a field that is missing, unknown or of another type",
        };
        let why = format!("{what}, at line {}, column {}", error.line(), error.column());
        Faults(vec![Fault { field: "settings", why }])
    })
}

/// Collects all faults of an account's settings, so that a person can correct them at once.
#[derive(Debug, Default)]
pub struct Reader(Vec<Fault>);

impl Reader {
    pub fn fault(&mut self, field: &'static str, why: impl fmt::Display) {
        self.0.push(Fault { field, why: why.to_string() });
    }

    pub fn check(&mut self, field: &'static str, holds: bool, why: impl fmt::Display) {
        if !holds {
            self.fault(field, why);
        }
    }

    pub fn key<T>(&mut self, field: &'static str, read: Result<T, BadKey>) -> Option<T> {
        read.map_err(|why| self.fault(field, why)).ok()
    }

    pub fn done<T>(self, made: Option<T>) -> Result<T, Faults> {
        match made {
            Some(made) if self.0.is_empty() => Ok(made),
            _ => Err(Faults(self.0)),
        }
    }

    /// Checks an address: https (http only in test mode), and at most `most` visible ASCII characters.
    pub fn url(&mut self, field: &'static str, url: &str, mode: AccountMode, most: usize) {
        let is_plain = mode == AccountMode::Test && url.starts_with("http://");
        self.check(field, is_plain || url.starts_with("https://"), "must begin with https://");
        self.check(field, url.len() <= most, format_args!("must be at most {most} characters"));
        self.check(field, url.bytes().all(|b| b.is_ascii_graphic()), "must be visible ASCII characters");
    }

    pub fn notify_url(&mut self, place: Place<'_>, most: usize) {
        self.url("notify_url", place.notify_url, place.mode, most);
        self.check("notify_url", !place.notify_url.contains(['?', '#']), "must have no query and no fragment");
    }

    /// The host to call: the provider's own, except for test accounts that name another.
    pub fn base(&mut self, place: Place<'_>, own: &str) -> String {
        let Some(given) = place.base_url else { return own.to_owned() };
        let why = "is for test accounts alone: a live one talks to the provider";
        self.check("base_url", place.mode == AccountMode::Test, why);
        let is_url = (given.starts_with("http://") || given.starts_with("https://"))
            && given.bytes().all(|b| b.is_ascii_graphic())
            && !given.contains(['?', '#', '@']);
        let why = "must be an address that begins with http:// or https://, without query or user";
        self.check("base_url", is_url, why);
        given.trim_end_matches('/').to_owned()
    }
}

/// Whether a text has a length in bytes and consists of allowed ones.
pub fn consists_of(text: &str, length: RangeInclusive<usize>, is_allowed: impl Fn(&u8) -> bool) -> bool {
    length.contains(&text.len()) && text.as_bytes().iter().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_accounts_have_another_host() {
        let place = |mode, base_url| Place { mode, notify_url: "https://shop.example/cb", base_url };
        for (mode, given, base, faults) in [
            (AccountMode::Live, None, "https://own.example", 0),
            (AccountMode::Test, None, "https://own.example", 0),
            (AccountMode::Test, Some("http://127.0.0.1:9/sandbox/"), "http://127.0.0.1:9/sandbox", 0),
            (AccountMode::Live, Some("https://evil.example"), "https://evil.example", 1),
            (AccountMode::Test, Some("file:///etc/passwd"), "file:///etc/passwd", 1),
            (AccountMode::Test, Some("https://user@evil.example"), "https://user@evil.example", 1),
        ] {
            let mut reader = Reader::default();
            assert_eq!(reader.base(place(mode, given), "https://own.example"), base);
            assert_eq!(reader.0.len(), faults, "{mode:?} {given:?}");
        }
    }

    #[test]
    fn notify_url_must_be_https_without_query() {
        for (mode, url, is_good) in [
            (AccountMode::Live, "https://shop.example/cb", true),
            (AccountMode::Live, "http://shop.example/cb", false),
            (AccountMode::Test, "http://127.0.0.1:9/cb", true),
            (AccountMode::Live, "https://shop.example/cb?x=1", false),
            (AccountMode::Live, "https://shop.example/付", false),
            (AccountMode::Live, "https://shop.example/0123456789", false),
        ] {
            let mut reader = Reader::default();
            reader.notify_url(Place { mode, notify_url: url, base_url: None }, 30);
            assert_eq!(reader.0.is_empty(), is_good, "{url}");
        }
    }

    #[test]
    fn settings_error_names_the_place_and_no_value() {
        let read = |json| read::<crate::wechat::Settings>(json).err().unwrap().to_string();
        assert_eq!(read("{\"appid\":"), "settings: is no JSON, at line 1, column 9");
        for json in [r#"{"merchant_private_key":"SECRET","mchid":7}"#, r#"{"SECRET":1}"#, r#"["SECRET"]"#, "\"SECRET\""]
        {
            let why = read(json);
            assert!(
                why.starts_with("settings: has a field that is missing, unknown or of another type, at line 1"),
                "{why}"
            );
        }
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let mut reader = Reader::default();
        reader.fault("a", "is missing");
        reader.fault("b", "is odd");
        let faults = reader.done(Some(())).unwrap_err();
        assert_eq!(faults.to_string(), "a: is missing; b: is odd");
    }
}
