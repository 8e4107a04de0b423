//! Holds: what a person must look at. A hold is computed from the facts, and is there until a person clears it.

use std::fmt;

use crate::id::AttemptNo;
use crate::text::{Reason, TradeNo, UserId};
use crate::time::Time;

use super::attempt::AttemptState;
use super::duties::Duty;
use super::payment::{Payment, Role};
use super::refund::{DisputeState, Refund, RefundState};
use super::{Order, index, nth};

/// Tries of a grant or revoke within 24 hours: 1 + 2 + 4 + 8 + 16 + 32 minutes are six tries in about an hour, and then one
/// an hour for 23 hours.
const TRIES_IN_A_DAY: u8 = 29;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HoldWord {
    OddPayment,
    Dispute,
    RefundUnclear,
    /// The provider wants a person to look at a refund.
    RefundAbnormal,
    /// Three returns failed, or a refund failed after its success.
    RefundFailed,
    /// The goods could not be delivered or taken back for a day.
    GrantFailed,
    UnreachableProvider,
    /// A payment counts by an admin's word, and its provider has not confirmed it.
    StatedPayment,
    /// The provider denies what an admin stated, or reports another payment.
    StatedDenied,
}

/// What a hold is about; a `u16` is a place in the order's list. A cleared hold does not come back for the same
/// subject.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum About {
    Payment(u16),
    Refund(u16),
    Dispute(u16),
    Attempt(AttemptNo),
    Round(u8),
    Revoke(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Hold {
    pub word: HoldWord,
    pub about: About,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Cleared {
    pub hold: Hold,
    pub by: UserId,
    pub reason: Reason,
    pub at: Time,
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(i) => write!(f, "payment:{i}"),
            Self::Refund(i) => write!(f, "refund:{i}"),
            Self::Dispute(i) => write!(f, "dispute:{i}"),
            Self::Attempt(n) => write!(f, "attempt:{n}"),
            Self::Round(round) => write!(f, "round:{round}"),
            Self::Revoke(round) => write!(f, "revoke:{round}"),
        }
    }
}

impl HoldWord {
    pub const ALL: [Self; 9] = [
        Self::OddPayment,
        Self::Dispute,
        Self::RefundUnclear,
        Self::RefundAbnormal,
        Self::RefundFailed,
        Self::GrantFailed,
        Self::UnreachableProvider,
        Self::StatedPayment,
        Self::StatedDenied,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OddPayment => "odd_payment",
            Self::Dispute => "dispute",
            Self::RefundUnclear => "refund_unclear",
            Self::RefundAbnormal => "refund_abnormal",
            Self::RefundFailed => "refund_failed",
            Self::GrantFailed => "grant_failed",
            Self::UnreachableProvider => "unreachable_provider",
            Self::StatedPayment => "stated_payment",
            Self::StatedDenied => "stated_denied",
        }
    }
}

impl fmt::Display for HoldWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Order {
    pub fn holds(&self) -> Vec<Hold> {
        let mut holds = Vec::new();
        self.hold_payments(&mut holds);
        self.hold_statements(&mut holds);
        self.hold_refunds(&mut holds);
        for (i, dispute) in self.disputes.iter().enumerate() {
            if dispute.state == DisputeState::Opened {
                holds.push(Hold { word: HoldWord::Dispute, about: About::Dispute(index(i)) });
            }
        }
        let round = self.granting.round;
        let grant = (Duty::Grant, self.owes_grant(), About::Round(round));
        let revoke = (Duty::Revoke, self.owes_revoke(), About::Revoke(round));
        for (duty, owed, about) in [grant, revoke] {
            // A duty that was just done stays in the schedule until the claim.
            if owed && self.schedule.iter().any(|slot| slot.duty == duty && slot.tries >= TRIES_IN_A_DAY) {
                holds.push(Hold { word: HoldWord::GrantFailed, about });
            }
        }
        for attempt in &self.attempts {
            let settled = attempt.state == AttemptState::Paid || (attempt.has_ended() && attempt.is_final);
            if !settled && attempt.unanswered >= self.policy.most_unanswered {
                holds.push(Hold { word: HoldWord::UnreachableProvider, about: About::Attempt(attempt.n) });
            }
        }
        holds.retain(|hold| !self.is_cleared(*hold));
        holds
    }

