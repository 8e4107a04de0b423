//! How an order stands as a whole: one situation, which its status and its fulfilment decide.

use super::{Situation, SituationWord, Topic, View, plain};
use crate::order::Why;
use crate::order::attempt::{Attempt, AttemptState};
use crate::order::duties::Duty;
use crate::order::words::Status;
use crate::refusal::Refusal;

impl View<'_> {
    pub(super) fn standing(&self) -> Situation {
        match (self.order.status(), self.order.kept()) {
            (Status::Paid, Some(kept)) => self.goods(kept, false),
            (Status::Refunded, Some(kept)) => self.goods(kept, true),
            (Status::Paid | Status::Refunded | Status::Cancelled, _) => self.cancelled(),
            (Status::Pending, _) => self.pending(),
        }
    }

    fn cancelled(&self) -> Situation {
        let word = match self.order.cancelled.map(|cancelled| cancelled.why) {
            Some(Why::User) => SituationWord::CancelledByBuyer,
            Some(Why::Admin) => SituationWord::CancelledByTeam,
            Some(Why::Expired) | None => SituationWord::Expired,
        };
        plain(word, Topic::Order)
    }

    fn pending(&self) -> Situation {
        if self.order.is_in_review() {
            return self.pending_with(SituationWord::PaymentInReview, Topic::Order, &[]);
        }
        let processing = self.processing();
        if let Some(attempt) = processing {
            let is_over = self.now >= self.order.expire_at;
            let word = if is_over { SituationWord::ProcessingPastEnd } else { SituationWord::PaymentProcessing };
            return self.pending_with(word, Topic::Attempt(attempt.n), &[Duty::Ask(attempt.n)]);
        }
        if self.now >= self.order.expire_at {
            let asked = self.order.attempts.iter().map(|attempt| Duty::Ask(attempt.n)).collect::<Vec<_>>();
            return self.pending_with(SituationWord::ExpiredClosing, Topic::Order, &asked);
        }
        match self.order.newest_attempt() {
            Some(newest) => {
                self.pending_with(self.attempt_word(newest), Topic::Attempt(newest.n), &[Duty::Ask(newest.n)])
            }
            None => self.pending_with(SituationWord::AttemptEnded, Topic::Order, &[]),
        }
    }

    /// With the duties that every pending order has.
    fn pending_with(&self, word: SituationWord, about: Topic, duties: &[Duty]) -> Situation {
        self.waiting(word, about, &[duties, &[Duty::Remind, Duty::Expire]].concat())
    }

    /// The newest attempt whose payment is being processed.
    fn processing(&self) -> Option<&Attempt> {
        let processing = self.order.attempts.iter().filter(|attempt| attempt.state == AttemptState::Processing);
        processing.max_by_key(|attempt| attempt.n)
    }

    /// Whether the order's situation as a whole is about this attempt, so that nothing else is to say of it.
    pub(super) fn is_the_standing(&self, attempt: &Attempt) -> bool {
        let over = self.now >= self.order.expire_at;
        self.order.status() == Status::Pending
            && !self.order.is_in_review()
            && match self.processing() {
                Some(processing) => processing.n == attempt.n,
                None => over || self.order.newest_attempt().is_some_and(|newest| newest.n == attempt.n),
            }
    }

    fn attempt_word(&self, newest: &Attempt) -> SituationWord {
        match (newest.state, newest.decline) {
            (AttemptState::Opening, _) if newest.is_being_opened(self.now) => SituationWord::AttemptOpening,
            (AttemptState::Open, Some(_)) => SituationWord::Declined,
            (AttemptState::Open, None) if self.tries(Duty::Ask(newest.n)) > 0 && newest.unanswered == 0 => {
                SituationWord::NotPaidYet
            }
            (AttemptState::Open, None) => SituationWord::WaitingForBuyer,
            _ if !self.may_begin_another() => SituationWord::NoAttemptLeft,
            (AttemptState::Opening, _) => SituationWord::AttemptAbandoned,
            (AttemptState::Failed | AttemptState::Closed, Some(_)) => SituationWord::DeclinedAndEnded,
            (AttemptState::Failed | AttemptState::Closed, None)
            | (AttemptState::Paid | AttemptState::Processing, _) => SituationWord::AttemptEnded,
        }
    }

    fn may_begin_another(&self) -> bool {
        matches!(self.order.may_retry(self.now), Ok(_) | Err(Refusal::InProgress))
    }
}
