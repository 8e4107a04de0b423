//! Time in a membership tier. Of several tiers at once the highest runs, and the others wait.

use super::{BadProduct, within};
use crate::text::TierName;
use crate::time::Seconds;

/// Ten years: whoever sells longer sells it again.
const MOST_DAYS: u32 = 3_650;

/// A tier: its name, and its rank among the others (higher is better).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tier {
    /// What it is called.
    pub name: TierName,
    /// Where it stands.
    pub rank: u8,
}

/// So many days in a tier.
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

    /// Which tier.
    pub const fn tier(&self) -> &Tier {
        &self.tier
    }

    /// How many days.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    /// How long.
    #[must_use]
    pub const fn length(&self) -> Seconds {
        Seconds::days(self.days)
    }
}
