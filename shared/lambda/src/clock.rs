//! The machine's clock and its generator of random numbers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use till_app::ports::{Clock, Draw};
use till_domain::time::Time;

/// The longest first pause; the bound doubles with each repetition.
const FIRST_PAUSE_MS: u64 = 20;
const LONGEST_PAUSE_MS: u64 = 400;

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
    /// Order numbers must be unpredictable, so this panics if the generator fails.
    fn entropy(&self) -> u64 {
        let mut bytes = [0; 8];
        let drawn = rand::fill(&mut bytes);
        assert!(drawn.is_ok(), "the operating system's generator of random numbers does not answer");
        u64::from_le_bytes(bytes)
    }
}
