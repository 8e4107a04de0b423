//! How often something may be repeated that a stranger can cause, such as reading a key again because a signature did not fit.

use till_domain::time::{Seconds, Time};

/// So many at once.
const BURST: u32 = 4;
/// After them one in so many seconds.
const EVERY: Seconds = Seconds(15);

/// Four at once, then one every 15 seconds. So a single forgery does not use up what a genuine caller needs a moment later, and
/// a flood of them causes four calls in a minute.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Pace {
    /// When the whole burst is available again.
    full_at: Option<Time>,
}

impl Pace {
    /// Whether it may be done now; then it counts as done.
    pub fn admits(&mut self, now: Time) -> bool {
        let span = |times: u32| Seconds(EVERY.0.saturating_mul(times));
        // A time beyond the longest wait means that the clock went back.
        let full_at = self.full_at.filter(|at| (now..=now.plus(span(BURST))).contains(at)).unwrap_or(now);
        if full_at > now.plus(span(BURST.saturating_sub(1))) {
            return false;
        }
        self.full_at = Some(full_at.plus(EVERY));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(pace: &mut Pace, seconds: impl Iterator<Item = i64>) -> Vec<i64> {
        seconds.filter(|second| pace.admits(Time::from_unix(1_000 + second).unwrap())).collect()
    }

    #[test]
    fn four_are_admitted_at_once_and_then_one_every_15_seconds() {
        let mut pace = Pace::default();
        assert_eq!(admitted(&mut pace, [0; 10].into_iter()).len(), 4);
        assert_eq!(admitted(&mut pace, 1..=50), [15, 30, 45]);
        // After a rest of a minute there are four again, and never more.
        assert_eq!(admitted(&mut pace, [105; 10].into_iter()).len(), 4);
        assert_eq!(admitted(&mut pace, [9_000; 10].into_iter()).len(), 4);
    }

    #[test]
    fn flood_is_admitted_four_times_in_a_minute_beyond_its_beginning() {
        let mut pace = Pace::default();
        assert_eq!(admitted(&mut pace, 0..600).len(), 4 + 39);
    }

    #[test]
    fn clock_that_went_back_does_not_block() {
        let mut pace = Pace::default();
        assert_eq!(admitted(&mut pace, [500; 10].into_iter()).len(), 4);
        assert_eq!(admitted(&mut pace, [0; 10].into_iter()).len(), 4);
    }
}
