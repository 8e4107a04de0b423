//! Secrets and the settings beside them.

use std::fmt;
use std::sync::Arc;

use till_domain::provider::{Account, Provider};

use super::Unavailable;

/// The values of a secret that count at the same time. They must not be logged.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret {
    pub current: Arc<str>,
    /// The one before it, as long as it still verifies what others signed: for a bounded time after the current one was made.
    pub previous: Option<Arc<str>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

port! { (store: S)
    pub trait ReadSecret {
        /// The secret of this name in the stage's own folder (`bearer`, `tickets`, `account/main`), cached in the process for
        /// five minutes.
        async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable>;

        /// The same, read anew because a signature did not fit, at the pace of [`crate::pace::Pace`] for each name and
        /// process; beyond it the cached value is returned. It is for what could be genuine, so callers check all else before.
        async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable>;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountMode {
    /// It takes real money.
    Live,
    /// A provider's test gateway, or the sandbox.
    Test,
}

/// An account as the team set it up, without its keys.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AccountSettings {
    pub account: Account,
    pub mode: AccountMode,
    /// Whether new attempts go through it.
    pub is_default: bool,
    /// Whether new attempts may go through it. Existing attempts go on.
    pub is_on: bool,
    /// Another host than the provider's own, for test accounts only.
    pub base_url: Option<String>,
    /// Its names at its provider, such as an app or merchant number. Callbacks may name it by them: then a callback address
    /// without an account finds one.
    pub hints: Vec<String>,
}

port! { (store: S)
    pub trait ReadAccounts {
        /// All accounts at a provider, on or off, cached in the process for a minute.
        async fn read_accounts(&self, provider: Provider) -> Result<Vec<AccountSettings>, Unavailable>;
    }
}

port! { (store: S)
    pub trait FetchDocument {
        /// The body of a document, at most 256 KiB, within 2 seconds.
        async fn fetch_document(&self, url: &str) -> Result<Vec<u8>, Unavailable>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_secret_are_not_printed() {
        let secret = Secret { current: "one".into(), previous: Some("other".into()) };
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
