//! What a person decides about a hold.

use crate::money::Money;
use crate::order::by::By;
use crate::order::holds::{About, Cleared, Hold, HoldWord};
use crate::order::payment::Role;
use crate::order::refund::{RefundId, RefundState};
use crate::order::timeline::What;
use crate::order::{Granting, Order, nth};
use crate::refusal::Refusal;
use crate::text::{OutsideRefundNo, Reason, TradeNo, UserId};
use crate::time::Time;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Decision {
    /// An odd payment pays for the order after all; after a revoke whose refund failed, the goods are granted again.
    Accept,
    /// An odd payment goes back; a stated payment does not count, and the goods are taken back.
    Return,
    /// The hold is settled; for an unclear refund, the resolution states the amount.
    Clear,
}

impl Decision {
    pub const ALL: [Self; 3] = [Self::Accept, Self::Return, Self::Clear];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Return => "return",
            Self::Clear => "clear",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Resolution {
    pub word: HoldWord,
    /// Required when holds of this kind are open on several payments.
    pub trade_no: Option<TradeNo>,
    pub decision: Decision,
    pub amount: Option<Money>,
    pub by: UserId,
    pub reason: Reason,
}

impl Order {
    /// The decisions that fit an open hold now.
    pub fn decisions(&self, hold: Hold) -> Vec<Decision> {
        match hold.word {
            HoldWord::OddPayment if self.kept().is_none() => vec![Decision::Accept, Decision::Return],
            HoldWord::OddPayment => vec![Decision::Return],
            HoldWord::RefundFailed if self.next_round(&[hold]).is_some() => vec![Decision::Clear, Decision::Accept],
            HoldWord::RefundFailed
            | HoldWord::Dispute
            | HoldWord::RefundUnclear
            | HoldWord::RefundAbnormal
            | HoldWord::GrantFailed
            | HoldWord::UnreachableProvider => vec![Decision::Clear],
            HoldWord::StatedPayment | HoldWord::StatedDenied => vec![Decision::Clear, Decision::Return],
        }
    }

    /// Resolves the open holds of one kind on one payment.
    pub fn resolve(&mut self, resolution: &Resolution, now: Time) -> Result<(), Refusal> {
        let holds = self.holds_to_resolve(resolution)?;
        match (resolution.word, resolution.decision) {
            (HoldWord::OddPayment, Decision::Accept) => {
                if self.kept().is_some() {
                    return Err(Refusal::AlreadyPaid);
                }
                self.reassign(&holds, Role::Kept);
            }
            (HoldWord::OddPayment, Decision::Return) => self.reassign(&holds, Role::Extra),
            (HoldWord::RefundUnclear, Decision::Clear) => self.state_amount(&holds, resolution.amount, now)?,
            (HoldWord::RefundFailed, Decision::Accept) => self.begin_another_round(&holds)?,
            (
                HoldWord::Dispute
                | HoldWord::RefundAbnormal
                | HoldWord::RefundFailed
                | HoldWord::GrantFailed
                | HoldWord::UnreachableProvider
                | HoldWord::StatedPayment
                | HoldWord::StatedDenied,
                Decision::Clear,
            ) => {}
            (HoldWord::StatedPayment | HoldWord::StatedDenied, Decision::Return) => self.give_up(&holds),
            (HoldWord::OddPayment, Decision::Clear)
            | (
                HoldWord::Dispute
                | HoldWord::RefundUnclear
                | HoldWord::RefundAbnormal
                | HoldWord::GrantFailed
                | HoldWord::UnreachableProvider
                | HoldWord::StatedPayment
                | HoldWord::StatedDenied,
                Decision::Accept,
            )
            | (
                HoldWord::Dispute
                | HoldWord::RefundUnclear
                | HoldWord::RefundAbnormal
                | HoldWord::RefundFailed
                | HoldWord::GrantFailed
                | HoldWord::UnreachableProvider,
                Decision::Return,
            ) => return Err(Refusal::InvalidField { field: "decision", rule: those_that_fit(resolution.word) }),
        }
        let cleared = holds.iter().map(|hold| Cleared {
            hold: *hold,
            by: resolution.by.clone(),
            reason: resolution.reason.clone(),
            at: now,
        });
        self.facts.cleared.extend(cleared);
        self.note(now, By::Admin(resolution.by.clone()), What::Resolved(resolution.word));
        Ok(())
    }

