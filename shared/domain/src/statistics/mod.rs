//! What orders add up to, day by day. An order counts for the day on which it was made, by China's calendar, for ever: a refund
//! of today changes the figures of the day of its order. So a day can be counted again at any time, and is exact after each count.
//!
//! [`Tally`] is what is counted of one way to pay, [`DayTally`] that of a day or of a range of days. Tallies are merged, and it
//! makes no difference in which order and in which groups. docs/statistics.md says what each number counts.

mod buyers;
mod durations;
mod order;
mod tally;

use std::collections::BTreeMap;

pub use buyers::{Buyers, MOST_BUYERS};
pub use durations::Durations;
pub use tally::{Failures, Rate, Taken, Tally};

use crate::currency::Currency;
use crate::day::Day;
use crate::order::Order;
use crate::provider::{Method, Provider};
use crate::time::Time;

/// What is counted together. The method says the provider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Group {
    pub method: Method,
    pub currency: Currency,
}

/// What a day's orders add up to, or those of several days.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct DayTally {
    pub groups: BTreeMap<Group, Tally>,
    pub buyers: Buyers,
    /// Orders that could not be read: they are counted nowhere else.
    pub unreadable: u64,
}

impl DayTally {
    pub fn merge(&mut self, other: &Self) {
        for (group, tally) in &other.groups {
            self.groups.entry(*group).or_default().merge(tally);
        }
        self.buyers.merge(&other.buyers);
        self.unreadable = self.unreadable.saturating_add(other.unreadable);
    }

    /// All groups together. Its amounts are in many currencies, so they mean nothing: see [`Self::by_currency`].
    #[must_use]
    pub fn all(&self) -> Tally {
        merged(self.groups.values())
    }

    pub fn by_currency(&self) -> BTreeMap<Currency, Tally> {
        let mut sums: BTreeMap<Currency, Tally> = BTreeMap::new();
        for (group, tally) in &self.groups {
            sums.entry(group.currency).or_default().merge(tally);
        }
        sums
    }

    pub fn by_provider(&self) -> BTreeMap<Provider, Tally> {
        let mut sums: BTreeMap<Provider, Tally> = BTreeMap::new();
        for (group, tally) in &self.groups {
            sums.entry(group.method.provider()).or_default().merge(tally);
        }
        sums
    }

    fn group(&mut self, method: Method, currency: Currency) -> &mut Tally {
        self.groups.entry(Group { method, currency }).or_default()
    }
}

fn merged<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    let mut sum = Tally::default();
    for tally in tallies {
        sum.merge(tally);
    }
    sum
}

/// The figures of one day, and when they were true.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DayStatistics {
    pub day: Day,
    /// When counting began: what happened until then is counted, of each order that is.
    pub counted_at: Time,
    /// Orders made from this instant on are counted: the start of the day, unless there were too many to count at once.
    pub made_from: Time,
    pub tally: DayTally,
}

impl DayStatistics {
    /// Whether none of the orders is missing that the day had when it was counted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.made_from <= self.day.start() && self.tally.unreadable == 0
    }

    /// Whether the day was over: no order will be added, but those that it has may still change.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.counted_at >= self.day.end()
    }
}

/// Adds what an order contributes to its day.
pub fn count(tally: &mut DayTally, order: &Order) {
    order::count(tally, order);
}
