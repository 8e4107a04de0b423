//! Points to spend. They do not expire.

use super::{BadProduct, within};

/// The most points that one product grants: a wallet of a million such purchases still counts exactly in 64 bits.
const MOST_POINTS: u64 = 1_000_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PointsGrant {
    amount: u64,
}

impl PointsGrant {
    /// 1 to 1,000,000,000 points.
    pub fn new(amount: u64) -> Result<Self, BadProduct> {
        within("points", amount, MOST_POINTS).map(|()| Self { amount })
    }

    #[must_use]
    pub const fn amount(self) -> u64 {
        self.amount
    }
}
