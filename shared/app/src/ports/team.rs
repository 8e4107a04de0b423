//! What the team reads: lists of all orders, and of what needs a person. No flow depends on them. Every list comes page by
//! page, and a page costs the same however much is stored.

use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::provider::{Account, Provider};
use till_domain::text::TradeNo;
use till_domain::time::Time;

use super::{KeptTeamRecord, LoadedOrders, Record, RejectedCallback, TeamSubject, Unavailable};

/// Numbers of orders, newest first.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct NumbersPage {
    pub numbers: Vec<OrderNo>,
    /// The next page has what is older than this, which need not be an order's number; `None` after the last page. A page may
    /// be short or empty and still have one after it.
    pub next: Option<OrderNo>,
}

port! { (store: S)
    pub trait ListNumbers {
        /// The orders that were made on these days, older than `before`: at most this many. They come from an index that may
        /// lag, and an order may be gone.
        async fn list_numbers(&self, days: Days, before: Option<OrderNo>, most: usize) -> Result<NumbersPage, Unavailable>;
    }
}

port! { (store: S)
    pub trait LoadOrders {
        /// These orders as they stand, newest first; those that are gone are left out. Each is a strongly consistent read.
        async fn load_orders(&self, numbers: &[OrderNo]) -> Result<LoadedOrders, Unavailable>;
    }
}

port! { (store: S)
    pub trait FindTrade {
        /// The orders with a payment of this trade number at a provider: one, or none. They come from an index that may lag.
        async fn find_trade(&self, provider: Provider, trade_no: &TradeNo) -> Result<Vec<OrderNo>, Unavailable>;
    }
}

/// An order that was on hold when it was last written, and since when it is without a break.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HeldOrder {
    pub since: Time,
    pub no: OrderNo,
}

port! { (store: S)
    pub trait ListHeld {
        /// The orders on hold after this one, those that have waited longest first: at most this many. They come from an index
        /// that may lag.
        async fn list_held(&self, after: Option<HeldOrder>, most: usize) -> Result<Vec<HeldOrder>, Unavailable>;
    }
}

/// Items that are kept for people, and the place at which the next page begins. The place means something to its store alone.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Kept<T> {
    pub items: Vec<T>,
    /// Those of the page that cannot be read, by the last part of their keys: of an orphan, its trade number.
    pub unreadable: Vec<String>,
    pub next: Option<String>,
}

/// A callback that was not believed, as it was kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeptRejected {
    pub provider: Provider,
    pub account: String,
    pub reason: String,
    pub from: String,
    pub length: u64,
    pub hash: String,
    pub at: Time,
}

impl From<&RejectedCallback> for KeptRejected {
    fn from(rejected: &RejectedCallback) -> Self {
        Self {
            provider: rejected.provider,
            account: rejected.account.clone(),
            reason: rejected.reason.to_owned(),
            from: rejected.from.clone(),
            length: u64::try_from(rejected.length).unwrap_or(u64::MAX),
            hash: rejected.hash.clone(),
            at: rejected.at,
        }
    }
}

port! { (store: S)
    pub trait ListRejected {
        /// The rejected callbacks of a day, newest first, from this place on: at most this many.
        async fn list_rejected(&self, day: Day, from: Option<&str>, most: usize) -> Result<Kept<KeptRejected>, Unavailable>;
    }
}

/// A callback as the audit trail has it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeptCallback {
    pub from: String,
    pub hash: String,
    /// By name.
    pub facts: Vec<(String, String)>,
}

/// An entry of the audit trail, as it was kept. Its words may be those of another release.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeptRecord {
    pub order: OrderNo,
    pub at: Time,
    pub cause: String,
    pub account: Option<Account>,
    pub outcome: String,
    pub callback: Option<KeptCallback>,
    /// Who commanded it, and in which role.
    pub by: Option<(String, String)>,
    /// Which remedy it was part of, and why a person applied it.
    pub remedy: Option<(String, String)>,
}

impl From<&Record> for KeptRecord {
    fn from(record: &Record) -> Self {
        let callback = record.callback.as_ref().map(|callback| {
            let mut facts: Vec<_> =
                callback.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            facts.sort_unstable();
            KeptCallback { from: callback.from.clone(), hash: callback.hash.clone(), facts }
        });
        Self {
            order: record.order,
            at: record.at,
            cause: record.cause.as_str().to_owned(),
            account: record.account.clone(),
            outcome: record.outcome.to_string(),
            callback,
            by: record.by.as_ref().map(|by| (by.user.to_string(), by.role.as_str().to_owned())),
            remedy: record.remedy.as_ref().map(|note| (note.word.as_str().to_owned(), note.reason.to_string())),
        }
    }
}

/// What somebody of the team commanded.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    OfOrder(KeptRecord),
    /// About something that is no order.
    Other(KeptTeamRecord),
}

port! { (store: S)
    pub trait ListRecords {
        /// The audit trail of an order, newest first, from this place on: at most this many.
        async fn list_records(&self, no: OrderNo, from: Option<&str>, most: usize) -> Result<Kept<KeptRecord>, Unavailable>;

        /// What the team's people and programs commanded on a day, newest first, from this place on: at most this many. They
        /// come from an index that may lag.
        async fn list_commands(&self, day: Day, from: Option<&str>, most: usize) -> Result<Kept<Command>, Unavailable>;

        /// What the team did to something that is no order, newest first, from this place on: at most this many.
        async fn list_team_records(&self, subject: &TeamSubject, from: Option<&str>, most: usize) -> Result<Kept<KeptTeamRecord>, Unavailable>;
    }
}

/// What a queue holds, about: a message that is being handled counts as waiting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct QueueDepth {
    pub queue: &'static str,
    pub waiting: u64,
    /// What failed for good.
    pub dead: u64,
}

port! { (messages: M)
    pub trait InspectQueues {
        async fn inspect_queues(&self) -> Result<Vec<QueueDepth>, Unavailable>;
    }
}
