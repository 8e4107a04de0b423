//! What happened to an order, in the same write as the change itself. For people; no rule reads it.

use crate::id::AttemptNo;
use crate::time::Time;

use super::by::By;
use super::holds::HoldWord;
use super::payment::Role;
use super::refund::{DisputeState, RefundState};
use super::{Order, Why};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum What {
    /// The order was made.
    Created,
    /// Another attempt was begun.
    Retried(AttemptNo),
    /// An attempt was opened by the provider.
    Opened(AttemptNo),
    /// An attempt is processing.
    Processing(AttemptNo),
    /// An attempt failed.
    Failed(AttemptNo),
    /// An attempt was closed.
    Closed(AttemptNo),
    /// Money was taken.
    Paid(AttemptNo, Role),
    /// The order was cancelled.
    Cancelled(Why),
    /// A refund moved: its place in the list, and where it is now.
    Refund(u16, RefundState),
    /// A dispute moved.
    Dispute(DisputeState),
    /// The provider said how much is back in all, or that it does not say.
    Figure,
    /// The goods were granted.
    Granted,
    /// The goods were taken back.
    Revoked,
    /// The upgrade rests on something that is gone.
    Superseded,
    /// A person resolved a hold.
    Resolved(HoldWord),
}

/// One entry of the timeline.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Moment {
    /// When.
    pub at: Time,
    /// By whom.
    pub by: By,
    /// What.
    pub what: What,
}

impl Order {
    pub(super) fn note(&mut self, at: Time, by: By, what: What) {
        self.facts.timeline.push(Moment { at, by, what });
    }
}
