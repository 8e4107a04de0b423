//! Secrets and the settings beside them.

use std::fmt;
use std::sync::Arc;

use till_domain::provider::Account;

use super::Unavailable;

/// The values of a secret that are valid side by side. Never shown in a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret {
    /// The value that counts for what we sign.
    pub current: Arc<str>,
    /// The one before it, still good for what others signed.
    pub previous: Option<Arc<str>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Reads secrets.
pub trait ReadSecret {
    /// The secret of this name below the stage's own folder (`tokens`, `account/main`), kept in the process for five
    /// minutes; none, when there is none.
    async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable>;

    /// The same, read anew because what it was used for did not fit: at most once in five minutes for each name and
    /// process; in between what is known is given again.
    async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable>;
}

/// Whether an account takes real money.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AccountMode {
    /// It does.
    Live,
    /// It does not: a provider's test gateway, or the sandbox.
    Test,
}

/// An account as the team set it up, without its keys.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AccountSettings {
    /// Which one.
    pub account: Account,
    /// Live or test.
    pub mode: AccountMode,
    /// Whether new attempts go through it where no other is named.
    pub is_default: bool,
    /// Whether new attempts may go through it at all. What was begun goes on.
    pub is_on: bool,
    /// Another host than the provider's own: for test accounts alone.
    pub base_url: Option<String>,
    /// What callbacks name it by, besides its id: an app's number, a merchant's. Lets a bare address find its account.
    pub hints: Vec<String>,
}

/// Reads accounts.
pub trait ReadAccounts {
    /// All accounts at a provider, on or off, kept in the process for a minute.
    async fn read_accounts(
        &self,
        provider: till_domain::provider::Provider,
    ) -> Result<Vec<AccountSettings>, Unavailable>;
}

/// Fetches public documents over HTTPS.
pub trait FetchDocument {
    /// The body of a document, at most 256 KiB, within 2 seconds.
    async fn fetch_document(&self, url: &str) -> Result<Vec<u8>, Unavailable>;
}
