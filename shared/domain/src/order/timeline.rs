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
    /// By the provider if it told us, by Till if it answered a question.
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
    /// When and by whom the payment was heard of that pays for it. `None` if the timeline has lost that moment.
    #[must_use]
    pub fn payment_moment(&self) -> Option<&Moment> {
        let kept = self.kept()?;
        self.timeline.iter().rfind(|moment| moment.what == What::Paid(kept.attempt, Role::Kept))
    }

    /// Since when its goods could be granted: since its payment, or since the last decision about it.
    #[must_use]
    pub fn grantable_since(&self) -> Option<Time> {
        let lets_go = |what| {
            matches!(
                what,
                What::Paid(_, Role::Kept) | What::Stated(_) | What::Resolved(_) | What::Dispute(_) | What::Figure
            )
        };
        self.timeline.iter().rfind(|moment| lets_go(moment.what)).map(|moment| moment.at)
    }

    pub(super) fn note(&mut self, at: Time, by: By, what: What) {
        self.facts.timeline.push(Moment { at, by, what });
    }
}