    /// Whether odd money is held: a person decides if it pays for the order.
    pub fn is_in_review(&self) -> bool {
        self.holds().iter().any(|hold| hold.word == HoldWord::OddPayment)
    }

    pub fn trade_of(&self, hold: Hold) -> Option<&TradeNo> {
        match hold.about {
            About::Payment(i) => nth(&self.payments, i).map(|payment| &payment.trade_no),
            About::Refund(i) => nth(&self.refunds, i).map(|refund| &refund.trade_no),
            About::Dispute(i) => nth(&self.disputes, i).map(|dispute| &dispute.trade_no),
            About::Attempt(n) => self.payments.iter().find(|payment| payment.attempt == n).map(|p| &p.trade_no),
            About::Round(_) | About::Revoke(_) => self.kept().map(|kept| &kept.trade_no),
        }
    }

    /// An open dispute that was not cleared stops grant, return and new refunds of this payment.
    pub(super) fn is_disputed(&self, payment: &Payment) -> bool {
        self.disputes.iter().enumerate().any(|(i, dispute)| {
            dispute.trade_no == payment.trade_no
                && dispute.state == DisputeState::Opened
                && !self.is_cleared(Hold { word: HoldWord::Dispute, about: About::Dispute(index(i)) })
        })
    }

    /// Something went back and the amount is unknown: this stops grant, return and new refunds of this payment. A
    /// refund that we know of explains the provider's report, unless it certainly never moved money; nothing explains
    /// totals in two currencies.
    pub(super) fn is_unclear(&self, payment: &Payment) -> bool {
        let Some(figure) = self.figure(&payment.trade_no).filter(|figure| !figure.stated) else { return false };
        let explained = || {
            self.refunds_of(payment).any(|refund| refund.ever_succeeded || refund.state != RefundState::Failed)
                || !self.back(payment).is_zero()
        };
        figure.mixed || (figure.unclear && !explained())
    }

    /// Whether money and goods of this payment must not move until a person has looked.
    pub(super) fn is_stopped(&self, payment: &Payment) -> bool {
        self.is_disputed(payment) || self.is_unclear(payment)
    }

    pub(super) fn is_cleared(&self, hold: Hold) -> bool {
        self.cleared.iter().any(|cleared| cleared.hold == hold)
    }

    fn hold_payments(&self, holds: &mut Vec<Hold>) {
        for (i, payment) in self.payments.iter().enumerate() {
            let about = About::Payment(index(i));
            if payment.role == Role::Odd && !self.is_wholly_back(payment) {
                holds.push(Hold { word: HoldWord::OddPayment, about });
            }
            if self.is_unclear(payment) {
                holds.push(Hold { word: HoldWord::RefundUnclear, about });
            }
            if self.owes_return(payment) && !self.can_return(payment) {
                holds.push(Hold { word: HoldWord::RefundFailed, about });
            }
        }
    }

    /// The provider has answered for a day without accepting the refund: the balance stays too low, or the answers are
    /// unclear.
    fn is_sent_in_vain(&self, i: u16, refund: &Refund) -> bool {
        let duty = Duty::SendRefund(i);
        refund.state == RefundState::Requested
            && self.schedule.iter().any(|slot| slot.duty == duty && slot.tries >= TRIES_IN_A_DAY)
    }

    fn hold_refunds(&self, holds: &mut Vec<Hold>) {
        for (i, refund) in self.refunds.iter().enumerate() {
            let about = About::Refund(index(i));
            let payment = self.payment(&refund.trade_no);
            let undone = refund.state == RefundState::Failed && refund.ever_succeeded;
            if refund.state == RefundState::Abnormal || self.is_sent_in_vain(index(i), refund) {
                holds.push(Hold { word: HoldWord::RefundAbnormal, about });
            }
            let made_good = payment.is_some_and(|payment| self.is_wholly_back(payment));
            if undone && !made_good {
                holds.push(Hold { word: HoldWord::RefundFailed, about });
            }
            let open = refund.state < RefundState::Succeeded;
            if open && refund.unanswered >= self.policy.most_unanswered {
                holds.push(Hold { word: HoldWord::UnreachableProvider, about });
            }
        }
    }
}
