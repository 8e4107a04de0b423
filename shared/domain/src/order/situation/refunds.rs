//! What is to say of an order's refunds and disputes, beside what is back of its payments.

use super::{Situation, SituationWord, Topic, View, plain};
use crate::order::by::By;
use crate::order::duties::Duty;
use crate::order::holds::{About, HoldWord};
use crate::order::index;
use crate::order::refund::{DisputeState, Refund, RefundState};

impl View<'_> {
    pub(super) fn refunds(&self, all: &mut Vec<Situation>) {
        for (i, refund) in self.order.refunds.iter().enumerate() {
            all.extend(self.refund(index(i), refund));
            all.extend(self.silence_about_refund(index(i), refund));
        }
    }

    pub(super) fn disputes(&self, all: &mut Vec<Situation>) {
        for (i, dispute) in self.order.disputes.iter().enumerate() {
            let about = Topic::Dispute(index(i));
            all.push(match (dispute.state, self.hold(HoldWord::Dispute, About::Dispute(index(i)))) {
                (DisputeState::Opened, Some(hold)) => self.held(plain(SituationWord::DisputeOpen, about), hold),
                (DisputeState::Opened, None) => plain(SituationWord::DisputeCleared, about),
                (DisputeState::Won, _) => plain(SituationWord::DisputeWon, about),
                (DisputeState::Lost, _) => plain(SituationWord::DisputeLost, about),
            });
        }
    }

    fn refund(&self, i: u16, refund: &Refund) -> Option<Situation> {
        let about = Topic::Refund(i);
        match refund.state {
            RefundState::Requested => Some(self.refund_to_send(i, refund)),
            RefundState::Processing => {
                Some(self.waiting(SituationWord::RefundProcessing, about, &[Duty::AskRefund(i)]))
            }
            RefundState::Abnormal => {
                let abnormal = self.waiting(SituationWord::RefundAbnormal, about, &[Duty::AskRefund(i)]);
                let hold = self.hold(HoldWord::RefundAbnormal, About::Refund(i));
                Some(hold.map_or(abnormal.clone(), |hold| self.held(abnormal, hold)))
            }
            RefundState::Succeeded if self.order.payment(&refund.trade_no).is_none() => {
                Some(plain(SituationWord::RefundWithoutPayment, about))
            }
            RefundState::Succeeded => None,
            RefundState::Failed => self.failed_refund(i, refund),
        }
    }

    fn refund_to_send(&self, i: u16, refund: &Refund) -> Situation {
        let send = Duty::SendRefund(i);
        let to_send = |word| self.waiting(word, Topic::Refund(i), &[send]);
        if let Some(hold) = self.hold(HoldWord::RefundAbnormal, About::Refund(i)) {
            return self.held(to_send(SituationWord::RefundNotAccepted), hold);
        }
        to_send(match self.tries(send) {
            _ if refund.no_balance => SituationWord::RefundNoBalance,
            0 | 1 => SituationWord::RefundRequested,
            _ => SituationWord::RefundSentInVain,
        })
    }

    /// A failure is only of interest while the money of it is neither back nor on its way.
    fn failed_refund(&self, i: u16, refund: &Refund) -> Option<Situation> {
        let about = Topic::Refund(i);
        if let Some(hold) = self.hold(HoldWord::RefundFailed, About::Refund(i)) {
            return Some(self.held(plain(SituationWord::RefundUndone, about), hold));
        }
        let payment = self.order.payment(&refund.trade_no);
        if refund.ever_succeeded {
            let is_back = payment.is_some_and(|payment| self.order.is_wholly_back(payment));
            return (!is_back).then(|| plain(SituationWord::RefundUndoneSettled, about));
        }
        let payment = payment.filter(|payment| !self.order.is_wholly_reserved(payment))?;
        let newest = self.order.refunds_of(payment).last().is_some_and(|newest| newest.id == refund.id);
        // A return that failed is told of with its payment.
        (newest && refund.by != By::Till).then(|| plain(SituationWord::RefundFailed, about))
    }

    fn silence_about_refund(&self, i: u16, refund: &Refund) -> Option<Situation> {
        let about = Topic::Refund(i);
        let duties = [Duty::SendRefund(i), Duty::AskRefund(i)];
        if let Some(hold) = self.hold(HoldWord::UnreachableProvider, About::Refund(i)) {
            return Some(self.held(self.waiting(SituationWord::RefundUnreachable, about, &duties), hold));
        }
        let is_open = refund.state < RefundState::Succeeded;
        (is_open && refund.unanswered > 0).then(|| self.waiting(SituationWord::RefundSilent, about, &duties))
    }
}
