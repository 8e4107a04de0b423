//! Time in a membership tier. Of several tiers at once the highest runs, and the others wait.

use super::{BadProduct, within};
use crate::text::TierName;
use crate::time::Seconds;

/// Ten years.
const MOST_DAYS: u32 = 3_650;

/// A tier: its name, and its rank among the others (higher is better).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tier {
    pub name: TierName,
    pub rank: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MembershipGrant {
    tier: Tier,
    days: u32,
}

impl MembershipGrant {
    /// 1 to 3,650 days.
    pub fn new(tier: Tier, days: u32) -> Result<Self, BadProduct> {
        within("membership days", days.into(), MOST_DAYS.into()).map(|()| Self { tier, days })
    }

    pub const fn tier(&self) -> &Tier {
        &self.tier
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
