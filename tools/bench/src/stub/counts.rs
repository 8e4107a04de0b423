//! How many requests of each kind came.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub struct Counts(Mutex<BTreeMap<String, u64>>);

impl Counts {
    pub fn add(&self, kind: &str) {
        self.add_many(kind, 1);
    }

    pub fn add_many(&self, kind: &str, more: u64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(kind) {
            *count = count.saturating_add(more);
        } else {
            counts.insert(kind.to_owned(), more);
        }
    }

    pub fn get(&self, kind: &str) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(kind).copied().unwrap_or_default()
    }

    /// The counts so far, by kinds such as `DynamoDB GetItem`.
    pub fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came after `before`.
    pub fn since(&self, before: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let new = self.all().into_iter().map(|(kind, count)| {
            let more = count.saturating_sub(before.get(&kind).copied().unwrap_or_default());
            (kind, more)
        });
        new.filter(|(_, more)| *more > 0).collect()
    }
}
