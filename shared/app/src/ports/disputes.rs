//! The disputes of an account as its provider lists them, and how far the list was looked through.

use till_domain::provider::Account;
use till_domain::text::DisputeNo;
use till_domain::time::Time;

use super::{CallbackSubject, Unanswered, Unavailable};

/// One dispute of a provider's list.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ListedDispute {
    pub opened_at: Time,
    /// Whether it can still be won or lost.
    pub is_open: bool,
    /// Its report, about the payment that it contests.
    pub about: CallbackSubject,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DisputePage {
    pub disputes: Vec<ListedDispute>,
    /// The dispute after which the next page begins; `None` on the last page.
    pub next: Option<DisputeNo>,
}

port! { (providers: P)
    pub trait ListDisputes {
        /// A page of the disputes that were opened at `since` or later, newest first: the first page, or the one after a
        /// dispute. A provider that lists none has one empty page.
        async fn list_disputes(
            &self,
            account: &Account,
            since: Time,
            after: Option<&DisputeNo>,
        ) -> Result<DisputePage, Unanswered>;
    }
}

/// How far an account's disputes were looked through.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DisputeLook {
    pub account: Account,
    /// Counts its writes, from 1.
    pub version: u64,
    /// When the next step may be taken.
    pub next: Time,
    /// Disputes opened before this are decided, and their orders know it.
    pub since: Time,
    /// When the present look through the list began.
    pub begun: Time,
    /// When the last look came to its end; at first, when the account was looked at first.
    pub through: Time,
    /// The last dispute of the present look; `None` before its second page.
    pub after: Option<DisputeNo>,
    /// When the oldest dispute of the present look was opened that is not decided yet, or not settled.
    pub oldest_open: Option<Time>,
}

port! { (store: S)
    pub trait KeepDisputeLook {
        async fn load_dispute_look(&self, account: &Account) -> Result<Option<DisputeLook>, Unavailable>;

        /// Writes it if the stored one has the preceding version or, for a first version, if there is none. Returns whether
        /// it was written.
        async fn save_dispute_look(&self, look: &DisputeLook) -> Result<bool, Unavailable>;
    }
}
