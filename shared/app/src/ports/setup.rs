//! What the team sets up: merchant accounts and products, each with a remark and with its last changes.

use std::fmt;

use till_domain::provider::Account;
use till_domain::text::{AccountId, Key, Reason, Remark, UserId};
use till_domain::time::Time;

use super::{AccountSettings, ListedProduct, RequestHash, TeamRecord, Unavailable};

/// So many changes stand on an item, so that it stays small.
pub const MOST_CHANGES: usize = 8;

/// Who changed an item, when and why. A request from outside also leaves its key and what it asked for, by which its repetition is
/// known.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Change {
    pub by: UserId,
    pub at: Time,
    pub reason: Option<Reason>,
    pub key: Option<Key>,
    pub hash: Option<RequestHash>,
}

impl Change {
    /// A change by somebody with the program `till`, which gives no reason and no key.
    pub const fn by_program(by: UserId, at: Time) -> Self {
        Self { by, at, reason: None, key: None, hash: None }
    }
}

/// What stands on an item beside what it is for.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Notes {
    pub remark: Option<Remark>,
    /// How many changes there were. Two changes at the same moment cannot both be the next one.
    pub count: u32,
    /// The last ones, the newest at the end.
    pub changes: Vec<Change>,
}

impl Notes {
    pub fn last(&self) -> Option<&Change> {
        self.changes.last()
    }

    pub fn by_key(&self, key: &Key) -> Option<&Change> {
        self.changes.iter().find(|change| change.key.as_ref() == Some(key))
    }

    /// After one more change.
    #[must_use]
    pub fn with(&self, change: Change) -> Self {
        let kept = self.changes.len().saturating_sub(MOST_CHANGES.saturating_sub(1));
        let changes = self.changes.iter().skip(kept).cloned().chain([change]).collect();
        Self { remark: self.remark.clone(), count: self.count.saturating_add(1), changes }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Noted<T> {
    pub item: T,
    pub notes: Notes,
}

/// Why something was not written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NotWritten {
    Refused(&'static str),
    NotFound,
    Newer,
    /// Somebody else changed it since it was read.
    Conflict,
    /// It may have been written or not. Writing it again is harmless.
    Unavailable,
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(rule) => rule,
            Self::NotFound => "there is none with this name",
            Self::Newer => "it was last written by a later release of Till: use that release to change it",
            Self::Conflict => "somebody else changed it at the same moment: look at it, and run this again",
            Self::Unavailable => "AWS gave no usable answer, so it may have been written or not; the log above says why. It is safe to run this again",
        })
    }
}

impl std::error::Error for NotWritten {}

impl From<Unavailable> for NotWritten {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

/// Every account, by provider and id, and apart from them the names of those that cannot be read. One of these must not keep the
/// team from another, which may have to be switched off.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct NotedAccounts {
    pub accounts: Vec<Noted<AccountSettings>>,
    pub unreadable: Vec<Account>,
}

impl NotedAccounts {
    /// The unreadable account of this id. Its keys are named by the id alone, so no other account may take it.
    pub fn unreadable_of(&self, id: &AccountId) -> Option<&Account> {
        self.unreadable.iter().find(|account| account.id == *id)
    }
}

port! { (store: S)
    pub trait KeepAccounts {
        /// Uncached.
        async fn noted_accounts(&self) -> Result<NotedAccounts, Unavailable>;

        /// Creates or changes an account, if as many changes stand on it as before this one, and keeps the record of it. Accounts
        /// are never removed, because orders go on through them; they are switched off.
        async fn save_account(&self, account: &Noted<AccountSettings>, record: &TeamRecord) -> Result<(), NotWritten>;

        /// Writes an account's keys. Writing the same again changes nothing.
        async fn save_account_secret(&self, account: &AccountId, json: &str) -> Result<(), NotWritten>;
    }
}

port! { (store: S)
    pub trait KeepProducts {
        /// Every product, uncached and in the order in which buyers see them. An unreadable product is an error here.
        async fn noted_products(&self) -> Result<Vec<Noted<ListedProduct>>, Unavailable>;

        /// Creates or changes a product, if as many changes stand on it as before this one, and keeps the record of it.
        async fn save_product(&self, product: &Noted<ListedProduct>, record: &TeamRecord) -> Result<(), NotWritten>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_keep_the_last_changes_and_count_them_all() {
        let at = |n: u32| Time::from_unix(i64::from(n)).unwrap();
        let key = |n: u32| Key::parse(&format!("k{n}")).unwrap();
        let change =
            |n: u32| Change { key: Some(key(n)), ..Change::by_program(UserId::parse("till:ann").unwrap(), at(n)) };
        let remark = Some(Remark::parse("the old contract").unwrap());
        let notes =
            (1..=9).fold(Notes { remark: remark.clone(), ..Notes::default() }, |notes, n| notes.with(change(n)));
        assert_eq!((notes.count, notes.changes.len(), &notes.remark), (9, MOST_CHANGES, &remark));
        assert_eq!(notes.last(), Some(&change(9)));
        assert_eq!(notes.by_key(&key(2)), Some(&change(2)));
        assert_eq!(notes.by_key(&key(1)), None);
    }
}
