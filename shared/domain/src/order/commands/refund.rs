//! Refunds that a person orders.

use crate::id::RefundIndex;
use crate::money::Money;
use crate::order::by::By;
use crate::order::payment::{Payment, Role};
use crate::order::refund::{MOST_COMMANDED_REFUNDS, Refund, RefundId, Request};
use crate::order::timeline::What;
use crate::order::{Order, index};
use crate::refusal::Refusal;
use crate::text::{Key, Reason, TradeNo, UserId};
use crate::time::Time;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RefundRequest {
    /// Two requests with the same key are the same refund.
    pub key: Key,
    /// `None` means the kept payment.
    pub trade_no: Option<TradeNo>,
    /// `None` means everything that is left.
    pub amount: Option<Money>,
    pub revoke: bool,
    pub reason: Reason,
    pub by: UserId,
}

impl Order {
    /// Records a refund and returns its number; sending it becomes a duty. A repeated request returns the same number.
    pub fn refund(&mut self, wanted: &RefundRequest, now: Time) -> Result<RefundIndex, Refusal> {
        if let Some(earlier) = self.refund_by_key(wanted)? {
            return Ok(earlier);
        }
        let payment = self.payment_to_refund(wanted.trade_no.as_ref())?;
        if self.is_disputed(payment) || self.is_unclear(payment) {
            return Err(Refusal::OnHold);
        }
        if self.is_unproven(payment) {
            return Err(Refusal::NotConfirmed);
        }
        if wanted.revoke && payment.role != Role::Kept {
            return Err(Refusal::InvalidField { field: "revoke", rule: "is for the payment that is kept" });
        }
        let amount = self.amount_to_refund(payment, wanted.amount)?;
        let commanded = self.refunds.iter().filter(|refund| refund.request.is_some()).count();
        let n = self.next_refund_index().filter(|_| commanded < MOST_COMMANDED_REFUNDS);
        let n = n.ok_or(Refusal::TooManyRefunds)?;
        let by = By::Admin(wanted.by.clone());
        let id = RefundId::Ours(n);
        let new = Refund::new(id, payment.trade_no.clone(), payment.account.clone(), amount, by.clone(), now);
        let refund = Refund {
            revoke: wanted.revoke,
            reason: Some(wanted.reason.clone()),
            request: Some(Request { key: wanted.key.clone(), amount: wanted.amount }),
            ..new
        };
        self.note(now, by, What::Refund(index(self.refunds.len()), refund.state));
        self.facts.refunds.push(refund);
        Ok(n)
    }

    pub fn refund_of_ours(&self, n: RefundIndex) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.id == RefundId::Ours(n))
    }

    /// A refund number is never used again, not even after its refund failed.
    pub(in crate::order) fn next_refund_index(&self) -> Option<RefundIndex> {
        let ours = self.refunds.iter().filter_map(|refund| match refund.id {
            RefundId::Ours(n) => Some(n),
            RefundId::Theirs(_) => None,
        });
        ours.max().map_or(Some(RefundIndex::FIRST), RefundIndex::next)
    }

    fn refund_by_key(&self, wanted: &RefundRequest) -> Result<Option<RefundIndex>, Refusal> {
        for refund in &self.refunds {
            let (RefundId::Ours(n), Some(request)) = (&refund.id, &refund.request) else { continue };
            if request.key != wanted.key {
                continue;
            }
            let same = request.amount == wanted.amount
                && refund.revoke == wanted.revoke
                && refund.reason.as_ref() == Some(&wanted.reason)
                && wanted.trade_no.as_ref().is_none_or(|trade_no| *trade_no == refund.trade_no);
            return if same { Ok(Some(*n)) } else { Err(Refusal::IdempotencyConflict) };
        }
        Ok(None)
    }

    fn payment_to_refund(&self, trade_no: Option<&TradeNo>) -> Result<&Payment, Refusal> {
        match trade_no {
            None => self.kept(),
            Some(trade_no) => self.payment(trade_no),
        }
        .ok_or(Refusal::NotPaid)
    }

    fn amount_to_refund(&self, payment: &Payment, wanted: Option<Money>) -> Result<Money, Refusal> {
        let left = self.rest(payment);
        if left.is_zero() {
            let back = self.is_wholly_back(payment);
            return Err(if back { Refusal::AlreadyRefunded } else { Refusal::RefundInProgress });
        }
        let amount = wanted.unwrap_or(left);
        if amount.currency() != left.currency() {
            return Err(Refusal::InvalidField { field: "currency", rule: "is the payment's" });
        }
        if amount.is_zero() {
            return Err(Refusal::InvalidField { field: "amount", rule: "is more than nothing" });
        }
        if amount.minor() > left.minor() { Err(Refusal::RefundExceedsPaid { left }) } else { Ok(amount) }
    }
}
