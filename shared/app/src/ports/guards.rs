//! What stands at the door: counters, and a note of what was turned away.

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
    /// Questions to a provider about one order that its page wanted, in ten seconds.
    Refreshes,
}

impl Scope {
    /// How long a window is, in seconds.
    #[must_use]
    pub const fn window_seconds(self) -> u32 {
        match self {
            Self::CreationsOfUser | Self::CreationsOfAddress => 60,
            Self::Refreshes => 10,
        }
    }
}

/// Counts what must not happen too often.
pub trait CountCalls {
    /// Counts one more and tells how many they are in this window, this one among them. Windows begin at whole multiples
    /// of their length.
    async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable>;
}

/// A callback that could not be verified. It holds nothing that its sender did not send in the open.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Stray {
    /// Which provider it claims to be from.
    pub provider: Provider,
    /// Which account it was sent to, as its address said: at most 64 characters.
    pub account: String,
    /// Why it was turned away: a stable word.
    pub reason: &'static str,
    /// The address it came from.
    pub from: String,
    /// The length of its body.
    pub length: usize,
    /// SHA-256 of its body, in hexadecimal digits.
    pub hash: String,
    /// When.
    pub at: Time,
}

/// Keeps strays.
pub trait KeepStray {
    /// Keeps at most one of each reason, account and minute in each process, and as well as it can.
    async fn keep_stray(&self, stray: &Stray);
}
