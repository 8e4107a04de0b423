//! A number of uses of something (queries, exports), to be used up within some days.

use super::{BadProduct, within};
use crate::text::QuotaName;
use crate::time::Seconds;

const MOST_COUNT: u64 = 1_000_000_000;
/// Ten years.
const MOST_DAYS: u32 = 3_650;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct QuotaGrant {
    name: QuotaName,
    count: u64,
    days: u32,
}

impl QuotaGrant {
    /// 1 to 1,000,000,000 uses within 1 to 3,650 days.
    pub fn new(name: QuotaName, count: u64, days: u32) -> Result<Self, BadProduct> {
        within("quota count", count, MOST_COUNT)?;
        within("quota days", days.into(), MOST_DAYS.into())?;
        Ok(Self { name, count, days })
    }

    pub const fn name(&self) -> &QuotaName {
        &self.name
    }

    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    #[must_use]
    pub const fn length(&self) -> Seconds {
        Seconds::days(self.days)
    }
}
