//! The store: orders, wallets, ledgers and the audit trail.

use std::fmt;

use till_domain::id::OrderNo;
use till_domain::order::{Fulfilment, Order, RemedyWord, Status};
use till_domain::provider::Account;
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

use super::{CallbackAudit, TeamRecord, Unavailable};
use crate::caller::Caller;

port! { (store: S)
    pub trait LoadOrder {
        /// The order as it stands: a strongly consistent read.
        async fn load_order(&self, no: OrderNo) -> Result<Option<Order>, Unavailable>;
    }
}

/// What came of a conditional write of an order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Saved {
    Yes,
    /// Another write came first; this is the stored order.
    Conflict(Option<Box<Order>>),
}

port! { (store: S)
    pub trait SaveOrder {
        /// Writes it if the stored order has the preceding version, or, for a first version, if there is none.
        async fn save_order(&self, order: &Order) -> Result<Saved, Unavailable>;
    }
}

/// The due orders are divided into so many shards, by their numbers.
pub const DUE_SHARDS: u8 = 16;

/// Where due orders are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DuePart {
    All,
    /// One shard, below [`DUE_SHARDS`].
    Shard(u8),
    /// In all shards, those orders alone that owe money or goods.
    MoneyOrGoods,
}

port! { (store: S)
    pub trait FindDue {
        /// At most this many orders whose `due_at` has come: those that owe money or goods first, and of each kind the
        /// earliest first. The index may be stale; the order itself decides.
        async fn find_due(&self, part: DuePart, now: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable>;
    }
}

port! { (store: S)
    pub trait LoadWallet {
        /// The wallet as it stands, empty if there is none: a strongly consistent read.
        async fn load_wallet(&self, user: &UserId) -> Result<Wallet, Unavailable>;
    }
}

port! { (store: S)
    pub trait LoadEntry {
        /// The entry of this source, if there is one: a strongly consistent read.
        async fn load_entry(&self, user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable>;
    }
}

/// The one transaction: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Commit<'a> {
    /// Written if the stored order has the preceding version; `None` if the user spends.
    pub order: Option<&'a Order>,
    pub user: &'a UserId,
    pub wallet: &'a Wallet,
    /// Written if the ledger has no entry of its source.
    pub entry: &'a Entry,
    /// Other orders that must still have these versions.
    pub unchanged: &'a [(OrderNo, u64)],
    /// Who commanded it, if a request did: kept beside the entry, and read by people only.
    pub by: Option<&'a Caller>,
    /// Of a change by hand: written with it.
    pub record: Option<&'a TeamRecord>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Committed {
    Yes,
    /// Another write came first: load again.
    Conflict,
    /// The ledger has an entry of this source already.
    Duplicate,
}

port! { (store: S)
    pub trait CommitGoods {
        async fn commit(&self, commit: Commit<'_>) -> Result<Committed, Unavailable>;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    Pushed,
    Asked,
    Command,
    Task,
    Sweep,
}

impl Cause {
    pub const ALL: [Self; 5] = [Self::Pushed, Self::Asked, Self::Command, Self::Task, Self::Sweep];

    /// Its word in the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pushed => "pushed",
            Self::Asked => "asked",
            Self::Command => "command",
            Self::Task => "task",
            Self::Sweep => "sweep",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    Changed(Status, Fulfilment),
    Refused(Refusal),
    Unanswered,
    ProviderRefused,
}

/// As the audit trail says it.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(status, fulfilment) => write!(f, "changed {status} {fulfilment}"),
            Self::Refused(refusal) => write!(f, "refused {}", refusal.code()),
            Self::Unanswered => f.write_str("unanswered"),
            Self::ProviderRefused => f.write_str("provider_refused"),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Record {
    pub order: OrderNo,
    pub at: Time,
    pub cause: Cause,
    pub account: Option<Account>,
    pub outcome: Outcome,
    pub callback: Option<CallbackAudit>,
    /// Who commanded it, if a request did.
    pub by: Option<Caller>,
    /// Which remedy it was part of, if a person applied one.
    pub remedy: Option<RemedyNote>,
}

/// What a person did, and why.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RemedyNote {
    pub word: RemedyWord,
    pub reason: Reason,
}

port! { (store: S)
    pub trait KeepRecord {
        /// A record that cannot be written stops nothing.
        async fn keep_record(&self, record: Record);
    }
}
