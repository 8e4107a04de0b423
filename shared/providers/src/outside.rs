//! What a conversation with a provider needs of the world outside: the time, numbers used once, and HTTP.

use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use till_app::ports::Clock;
use till_domain::time::Time;

use crate::error::NoAnswer;
use crate::http::{Request, Response};
use crate::transport::Transport;

/// A provider's call may take so long, however much time there is.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// So much of the caller's time is kept for what it does with the answer.
const KEPT_FOR_THE_CALLER: Duration = Duration::from_secs(2);

/// The world outside of a conversation.
pub trait Outside {
    /// What time it is.
    fn now(&self) -> Time;

    /// 32 characters of `[0-9a-f]` that nobody can predict: a number used once.
    fn nonce(&self) -> Result<String, NoAnswer>;

    /// Sends a request and waits for its answer.
    async fn send(&self, request: &Request) -> Result<Response, NoAnswer>;
}

/// By when the caller must have answered.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// At a moment.
    pub const fn at(moment: Instant) -> Self {
        Self(moment)
    }

    /// How long a call that begins now may take; none, when there is no time for it.
    pub fn for_a_call(self, now: Instant) -> Option<Duration> {
        let left = self.0.saturating_duration_since(now).checked_sub(KEPT_FOR_THE_CALLER)?;
        (!left.is_zero()).then(|| left.min(LONGEST_CALL))
    }
}

/// The real world: this machine's clock and generator, and HTTP until the caller's deadline.
#[derive(Clone, Copy, Debug)]
pub struct World<'a, C> {
    /// The clock that signatures are dated by.
    pub clock: &'a C,
    /// Who does HTTP.
    pub transport: &'a Transport,
    /// By when.
    pub deadline: Deadline,
}

/// 32 characters of `[0-9a-f]`, from the cryptography's own generator.
pub fn nonce() -> Result<String, NoAnswer> {
    let mut bytes = [0; 16];
    // Without randomness nothing can be signed, and so nothing is sent.
    rand::fill(&mut bytes).map_err(|_| NoAnswer::Unreachable)?;
    Ok(crate::hex::lower(&bytes))
}

impl<C: Clock> Outside for World<'_, C> {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        nonce()
    }

    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let within = self.deadline.for_a_call(Instant::now()).ok_or(NoAnswer::NoTimeLeft)?;
        self.transport.send(request, within).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_leaves_the_caller_two_seconds_and_takes_ten_at_most() {
        let now = Instant::now();
        for (left, expected) in [(0, None), (1_900, None), (2_000, None), (5_000, Some(3_000)), (60_000, Some(10_000))]
        {
            let deadline = Deadline::at(now + Duration::from_millis(left));
            assert_eq!(deadline.for_a_call(now), expected.map(Duration::from_millis), "{left} ms left");
        }
    }
}
