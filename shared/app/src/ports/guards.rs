//! Counters of calls, and a record of callbacks that were rejected.

use till_domain::provider::Provider;
use till_domain::time::Time;

use super::Unavailable;

/// What is counted within a window of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// Orders made by one user, in a minute.
    CreationsOfUser,
    /// Orders made from one address, in a minute.
    CreationsOfAddress,
    /// Questions to a provider about one order that its page asked for, in ten seconds.
    Refreshes,
}

impl Scope {
    #[must_use]
    pub const fn window_seconds(self) -> u32 {
        match self {
            Self::CreationsOfUser | Self::CreationsOfAddress => 60,
            Self::Refreshes => 10,
        }
    }
}

pub trait CountCalls {
    /// Counts a call and returns how many there were in this window, this one included. Windows begin at whole
    /// multiples of their length.
    async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable>;
}

/// A callback that could not be verified. It holds nothing that was encrypted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RejectedCallback {
    pub provider: Provider,
    /// Which account it was sent to, as its address said: at most 64 characters.
    pub account: String,
    /// Why it was turned away: a stable word.
    pub reason: &'static str,
    pub from: String,
    pub length: usize,
    /// SHA-256 of its body, in hexadecimal digits.
    pub hash: String,
    pub at: Time,
}

pub trait KeepRejected {
    /// Keeps at most one for each reason, account and minute in each process. A failed write is not reported.
    async fn keep_rejected(&self, stray: &RejectedCallback);
}
