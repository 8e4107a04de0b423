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
        if self.status() == Status::Cancelled {
            return Ok(());
        }
        match why {
            Why::User | Why::Admin => self.may_cancel(now)?,
            Why::Expired => self.may_expire(now)?,
        }
        if self.attempts.iter().any(Attempt::must_be_closed) {
            return Err(Refusal::StillOpen);
        }
        self.facts.cancelled = Some(Cancelled { at: now, why });
        self.note(now, by, What::Cancelled(why));
        Ok(())
    }

    /// Whether a person may cancel it now. Callers check this before they close its attempts.
    pub fn may_cancel(&self, now: Time) -> Result<(), Refusal> {
        self.must_be_pending()?;
        self.must_not_be_in_review()?;
        self.must_be_idle(now)
    }

    /// An order whose payment is in review ends by time all the same: a person can accept that payment afterwards too.
    fn may_expire(&self, now: Time) -> Result<(), Refusal> {
        self.must_be_pending()?;
        if now < self.expire_at {
            return Err(Refusal::NotDue);
        }
        self.must_be_idle(now)
    }

    /// Whether another attempt may begin now. Callers check this before they close the earlier ones.
    pub fn may_retry(&self, now: Time) -> Result<AttemptNo, Refusal> {
        self.must_be_pending()?;
        self.must_not_be_in_review()?;
        if now.plus(LEAST_TIME_TO_PAY) > self.expire_at {
            return Err(Refusal::Expired);
        }
        self.must_be_idle(now)?;
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

    /// How many more attempts its buyer can begin.
    pub fn attempts_left(&self) -> usize {
        let left = MOST_ATTEMPTS.saturating_sub(self.attempts.len());
        if self.status() == Status::Pending { left } else { 0 }
    }

    fn must_be_pending(&self) -> Result<(), Refusal> {
        match self.status() {
            Status::Cancelled => Err(Refusal::Cancelled),
            Status::Paid | Status::Refunded => Err(Refusal::AlreadyPaid),
            Status::Pending => Ok(()),
        }
    }

    /// Who has paid must not be led to pay again, or believe that the order is gone.
    fn must_not_be_in_review(&self) -> Result<(), Refusal> {
        if self.is_in_review() { Err(Refusal::PaymentInReview) } else { Ok(()) }
    }

    fn must_be_idle(&self, now: Time) -> Result<(), Refusal> {
        if self.is_processing() {
            return Err(Refusal::PaymentProcessing);
        }
        if self.attempts.iter().any(|attempt| attempt.is_being_opened(now)) { Err(Refusal::InProgress) } else { Ok(()) }
    }
}
