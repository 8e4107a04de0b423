//! How long something took, to the second: how often each number of seconds occurred. Nothing is rounded or sampled, so a
//! percentile of merged days is exactly that of all their orders.

use std::collections::BTreeMap;

use crate::time::Seconds;

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Durations(BTreeMap<u32, u64>);

impl Durations {
    pub fn add(&mut self, length: Seconds) {
        self.add_times(length, 1);
    }

    pub fn add_times(&mut self, length: Seconds, times: u64) {
        if times > 0 {
            let count = self.0.entry(length.0).or_default();
            *count = count.saturating_add(times);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (length, times) in other.iter() {
            self.add_times(length, times);
        }
    }

    /// Each length and how often it occurred, the shortest first.
    pub fn iter(&self) -> impl Iterator<Item = (Seconds, u64)> {
        self.0.iter().map(|(length, times)| (Seconds(*length), *times))
    }

    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.values().fold(0, |sum, times| sum.saturating_add(*times))
    }

    /// The shortest length that so many percent of all do not exceed (the nearest rank); none if there are none.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<Seconds> {
        let rank = u128::from(self.number()).saturating_mul(u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut seen = 0_u128;
        self.iter().find_map(|(length, times)| {
            seen = seen.saturating_add(u128::from(times));
            (seen >= rank).then_some(length)
        })
    }
}
