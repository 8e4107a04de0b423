//! What is to say of an order's payments beside how it stands: what came late, twice or odd, and what of it is going back.

use super::{Situation, SituationWord, Topic, View, plain};
use crate::order::duties::Duty;
use crate::order::holds::{About, Hold, HoldWord};
use crate::order::index;
use crate::order::payment::{Payment, Role};
use crate::order::policy::LatePolicy;
use crate::order::refund::{RefundId, RefundState};

/// The words of a payment that goes back, and of one that is back.
type Words = [SituationWord; 2];

impl View<'_> {
    pub(super) fn payments(&self, all: &mut Vec<Situation>) {
        for (i, payment) in self.order.payments.iter().enumerate() {
            let place = index(i);
            match payment.role {
                Role::Kept => self.kept_payment(place, payment, all),
                Role::Extra => all.push(self.extra_payment(place, payment)),
                Role::Odd => all.push(self.odd_payment(place, payment)),
            }
            if let Some(hold) = self.hold(HoldWord::RefundUnclear, About::Payment(place)) {
                all.push(self.held(plain(SituationWord::RefundUnclear, Topic::Payment(place)), hold));
            }
        }
    }

    fn kept_payment(&self, place: u16, kept: &Payment, all: &mut Vec<Situation>) {
        let about = Topic::Payment(place);
        if self.was_odd(place) {
            all.push(plain(SituationWord::OddAccepted, about));
        } else if self.is_late(kept) {
            all.push(plain(SituationWord::PaidLate, about));
        } else if self.order.cancelled.is_some() {
            all.push(plain(SituationWord::HeardLate, about));
        }
        let is_superseded = self.order.superseded.is_some();
        if !is_superseded && !self.order.back(kept).is_zero() && !self.order.is_wholly_back(kept) {
            all.push(plain(SituationWord::PartlyRefunded, about));
        }
        if is_superseded {
            all.extend(self.trouble_returning(place, kept));
        }
    }

    fn extra_payment(&self, place: u16, extra: &Payment) -> Situation {
        let [returning, returned] = self.words_of(place, extra);
        if self.order.is_wholly_back(extra) {
            return plain(returned, Topic::Payment(place));
        }
        let going = || self.waiting(returning, Topic::Payment(place), &[Duty::Return(place)]);
        self.trouble_returning(place, extra).unwrap_or_else(going)
    }

    fn words_of(&self, place: u16, extra: &Payment) -> Words {
        if self.was_odd(place) {
            [SituationWord::OddReturning, SituationWord::OddReturned]
        } else if self.is_late(extra) && self.order.policy.late == LatePolicy::Refund {
            [SituationWord::LateReturning, SituationWord::LateReturned]
        } else {
            [SituationWord::TwiceReturning, SituationWord::TwiceReturned]
        }
    }

    /// Of a payment that should go back and does not: it is held, or the provider refused.
    fn trouble_returning(&self, place: u16, payment: &Payment) -> Option<Situation> {
        let about = Topic::Payment(place);
        if let Some(hold) = self.hold(HoldWord::RefundFailed, About::Payment(place)) {
            return Some(self.held(plain(SituationWord::ReturnsFailed, about), hold));
        }
        if !self.order.owes_return(payment) {
            return None;
        }
        if !self.order.can_return(payment) {
            return Some(plain(SituationWord::ReturnsGivenUp, about));
        }
        if self.order.is_stopped(payment) {
            return Some(plain(SituationWord::ReturnHeld, about));
        }
        let refused = self.order.refunds_of(payment).any(|refund| {
            refund.state == RefundState::Failed && !refund.ever_succeeded && matches!(refund.id, RefundId::Ours(_))
        });
        refused.then(|| self.waiting(SituationWord::ReturnRefused, about, &[Duty::Return(place)]))
    }

    fn odd_payment(&self, place: u16, odd: &Payment) -> Situation {
        let about = Topic::Payment(place);
        let Some(hold) = self.hold(HoldWord::OddPayment, About::Payment(place)) else {
            return plain(SituationWord::OddReturned, about);
        };
        let price = self.order.sold.price;
        let word = if odd.amount.currency() != price.currency() {
            SituationWord::OddCurrency
        } else if odd.amount != price {
            SituationWord::OddAmount
        } else {
            SituationWord::OddAccount
        };
        self.held(plain(word, about), hold)
    }

    /// Whether a person decided about it.
    fn was_odd(&self, place: u16) -> bool {
        self.order.is_cleared(Hold { word: HoldWord::OddPayment, about: About::Payment(place) })
    }

    fn is_late(&self, payment: &Payment) -> bool {
        self.order.is_late(payment.paid_at)
    }
}
