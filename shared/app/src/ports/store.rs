//! What is kept: orders, wallets, ledgers, orphans and the audit trail.

use till_domain::id::OrderNo;
use till_domain::order::{Fulfilment, Order, Report, Status};
use till_domain::provider::Account;
use till_domain::refusal::Refusal;
use till_domain::text::{TradeNo, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

use super::Unavailable;

/// Reads one order.
pub trait LoadOrder {
    /// The order as it stands: a strongly consistent read.
    async fn load_order(&self, no: OrderNo) -> Result<Option<Order>, Unavailable>;
}

/// What came of a conditional write of an order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Saved {
    /// It is written.
    Yes,
    /// Another write came first; this is what stands there now.
    Conflict(Option<Box<Order>>),
}

/// Writes one order.
pub trait SaveOrder {
    /// Writes it if what stands there is of the version before its own; a first version, if nothing stands there.
    async fn save_order(&self, order: &Order) -> Result<Saved, Unavailable>;
}

/// Finds orders with something to do.
pub trait FindDue {
    /// Orders whose `due_at` has come, earliest first, at most so many. A hint: it may be stale, the order itself decides.
    async fn find_due(&self, now: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable>;
}

/// Reads a user's wallet.
pub trait LoadWallet {
    /// The wallet as it stands, empty if there is none: a strongly consistent read.
    async fn load_wallet(&self, user: &UserId) -> Result<Wallet, Unavailable>;
}

/// Reads one ledger entry.
pub trait LoadEntry {
    /// The entry of this source, if there is one: a strongly consistent read.
    async fn load_entry(&self, user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable>;
}

/// The one transaction: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Commit<'a> {
    /// The order, on the version before its own; none when the user spends.
    pub order: Option<&'a Order>,
    /// Whose wallet.
    pub user: &'a UserId,
    /// The wallet, on the version before its own.
    pub wallet: &'a Wallet,
    /// The ledger entry, on there being none of its source.
    pub entry: &'a Entry,
    /// Other orders that must still stand at these versions.
    pub unchanged: &'a [(OrderNo, u64)],
}

/// What came of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Committed {
    /// It is written.
    Yes,
    /// Another write came first: load again.
    Conflict,
    /// The ledger has an entry of this source already.
    Duplicate,
}

/// Writes goods: order, wallet and ledger together.
pub trait CommitGoods {
    /// Writes it all if every condition holds.
    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, Unavailable>;
}

/// A verified report of money that fits no order of ours.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Orphan {
    /// The number that it names: one of ours of which there is no order, or one that we never gave (at most 64 visible
    /// characters of it).
    pub number: String,
    /// The provider's number of the payment: under it an orphan is kept, once.
    pub trade_no: TradeNo,
    /// What was said.
    pub report: Report,
    /// When it came.
    pub at: Time,
}

/// Keeps orphans for ever.
pub trait KeepOrphan {
    /// Keeps it; keeping another of the same payment changes nothing.
    async fn keep_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable>;
}

/// What set a change off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    /// A provider's notification.
    Pushed,
    /// An answer to a question of ours.
    Asked,
    /// Somebody's command.
    Command,
    /// A task from the queue.
    Task,
    /// A sweep.
    Sweep,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// The order changed and stands so now.
    Changed(Status, Fulfilment),
    /// It was refused.
    Refused(Refusal),
    /// The provider did not answer.
    Unanswered,
    /// The provider said no for certain.
    ProviderRefused,
}

/// A notification as the audit trail remembers it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Came {
    /// The address that it came from, as the gateway saw it.
    pub from: String,
    /// SHA-256 of its body, in hexadecimal digits.
    pub hash: String,
    /// What it said, field by field, after verification and decryption: only what a payment's audit needs.
    pub facts: Vec<(&'static str, String)>,
}

/// One entry of the audit trail.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Record {
    /// Of which order.
    pub order: OrderNo,
    /// When.
    pub at: Time,
    /// What set it off.
    pub cause: Cause,
    /// Through which account, where a provider took part.
    pub account: Option<Account>,
    /// What came of it.
    pub outcome: Outcome,
    /// What came in, where a notification set it off.
    pub came: Option<Came>,
}

/// Keeps the audit trail.
pub trait KeepRecord {
    /// Keeps it as well as it can: a record that is lost stops nothing.
    async fn keep_record(&self, record: Record);
}
