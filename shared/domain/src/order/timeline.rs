//! The timeline of an order, saved with each change. It is for people; no rule reads it.

use crate::id::AttemptNo;
use crate::time::Time;

use super::by::By;
use super::holds::HoldWord;
use super::payment::Role;
use super::refund::{DisputeState, RefundState};
use super::{Order, Why};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum What {
    Created,
    Retried(AttemptNo),
    Opened(AttemptNo),
    Processing(AttemptNo),
    Failed(AttemptNo),
    Closed(AttemptNo),
    Paid(AttemptNo, Role),
    Cancelled(Why),
    /// A refund moved: its place in the list, and where it is now.
    Refund(u16, RefundState),
    Dispute(DisputeState),
    /// The provider said how much is back in all, or that it does not say.
    Figure,
    Granted,
    Revoked,
    Superseded,
    Resolved(HoldWord),
    /// An admin stated that this attempt was paid.
    Stated(AttemptNo),
    /// The provider denied it.
    Denied(AttemptNo),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Moment {
    pub at: Time,
    pub by: By,
    pub what: What,
}

impl Order {
    pub(super) fn note(&mut self, at: Time, by: By, what: What) {
        self.facts.timeline.push(Moment { at, by, what });
    }
}
