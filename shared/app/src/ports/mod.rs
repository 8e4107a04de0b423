//! What flows need of the world, as small capabilities. A function's permissions name the same few that its flow does.
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
pub use guards::{CountCalls, KeepStray, Scope, Stray};
pub use messages::{Enqueue, Message, Push, RaiseAlarm, Task};
pub use provider::{Asked, CreateError, NewTrade, Opened, Payer, Provide, RefundOrder, Show, Unanswered};
pub use reading::{Displayed, ListEntries, ListOrders, ListProducts};
pub use secrets::{AccountMode, AccountSettings, FetchDocument, ReadAccounts, ReadSecret, Secret};
pub use store::{
    Came, Cause, Commit, CommitGoods, Committed, FindDue, KeepOrphan, KeepRecord, LoadEntry, LoadOrder, LoadWallet,
    Orphan, Outcome, Record, SaveOrder, Saved,
};

/// No answer came: it may have taken effect or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer came")
    }
}

impl std::error::Error for Unavailable {}

/// What time it is.
pub trait Clock {
    /// Now, by this machine's clock.
    fn now(&self) -> Time;

    /// Waits a little before the n-th try of something that others got in the way of: a random while, longer each time, so
    /// that those who met once do not meet again.
    async fn pause(&self, nth: u32);
}

/// Where randomness comes from.
pub trait Draw {
    /// 64 bits that nobody can predict.
    fn entropy(&self) -> u64;
}
