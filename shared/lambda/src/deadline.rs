//! By when an invocation must have answered, on both clocks: the wall's, by which claims are dated, and the machine's own, by
//! which calls are timed.

use std::time::{Duration, Instant};

use till_domain::time::{Seconds, Time};

/// Left for the answer's way back before Lambda ends the process.
const KEPT_FOR_THE_ANSWER: Duration = Duration::from_secs(1);

/// The end of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// By the wall's clock, rounded down.
    pub time: Time,
    /// By the machine's.
    pub instant: Instant,
}

impl Deadline {
    /// `whole` from now, or a second before Lambda ends the process, whichever comes first. `left` is what Lambda leaves.
    #[must_use]
    pub fn after(whole: Duration, left: Duration, now: Time, instant: Instant) -> Self {
        let length = whole.min(left.saturating_sub(KEPT_FOR_THE_ANSWER));
        let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
        Self { time: now.plus(Seconds(seconds)), instant: instant.checked_add(length).unwrap_or(instant) }
    }

    /// How long is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.instant.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_comes_first() {
        let (now, instant) = (Time::FIRST, Instant::now());
        for (whole, left, expected) in [(20, 25, 20), (20, 10, 9), (20, 0, 0)] {
            let deadline = Deadline::after(Duration::from_secs(whole), Duration::from_secs(left), now, instant);
            assert_eq!(deadline.time, now.plus(Seconds(expected)));
            assert_eq!(deadline.instant, instant + Duration::from_secs(expected.into()));
        }
    }
}
