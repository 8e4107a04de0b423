//! Cancelling an order, retrying its payment, and recording that the provider opened an attempt.

use crate::id::AttemptNo;
use crate::order::attempt::{Attempt, AttemptState, MOST_ATTEMPTS};
use crate::order::by::By;
use crate::order::timeline::What;
use crate::order::words::Status;
use crate::order::{Cancelled, Order, Why};
use crate::provider::{Account, Method};
use crate::refusal::Refusal;
use crate::text::Handle;
use crate::time::{Seconds, Time};

/// A new attempt needs this much time before the order's end: scanning a code and typing a password takes that long.
const LEAST_TIME_TO_PAY: Seconds = Seconds::minutes(2);

impl Order {
    /// Ends an unpaid order. Its attempts must first be closed at their providers and the answers settled. Cancelling
    /// again changes nothing.
    pub fn cancel(&mut self, why: Why, by: By, now: Time) -> Result<(), Refusal> {
        match self.status() {
            Status::Cancelled => return Ok(()),
            Status::Paid | Status::Refunded => return Err(Refusal::AlreadyPaid),
            Status::Pending => {}
        }
        if why == Why::Expired && now < self.expire_at {
            return Err(Refusal::NotDue);
        }
        if self.is_processing() || self.is_opening(now) {
            return Err(Refusal::InProgress);
        }
        if self.attempts.iter().any(Attempt::must_be_closed) {
            return Err(Refusal::StillOpen);
        }
        self.facts.cancelled = Some(Cancelled { at: now, why });
        self.note(now, by, What::Cancelled(why));
        Ok(())
    }

    /// Whether another attempt may begin now. Callers check this before they close the earlier ones.
    pub fn may_retry(&self, now: Time) -> Result<AttemptNo, Refusal> {
        match self.status() {
            Status::Cancelled => return Err(Refusal::Cancelled),
            Status::Paid | Status::Refunded => return Err(Refusal::AlreadyPaid),
            Status::Pending => {}
        }
        if now.plus(LEAST_TIME_TO_PAY) > self.expire_at {
            return Err(Refusal::Expired);
        }
        if self.is_processing() || self.is_opening(now) {
            return Err(Refusal::InProgress);
        }
        if self.attempts.len() >= MOST_ATTEMPTS {
            return Err(Refusal::TooManyAttempts);
        }
        self.newest_attempt().map_or(Some(AttemptNo::FIRST), |last| last.n.next()).ok_or(Refusal::TooManyAttempts)
    }

    /// Begins another attempt: its number is reserved before the provider is called. An earlier attempt that could not
    /// be closed stays open: a second payment is safe, because it becomes an extra one and goes back.
    pub fn retry(&mut self, method: Method, account: Account, now: Time) -> Result<AttemptNo, Refusal> {
        let n = self.may_retry(now)?;
        let mut attempt = Attempt::opening(n, method, account, now);
        attempt.payable_until = Some(self.expire_at);
        self.facts.attempts.push(attempt);
        self.note(now, By::Buyer, What::Retried(n));
        Ok(n)
    }

    /// Records that the provider opened an attempt. If its state has moved on since, only its handle and end are
    /// recorded.
    pub fn opened(&mut self, n: AttemptNo, handle: Option<Handle>, payable_until: Option<Time>, now: Time) -> bool {
        let Some(attempt) = self.attempt_mut(n) else { return false };
        let known = attempt.handle == handle && attempt.payable_until == payable_until;
        if known && attempt.state != AttemptState::Opening {
            return false;
        }
        attempt.handle = handle;
        attempt.payable_until = payable_until;
        attempt.state = attempt.state.max(AttemptState::Open);
        self.note(now, By::Provider, What::Opened(n));
        true
    }

    fn is_opening(&self, now: Time) -> bool {
        self.attempts.iter().any(|attempt| attempt.is_being_opened(now))
    }
}
