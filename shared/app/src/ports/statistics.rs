//! What orders add up to, a day at a time.

use till_domain::day::Days;
use till_domain::statistics::DayStatistics;

use super::Unavailable;

port! { (store: S)
    pub trait LoadStatistics {
        /// Those of these days that are stored, the earliest first. At most a hundred days.
        async fn load_statistics(&self, days: Days) -> Result<Vec<DayStatistics>, Unavailable>;
    }
}

port! { (store: S)
    pub trait SaveStatistics {
        /// Replaces what is stored of the day, as a whole, unless that was counted later. Returns whether it did.
        async fn save_statistics(&self, statistics: &DayStatistics) -> Result<bool, Unavailable>;
    }
}
