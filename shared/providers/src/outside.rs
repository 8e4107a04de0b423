//! What a conversation with a provider needs from outside: the time, numbers used once, and HTTP.

use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use till_app::ports::Clock;
use till_domain::time::Time;

use crate::error::NoAnswer;
use crate::http::{Request, Response};
use crate::transport::Transport;

/// Limit for one call, however much time there is.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// Left for what the caller does with the answer.
const KEPT_FOR_THE_CALLER: Duration = Duration::from_secs(2);

pub trait Outside {
    fn now(&self) -> Time;

    /// 32 characters of `[0-9a-f]` that cannot be predicted: a number used once.
    fn nonce(&self) -> Result<String, NoAnswer>;

    /// Sends a request and waits for its answer.
    async fn send(&self, request: &Request) -> Result<Response, NoAnswer>;
}

/// How long a call that begins now may take; `None` if there is no time for one.
fn time_for_a_call(until: Instant, now: Instant) -> Option<Duration> {
    let left = until.saturating_duration_since(now).checked_sub(KEPT_FOR_THE_CALLER)?;
    (!left.is_zero()).then(|| left.min(LONGEST_CALL))
}

/// The real outside: this machine's clock and random numbers, and HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Network<'a, C> {
    /// Dates signatures.
    pub clock: &'a C,
    pub transport: &'a Transport,
    /// When the caller must have answered.
    pub until: Instant,
}

/// 32 characters of `[0-9a-f]`, from the cryptography's own generator.
pub fn nonce() -> Result<String, NoAnswer> {
    let mut bytes = [0; 16];
    // Without randomness nothing can be signed, and so nothing is sent.
    rand::fill(&mut bytes).map_err(|_| NoAnswer::Unreachable)?;
    Ok(crate::hex::lower(&bytes))
}

impl<C: Clock> Outside for Network<'_, C> {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        nonce()
    }

    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let within = time_for_a_call(self.until, Instant::now()).ok_or(NoAnswer::NoTimeLeft)?;
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
            let until = now + Duration::from_millis(left);
            assert_eq!(time_for_a_call(until, now), expected.map(Duration::from_millis), "{left} ms left");
        }
    }
}
