//! When an invocation must have answered: as a time of day, which claims are dated with, and as an instant, which
//! limits calls.

use std::time::{Duration, Instant};

use till_domain::time::{Seconds, Time};

/// Reserved for sending the answer before Lambda ends the process.
const KEPT_FOR_THE_ANSWER: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// Rounded down.
    pub time: Time,
    pub instant: Instant,
}

impl Deadline {
    /// `budget` from now, or a second before Lambda ends the process, whichever comes first. `left` is the time that Lambda
    /// leaves.
    pub fn after(budget: Duration, left: Duration, now: Time, instant: Instant) -> Self {
        let length = budget.min(left.saturating_sub(KEPT_FOR_THE_ANSWER));
        let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
        Self { time: now.plus(Seconds(seconds)), instant: instant.checked_add(length).unwrap_or(instant) }
    }
    pub fn left(self, now: Instant) -> Duration {
        self.instant.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadline_is_the_earlier_of_budget_and_lambda() {
        let (now, instant) = (Time::FIRST, Instant::now());
        for (budget, left, expected) in [(20, 25, 20), (20, 10, 9), (20, 0, 0)] {
            let deadline = Deadline::after(Duration::from_secs(budget), Duration::from_secs(left), now, instant);
            assert_eq!(deadline.time, now.plus(Seconds(expected)));
            assert_eq!(deadline.instant, instant + Duration::from_secs(expected.into()));
        }
    }
}
