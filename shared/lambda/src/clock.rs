//! The clock and the generator of the machine that a function runs on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use till_app::ports::{Clock, Draw};
use till_domain::time::Time;

/// The first pause before a repeated try, at most; it doubles with each further one.
const FIRST_PAUSE_MS: u64 = 20;
/// No pause is longer.
const LONGEST_PAUSE_MS: u64 = 400;

/// This machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        i64::try_from(seconds).ok().and_then(|seconds| Time::from_unix(seconds).ok()).unwrap_or(Time::FIRST)
    }

    async fn pause(&self, nth: u32) {
        let most = FIRST_PAUSE_MS.saturating_mul(1_u64.checked_shl(nth).unwrap_or(u64::MAX)).min(LONGEST_PAUSE_MS);
        let part = self.entropy().checked_rem(most).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(part.saturating_add(1))).await;
    }
}

impl Draw for SystemClock {
    /// Order numbers must not be guessed: where the generator fails, nothing may go on.
    fn entropy(&self) -> u64 {
        let mut bytes = [0; 8];
        let drawn = rand::fill(&mut bytes);
        assert!(drawn.is_ok(), "the operating system's generator of random numbers does not answer");
        u64::from_le_bytes(bytes)
    }
}
