//! Claims of idempotency keys: one key is one order number for ever, and everything about it is frozen by the first request.

use std::sync::Arc;

use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{Policy, Sold};
use till_domain::provider::{Account, Method};
use till_domain::text::{Key, UserId};
use till_domain::time::Time;

use super::{Show, Unavailable};

/// A hash of a parsed request: two requests of one key must agree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RequestHash(pub [u8; 32]);

/// What the first request of a key decided. Later owners carry out the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Frozen {
    pub no: OrderNo,
    pub created_at: Time,
    /// Until when it can be paid in time.
    pub expire_at: Time,
    pub sold: Arc<Sold>,
    pub method: Method,
    pub account: Account,
    pub policy: Policy,
    pub hash: RequestHash,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClaimState {
    Running,
    /// Its owner gave up because the provider did not answer.
    Idle,
    Done,
    /// The provider certainly refused, which is the answer to every later request too.
    Refused,
}

/// How an attempt can be paid, as the buyer was shown it. It is kept if only another call of the provider could show it again.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shown {
    pub attempt: AttemptNo,
    pub show: Show,
}

impl Shown {
    /// `None` if there is nothing to keep.
    pub fn of(attempt: AttemptNo, show: &Show) -> Option<Self> {
        show.good_until.map(|_| Self { attempt, show: show.clone() })
    }

    pub fn is_good(&self, attempt: AttemptNo, now: Time) -> bool {
        self.attempt == attempt && self.show.good_until.is_some_and(|until| now < until)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claim {
    pub user: UserId,
    pub key: Key,
    pub frozen: Frozen,
    /// Which owner has it: 1, then 2 after the first takeover.
    pub owner: u8,
    pub since: Time,
    pub state: ClaimState,
    /// A repeated request gets it again, for as long as it is good.
    pub shown: Option<Shown>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Claimed {
    Yes,
    /// The stored claim.
    Exists(Box<Claim>),
}

port! { (store: S)
    pub trait ClaimKey {
        /// The claim of a key: a strongly consistent read.
        async fn load_claim(&self, user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable>;

        /// Writes a first claim if there is none.
        async fn put_claim(&self, claim: &Claim) -> Result<Claimed, Unavailable>;

        /// Replaces a claim if the stored one has the owner and state of `before`.
        async fn move_claim(&self, before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable>;
    }
}
