//! What still has to happen to an order, computed from its facts alone. Nothing else causes an action, so nothing can
//! be forgotten: what was not done is still a duty when the order is next loaded.

use crate::id::AttemptNo;
use crate::time::{Seconds, Time};

use super::attempt::AttemptState;
use super::by::By;
use super::payment::{Payment, Role};
use super::refund::{DisputeState, Refund, RefundId, RefundState};
use super::words::Status;
use super::{Order, index};

const REMIND_BEFORE: Seconds = Seconds::minutes(5);
/// How long after the last moment to pay the provider is asked for the last time: clocks differ, and notices queue.
pub(super) const LAST_ASK_AFTER: Seconds = Seconds::minutes(5);
/// Automatic returns of one payment; after these, the hold `refund_failed` asks for a person.
const MOST_RETURNS: usize = 3;
/// The pause between two returns of one payment.
const RETURN_PAUSE: Seconds = Seconds::hours(1);

/// Something that has to happen, with its subject; a `u16` is a place in the order's list of payments or refunds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Duty {
    /// Give the rest of this payment back: makes a refund.
    Return(u16),
    SendRefund(u16),
    Grant,
    Revoke,
    /// Tell the team of the holds that it does not know of.
    Alarm,
    Close(AttemptNo),
    Ask(AttemptNo),
    AskRefund(u16),
    /// Remind the buyer that time runs out, and ask about each open attempt.
    Remind,
    Expire,
    /// Ask about an attempt that ended without the provider's promise, once it can no longer be paid.
    LastAsk(AttemptNo),
}

/// When a duty is due for the first time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    Now,
    /// Counted from the moment when the duty came up.
    After(Seconds),
    At(Time),
}

impl Order {
    pub fn duties(&self) -> Vec<(Duty, When)> {
        let mut duties = Vec::with_capacity(4);
        self.money_back_duties(&mut duties);
        if self.owes_grant() {
            duties.push((Duty::Grant, When::Now));
        }
        if self.owes_revoke() {
            duties.push((Duty::Revoke, When::Now));
        }
        if self.holds().iter().any(|hold| !self.told.contains(hold)) {
            duties.push((Duty::Alarm, When::Now));
        }
        self.attempt_duties(&mut duties);
        if self.status() == Status::Pending {
            self.pending_duties(&mut duties);
        }
        duties
    }

    pub fn owes(&self, duty: Duty) -> bool {
        self.duties().iter().any(|(owed, _)| *owed == duty)
    }

    pub(super) fn owes_grant(&self) -> bool {
        let begun = self.granting.granted.is_some() || self.granting.revoked.is_some() || self.superseded.is_some();
        !begun
            && self.kept().is_some_and(|kept| {
                !self.is_wholly_reserved(kept)
                    && !self.is_stopped(kept)
                    && !self.is_contradicted(kept)
                    && !self.takes_goods_back(kept)
            })
    }

    pub(super) fn owes_revoke(&self) -> bool {
        let delivered = self.granting.granted.is_some() && self.granting.revoked.is_none();
        delivered && self.kept().is_some_and(|kept| self.takes_goods_back(kept))
    }

    /// Whether this payment must go back automatically and is not wholly reserved yet.
    pub(super) fn owes_return(&self, payment: &Payment) -> bool {
        let goes_back = match payment.role {
            Role::Extra => true,
            Role::Kept => self.superseded.is_some() || self.is_given_up(payment),
            Role::Odd => false,
        };
        goes_back && !self.is_wholly_reserved(payment)
    }

    pub(super) fn can_return(&self, payment: &Payment) -> bool {
        self.returns_of(payment).count() < MOST_RETURNS && self.next_refund_index().is_some()
    }

    fn returns_of<'a>(&'a self, payment: &'a Payment) -> impl Iterator<Item = &'a Refund> {
        self.refunds.iter().filter(|refund| {
            refund.trade_no == payment.trade_no && refund.by == By::Till && matches!(refund.id, RefundId::Ours(_))
        })
    }

    /// Whether the goods must be taken back, or must not be delivered.
    pub(super) fn takes_goods_back(&self, kept: &Payment) -> bool {
        let revoked = self.refunds_of(kept).any(|refund| refund.revoke && refund.state == RefundState::Succeeded);
        let lost = self.disputes_of(kept).any(|dispute| dispute.state == DisputeState::Lost);
        self.is_wholly_back(kept) || self.is_given_up(kept) || revoked || lost
    }

    fn money_back_duties(&self, duties: &mut Vec<(Duty, When)>) {
        for (i, payment) in self.payments.iter().enumerate() {
            let stopped = self.is_stopped(payment) || self.is_unproven(payment);
            if self.owes_return(payment) && self.can_return(payment) && !stopped {
                let last = self.returns_of(payment).map(|refund| refund.at).max();
                let when = last.map_or(When::Now, |last| When::At(last.plus(RETURN_PAUSE)));
                duties.push((Duty::Return(index(i)), when));
            }
        }
        for (i, refund) in self.refunds.iter().enumerate() {
            let ours = matches!(refund.id, RefundId::Ours(_));
            match refund.state {
                RefundState::Requested if ours => duties.push((Duty::SendRefund(index(i)), When::Now)),
                RefundState::Processing => duties.push((Duty::AskRefund(index(i)), When::After(Seconds::minutes(1)))),
                RefundState::Abnormal => duties.push((Duty::AskRefund(index(i)), When::After(Seconds::days(1)))),
                RefundState::Requested | RefundState::Succeeded | RefundState::Failed => {}
            }
        }
    }

    fn attempt_duties(&self, duties: &mut Vec<(Duty, When)>) {
        let decided = self.is_decided();
        for attempt in &self.attempts {
            match attempt.state {
                AttemptState::Opening | AttemptState::Open if decided => {
                    duties.push((Duty::Close(attempt.n), When::Now));
                }
                AttemptState::Open => duties.push((Duty::Ask(attempt.n), When::After(Seconds::minutes(1)))),
                AttemptState::Processing => duties.push((Duty::Ask(attempt.n), When::After(Seconds::hours(1)))),
                AttemptState::Failed | AttemptState::Closed if decided && !attempt.is_final => {
                    duties.push(end_of(attempt.n, attempt.payable_until));
                }
                AttemptState::Opening | AttemptState::Failed | AttemptState::Closed | AttemptState::Paid => {}
            }
        }
    }

    fn pending_duties(&self, duties: &mut Vec<(Duty, When)>) {
        let remind_at = self.expire_at.minus(REMIND_BEFORE);
        if !self.reminded && remind_at > self.created_at {
            duties.push((Duty::Remind, When::At(remind_at)));
        }
        if !self.is_processing() {
            duties.push((Duty::Expire, When::At(self.expire_at)));
        }
    }
}

/// An attempt that ended without the provider's promise is asked about once more after its last moment to pay; one that
/// has no such moment must be closed.
fn end_of(n: AttemptNo, payable_until: Option<Time>) -> (Duty, When) {
    match payable_until {
        Some(until) => (Duty::LastAsk(n), When::At(until.plus(LAST_ASK_AFTER))),
        None => (Duty::Close(n), When::Now),
    }
}
