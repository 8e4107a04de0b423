//! What flows need from outside, as small capabilities. A function's permissions name the same few as its flow's
//! bounds.
//!
//! Every call may fail before or after it took effect: [`Unavailable`] says only that no answer came.

mod catalogue;
mod claim;
mod connections;
mod guards;
mod messages;
mod provider;
mod reading;
mod secrets;
mod store;

use std::fmt;

use till_domain::time::Time;

pub use catalogue::{FindAccount, FindProduct};
pub use claim::{Claim, ClaimKey, ClaimState, Claimed, Frozen, RequestHash};
pub use connections::{Answer, Connection, KeepConnection, Listens};
pub use guards::{CountCalls, KeepRejected, RejectedCallback, Scope};
pub use messages::{Enqueue, Message, Push, RaiseAlarm, Task};
pub use provider::{Asked, CreateError, NewTrade, Opened, Payer, Provide, RefundOrder, Show, Unanswered};
pub use reading::{ListEntries, ListOrders, ListProducts, ListedProduct};
pub use secrets::{AccountMode, AccountSettings, FetchDocument, ReadAccounts, ReadSecret, Secret};
pub use store::{
    Came, Cause, Commit, CommitGoods, Committed, FindDue, KeepOrphan, KeepRecord, LoadEntry, LoadOrder, LoadWallet,
    Orphan, Outcome, Record, SaveOrder, Saved,
};

/// No answer came: the call may have taken effect or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer came")
    }
}

impl std::error::Error for Unavailable {}

pub trait Clock {
    fn now(&self) -> Time;

    /// Waits before the n-th try after a conflict: a random time, longer each time, so that the same writers do not
    /// collide again.
    async fn pause(&self, nth: u32);
}

pub trait Draw {
    /// 64 unpredictable bits.
    fn entropy(&self) -> u64;
}
