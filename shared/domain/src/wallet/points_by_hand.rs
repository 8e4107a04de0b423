//! Points that the team gave and took by hand. A wallet has only the sum of its points, so this is what keeps an order from
//! taking back points that a person took already.

/// Never both: what is taken is first taken of what was given by hand, and what is given first makes up for what was taken.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct PointsByHand {
    pub given: u64,
    /// What was taken of the points of orders, and no order has taken back since; the oldest first.
    pub taken: Vec<TakenPoints>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TakenPoints {
    /// The wallet's version that it made: an order that granted later gave none of these points.
    pub version: u64,
    pub points: u64,
}

impl PointsByHand {
    /// Given less taken.
    pub fn balance(&self) -> i128 {
        let taken = self.taken.iter().fold(0, |sum: i128, taken| sum.saturating_add(taken.points.into()));
        i128::from(self.given).saturating_sub(taken)
    }

    pub(super) fn give(&mut self, points: u64) {
        // The last taking is made up for first.
        let rest = reduce(self.taken.iter_mut().rev(), points);
        self.taken.retain(|taken| taken.points > 0);
        self.given = self.given.saturating_add(rest);
    }

    pub(super) fn take(&mut self, points: u64, version: u64) {
        let of_given = points.min(self.given);
        self.given = self.given.saturating_sub(of_given);
        let points = points.saturating_sub(of_given);
        if points > 0 {
            self.taken.push(TakenPoints { version, points });
        }
    }

    /// Of the points that an order takes back, those that are still to be taken. `granted` is the version that its granting
    /// made; without it, no point was taken by hand since.
    pub(super) fn still_to_take(&mut self, points: u64, granted: Option<u64>) -> u64 {
        let since = self.taken.iter_mut().filter(|taken| granted.is_some_and(|granted| taken.version > granted));
        let rest = reduce(since, points);
        self.taken.retain(|taken| taken.points > 0);
        rest
    }
}

/// Takes these points off one after the other, and returns those that are left over.
fn reduce<'a>(all: impl Iterator<Item = &'a mut TakenPoints>, points: u64) -> u64 {
    all.fold(points, |rest, taken| {
        let off = rest.min(taken.points);
        taken.points = taken.points.saturating_sub(off);
        rest.saturating_sub(off)
    })
}