    fn holds_to_resolve(&self, resolution: &Resolution) -> Result<Vec<Hold>, Refusal> {
        let mut holds = self.holds();
        holds.retain(|hold| {
            let wanted = resolution.trade_no.as_ref();
            hold.word == resolution.word && wanted.is_none_or(|trade_no| self.trade_of(*hold) == Some(trade_no))
        });
        let first = holds.first().and_then(|hold| self.trade_of(*hold));
        if holds.is_empty() {
            Err(Refusal::NoSuchHold)
        } else if holds.iter().any(|hold| self.trade_of(*hold) != first) {
            Err(Refusal::InvalidField { field: "trade_no", rule: "is needed: several payments are on hold" })
        } else {
            Ok(holds)
        }
    }

    fn reassign(&mut self, holds: &[Hold], role: Role) {
        for hold in holds {
            if let About::Payment(i) = hold.about
                && let Some(payment) = self.facts.payments.get_mut(usize::from(i))
            {
                payment.role = role;
            }
        }
    }

    /// The stated amount counts as a refund made elsewhere, so that later refunds of ours add to it.
    fn state_amount(&mut self, holds: &[Hold], amount: Option<Money>, now: Time) -> Result<(), Refusal> {
        let amount = amount.ok_or(Refusal::InvalidField { field: "amount", rule: "is needed: how much went back" })?;
        for hold in holds {
            let About::Payment(i) = hold.about else { continue };
            let Some(payment) = nth(&self.payments, i) else { continue };
            if amount.currency() != payment.amount.currency() {
                return Err(Refusal::InvalidField { field: "currency", rule: "is the payment's" });
            }
            if amount.minor() > payment.amount.minor() {
                return Err(Refusal::RefundExceedsPaid { left: payment.amount });
            }
            let (trade_no, account) = (payment.trade_no.clone(), payment.account.clone());
            self.with_figure(&trade_no, |figure| figure.stated = true);
            if let Ok(no) = OutsideRefundNo::parse(&format!("stated-{}", self.refunds.len())) {
                self.hear_of_refund(account, RefundId::Theirs(no), trade_no, amount, RefundState::Succeeded, now);
            }
        }
        Ok(())
    }

    /// The goods were taken back for a refund that failed afterwards, so they are due again.
    fn begin_another_round(&mut self, holds: &[Hold]) -> Result<(), Refusal> {
        let next = self.next_round(holds);
        let round =
            next.ok_or(Refusal::InvalidField { field: "decision", rule: "needs goods that were taken back for it" })?;
        self.facts.granting = Granting { round, granted: None, revoked: None };
        Ok(())
    }

    fn next_round(&self, holds: &[Hold]) -> Option<u8> {
        let revoked = self.granting.revoked.is_some();
        let paid_for = self.kept().is_some_and(|kept| {
            let its_own = holds.iter().any(|hold| self.trade_of(*hold) == Some(&kept.trade_no));
            its_own && !self.is_wholly_reserved(kept) && !self.takes_goods_back(kept)
        });
        self.granting.round.checked_add(1).filter(|_| revoked && paid_for)
    }
}

const fn those_that_fit(word: HoldWord) -> &'static str {
    match word {
        HoldWord::OddPayment => "must be accept or return for this hold",
        HoldWord::RefundFailed => "must be clear or accept for this hold",
        HoldWord::StatedPayment | HoldWord::StatedDenied => "must be clear or return for this hold",
        HoldWord::Dispute
        | HoldWord::RefundUnclear
        | HoldWord::RefundAbnormal
        | HoldWord::GrantFailed
        | HoldWord::UnreachableProvider => "must be clear for this hold",
    }
}
