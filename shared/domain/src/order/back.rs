//! How much of a payment is back with its buyer, and how much is reserved for that. All rules about refunds read these
//! two.

use crate::money::Money;
use crate::text::TradeNo;

use super::Order;
use super::payment::Payment;
use super::refund::{Dispute, DisputeState, Refund, RefundState};

/// What a provider reported about the total that went back of one payment, our own refunds included.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Figure {
    /// Of which payment (which may not be known yet).
    pub trade_no: TradeNo,
    pub total: Option<Money>,
    /// The provider reported totals in two currencies: neither counts, and a person must state the amount.
    pub mixed: bool,
    /// The provider reported that something went back, but not how much.
    pub unclear: bool,
    pub stated: bool,
}

impl Order {
    /// The amount that is back: the succeeded refunds by number and the lost disputes, or the provider's running total,
    /// whichever is more. A running total contains our own refunds: added up, they would count twice.
    pub fn back(&self, payment: &Payment) -> Money {
        self.gone(payment, |refund| refund.state == RefundState::Succeeded)
    }

    /// The amount that is back or may still go back: as [`Self::back`], with every refund that has not certainly
    /// failed.
    pub fn reserved(&self, payment: &Payment) -> Money {
        self.gone(payment, |refund| refund.state != RefundState::Failed)
    }

    pub fn rest(&self, payment: &Payment) -> Money {
        payment.amount.minus(self.reserved(payment)).unwrap_or(Money::zero(payment.amount.currency()))
    }

    pub fn is_wholly_back(&self, payment: &Payment) -> bool {
        self.back(payment) == payment.amount
    }

    pub fn is_wholly_reserved(&self, payment: &Payment) -> bool {
        self.rest(payment).is_zero()
    }

    /// The part of the kept payment that is not reserved for a refund.
    pub fn kept_for_good(&self) -> Option<Money> {
        self.kept().map(|kept| self.rest(kept))
    }

    pub fn refunded_amount(&self) -> Money {
        self.kept().map_or(Money::zero(self.sold.price.currency()), |kept| self.back(kept))
    }

    pub(super) fn figure(&self, trade_no: &TradeNo) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.trade_no == *trade_no)
    }

    pub(super) fn refunds_of<'a>(&'a self, payment: &'a Payment) -> impl Iterator<Item = &'a Refund> {
        self.refunds.iter().filter(|refund| refund.trade_no == payment.trade_no)
    }

    pub(super) fn disputes_of<'a>(&'a self, payment: &'a Payment) -> impl Iterator<Item = &'a Dispute> {
        self.disputes.iter().filter(|dispute| dispute.trade_no == payment.trade_no)
    }

    fn gone(&self, payment: &Payment, counts: impl Fn(&Refund) -> bool) -> Money {
        // It does not count, and no money is known that could go back.
        if self.is_given_up(payment) && self.is_unproven(payment) {
            return payment.amount;
        }
        let refunds = self.refunds_of(payment).filter(|refund| counts(refund)).map(|refund| refund.amount);
        let disputes = self.disputes_of(payment).filter(|dispute| dispute.state == DisputeState::Lost);
        let by_number = refunds
            .chain(disputes.map(|dispute| dispute.amount))
            .fold(0_u64, |sum, amount| sum.saturating_add(minor_of(payment, amount)));
        let said = self.figure(&payment.trade_no).filter(|figure| !figure.mixed).and_then(|figure| figure.total);
        let in_all = said.map_or(0, |total| minor_of(payment, total));
        let gone = by_number.max(in_all);
        // A provider may report more than the payment's amount; no more than that can be gone.
        Money::new(gone.min(payment.amount.minor()), payment.amount.currency()).unwrap_or(payment.amount)
    }
}

/// An amount in another currency than the payment's counts as the whole payment, so that nothing is refunded twice.
fn minor_of(payment: &Payment, amount: Money) -> u64 {
    if amount.currency() == payment.amount.currency() { amount.minor() } else { payment.amount.minor() }
}
