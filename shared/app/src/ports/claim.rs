//! Claims of idempotency keys: one key is one order number for ever, and everything about it is frozen by the first request.

use std::sync::Arc;

use till_domain::id::OrderNo;
use till_domain::order::{Policy, Sold};
use till_domain::provider::{Account, Method};
use till_domain::text::{Key, UserId};
use till_domain::time::Time;

use super::Unavailable;

/// A hash of a parsed request: two requests of one key must agree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RequestHash(pub [u8; 32]);

/// What the first request of a key decided, whoever carries it out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Frozen {
    /// The order's number.
    pub no: OrderNo,
    /// When it was made.
    pub created_at: Time,
    /// Until when it can be paid in time.
    pub expire_at: Time,
    /// What is sold, at which price.
    pub sold: Arc<Sold>,
    /// How it is to be paid.
    pub method: Method,
    /// Through which account.
    pub account: Account,
    /// The settings that held.
    pub policy: Policy,
    /// Of which request.
    pub hash: RequestHash,
}

/// How far a claim has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClaimState {
    /// Its owner is at it.
    Running,
    /// Its owner gave up without an answer from the provider.
    Idle,
    /// The order is there.
    Done,
    /// The provider said no for certain: so it is for every later request.
    Refused,
}

/// A user's claim of a key.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claim {
    /// Whose.
    pub user: UserId,
    /// Which key.
    pub key: Key,
    /// What it decided.
    pub frozen: Frozen,
    /// Which owner has it: 1, then 2 for whoever took it over.
    pub owner: u8,
    /// Since when.
    pub since: Time,
    /// How far it has come.
    pub state: ClaimState,
}

/// What came of claiming.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Claimed {
    /// It is ours.
    Yes,
    /// This stands there.
    Exists(Box<Claim>),
}

/// Claims keys.
pub trait ClaimKey {
    /// The claim of a key: a strongly consistent read.
    async fn load_claim(&self, user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable>;

    /// Writes a first claim if there is none.
    async fn put_claim(&self, claim: &Claim) -> Result<Claimed, Unavailable>;

    /// Writes a claim if what stands there has the owner and state of `before`.
    async fn move_claim(&self, before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable>;
}
