//! What is to say of an order's attempts beside how it stands: other codes that can be paid, what is being closed or asked, and
//! providers that do not answer.

use super::{Situation, SituationWord, Topic, View};
use crate::order::attempt::{Attempt, AttemptState};
use crate::order::duties::Duty;
use crate::order::holds::{About, HoldWord};

impl View<'_> {
    pub(super) fn attempts(&self, all: &mut Vec<Situation>) {
        for attempt in &self.order.attempts {
            if !self.is_the_standing(attempt) {
                all.extend(self.attempt_beside(attempt));
            }
            all.extend(self.silence(attempt));
        }
    }

    fn attempt_beside(&self, attempt: &Attempt) -> Option<Situation> {
        let n = attempt.n;
        let close = self.slot(Duty::Close(n)).is_some();
        let (word, duty) = match attempt.state {
            AttemptState::Processing => (SituationWord::AnotherProcessing, Duty::Ask(n)),
            AttemptState::Opening | AttemptState::Open | AttemptState::Failed | AttemptState::Closed if close => {
                (SituationWord::ClosingAttempt, Duty::Close(n))
            }
            AttemptState::Open => (SituationWord::AnotherCodeOpen, Duty::Ask(n)),
            AttemptState::Failed | AttemptState::Closed if self.slot(Duty::LastAsk(n)).is_some() => {
                (SituationWord::LastQuestion, Duty::LastAsk(n))
            }
            AttemptState::Opening | AttemptState::Failed | AttemptState::Closed | AttemptState::Paid => return None,
        };
        Some(self.waiting(word, Topic::Attempt(n), &[duty]))
    }

    /// Of questions about an attempt that its provider did not answer, as long as it is asked again or a person must look.
    fn silence(&self, attempt: &Attempt) -> Option<Situation> {
        let n = attempt.n;
        let topic = Topic::Attempt(n);
        // Once the order's time is over, its expiry closes what is open.
        let expire = (self.now >= self.order.expire_at).then_some(Duty::Expire);
        let duties: Vec<Duty> = [Duty::Ask(n), Duty::Close(n), Duty::LastAsk(n)].into_iter().chain(expire).collect();
        let hold = self.hold(HoldWord::UnreachableProvider, About::Attempt(n));
        if let Some(hold) = hold {
            return Some(self.held(self.waiting(SituationWord::ProviderUnreachable, topic, &duties), hold));
        }
        let is_settled = attempt.state == AttemptState::Paid || (attempt.has_ended() && attempt.is_final);
        let silent = self.waiting(SituationWord::ProviderSilent, topic, &duties);
        (attempt.unanswered > 0 && !is_settled && silent.next.is_some()).then_some(silent)
    }
}
