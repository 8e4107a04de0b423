//! Checks an account's settings more closely than [`Merchant::read`] does, for people who set one up: what is wrong, and what to
//! do about it. Each kind of finding has a word of its own. No finding shows a value that was set.

mod address;
mod alipay;
mod certificates;
mod keys;
mod kinds;
mod probe;
mod stripe;
mod wechat;

use std::fmt;

use till_domain::provider::{Account, Provider};
use till_domain::time::Time;

use crate::account::{AccountMode, Place};
use crate::provide::Merchant;

pub use address::check_address;
pub use alipay::{APP_PUBLIC_KEY, CONTENT_KEY};
pub use keys::is_private_key;
pub use kinds::*;
pub use probe::{Probed, probe};
pub use wechat::MERCHANT_CERTIFICATE;

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// It does not work like this.
    Fault,
    /// It could not be found out whether it works.
    Unchecked,
    /// It works, and probably not as it is meant.
    Warning,
    /// Good to know.
    Note,
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Unchecked => "unchecked",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A kind of finding: a stable word, and what is wrong and what to do about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Kind {
    pub word: &'static str,
    pub level: Level,
    pub message: &'static str,
}

/// Declares kinds of findings, and lists them in `ALL`.
#[macro_export]
macro_rules! kinds {
    ($($name:ident = $level:ident $word:literal $message:literal;)+) => {
        $(pub const $name: $crate::check::Kind =
            $crate::check::Kind { word: $word, level: $crate::check::Level::$level, message: $message };)+
        /// All kinds, in the order of the documents.
        pub const ALL: &[$crate::check::Kind] = &[$($name),+];
    };
}

/// What was found about one setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub kind: Kind,
    /// The setting of an account, or another name that says what it is about.
    pub field: String,
    /// What this case has besides, such as a date or a serial number. Never a value that was set.
    pub detail: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.kind.message)?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, " ({detail})"))
    }
}

#[derive(Clone, Default, Debug)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    pub fn add(&mut self, kind: Kind, field: &str) {
        self.0.push(Finding { kind, field: field.to_owned(), detail: None });
    }

    pub fn add_with(&mut self, kind: Kind, field: &str, detail: impl Into<String>) {
        self.0.push(Finding { kind, field: field.to_owned(), detail: Some(detail.into()) });
    }

    pub fn add_if(&mut self, holds: bool, kind: Kind, field: &str) {
        if holds {
            self.add(kind, field);
        }
    }

    fn has_fault(&self, field: &str) -> bool {
        self.0.iter().any(|one| one.kind.level == Level::Fault && one.field == field)
    }
}

/// What a team has beside an account's settings, and what says whether these are right.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The merchant's API certificate at WeChat Pay (`apiclient_cert.pem`).
    pub merchant_certificate: Option<&'a str>,
    /// The key of WeChat Pay's interface v2.
    pub v2_key: Option<&'a str>,
    /// The application's own public key at Alipay.
    pub app_public_key: Option<&'a str>,
    /// Alipay's key that encrypts contents (AES), which Till does not use.
    pub content_key: Option<&'a str>,
}

/// All that can be said about an account without asking its provider.
pub fn check(account: &Account, json: &str, place: Place<'_>, beside: Beside<'_>, now: Time) -> Vec<Finding> {
    let mut found = Findings::default();
    check_address(&mut found, "notify_url", place.notify_url, place.mode, address::most_characters(account.provider));
    let is_read = match account.provider {
        Provider::WeChat => wechat::check(&mut found, json, beside, now),
        Provider::Alipay => alipay::check(&mut found, json, place.mode, beside, now),
        Provider::Stripe => stripe::check(&mut found, json, place.mode),
    };
    if let Err(faults) = is_read.and_then(|()| Merchant::read(account, json, place)) {
        // What has no kind of its own is still refused by functions.
        for fault in faults.0 {
            if !found.has_fault(fault.field) {
                found.add_with(SETTING_REFUSED, fault.field, fault.why);
            }
        }
    }
    found.0
}

const fn is_live(mode: AccountMode) -> bool {
    match mode {
        AccountMode::Live => true,
        AccountMode::Test => false,
    }
}

#[cfg(test)]
mod tests;
