//! How a paid order stands: where its goods are, and whether its money is back.

use super::{Situation, SituationWord, Topic, View, plain};
use crate::order::duties::Duty;
use crate::order::holds::{About, HoldWord};
use crate::order::index;
use crate::order::payment::Payment;
use crate::order::words::Fulfilment;

impl View<'_> {
    /// Of the order that this payment pays for, and whether all of the money is back.
    pub(super) fn goods(&self, kept: &Payment, is_back: bool) -> Situation {
        if self.order.superseded.is_some() {
            return self.superseded(kept, is_back);
        }
        match self.order.fulfilment() {
            Fulfilment::Queued => self.delivery(),
            Fulfilment::Revoking => self.taking_back(),
            Fulfilment::Granted if self.order.granting.round > 1 => plain(SituationWord::GrantedAgain, Topic::Order),
            Fulfilment::Granted => plain(SituationWord::Granted, Topic::Order),
            Fulfilment::Revoked if is_back => plain(SituationWord::Refunded, Topic::Order),
            Fulfilment::Revoked => plain(SituationWord::TakenBack, Topic::Order),
            Fulfilment::None => plain(SituationWord::RefundedUndelivered, Topic::Order),
            Fulfilment::Withheld => plain(self.withheld(kept), Topic::Order),
        }
    }

    fn superseded(&self, kept: &Payment, is_back: bool) -> Situation {
        if is_back {
            return plain(SituationWord::SupersededReturned, Topic::Order);
        }
        let place = self.order.payments.iter().position(|payment| payment.trade_no == kept.trade_no);
        let duty = place.map(|place| Duty::Return(index(place)));
        self.waiting(SituationWord::Superseded, Topic::Order, duty.as_slice())
    }

    fn delivery(&self) -> Situation {
        let hold = self.hold(HoldWord::GrantFailed, About::Round(self.order.granting.round));
        // The first try follows the payment at once; a second one means that it was in vain.
        let word = match (hold, self.tries(Duty::Grant)) {
            (Some(_), _) => SituationWord::GoodsFailed,
            (None, 0 | 1) => SituationWord::GoodsOnTheWay,
            (None, _) => SituationWord::GoodsDelayed,
        };
        let situation = self.waiting(word, Topic::Order, &[Duty::Grant]);
        match hold {
            Some(hold) => self.held(situation, hold),
            None => situation,
        }
    }

    fn taking_back(&self) -> Situation {
        match self.hold(HoldWord::GrantFailed, About::Revoke(self.order.granting.round)) {
            Some(hold) => self.held(self.waiting(SituationWord::TakingBackFailed, Topic::Order, &[Duty::Revoke]), hold),
            None => self.waiting(SituationWord::TakingBack, Topic::Order, &[Duty::Revoke]),
        }
    }

    fn withheld(&self, kept: &Payment) -> SituationWord {
        if self.order.is_disputed(kept) {
            SituationWord::HeldByDispute
        } else if self.order.is_unclear(kept) {
            SituationWord::HeldByUnclearRefund
        } else if self.order.takes_goods_back(kept) {
            SituationWord::GoodsForfeit
        } else {
            SituationWord::HeldByRefund
        }
    }
}
