//! A cache with a lifetime and a limit: names may come from outside, so it must not grow without end.

use std::cell::RefCell;
use std::collections::BTreeMap;

use till_domain::time::{Seconds, Time};

pub struct Cache<V> {
    lifetime: Seconds,
    most: usize,
    kept: RefCell<BTreeMap<String, (Time, V)>>,
}

impl<V: Clone> Cache<V> {
    pub const fn new(lifetime: Seconds, most: usize) -> Self {
        Self { lifetime, most, kept: RefCell::new(BTreeMap::new()) }
    }

    /// The value, if it is fresh. After the clock went back no value is, because its age is unknown.
    pub fn get(&self, name: &str, now: Time) -> Option<V> {
        let kept = self.kept.borrow();
        let (at, value) = kept.get(name)?;
        (*at <= now && now.since(*at) < self.lifetime).then(|| value.clone())
    }

    /// A full cache drops its oldest value.
    pub fn put(&self, name: &str, value: V, now: Time) {
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= self.most && !kept.contains_key(name) {
            let oldest = kept.iter().min_by_key(|(_, (at, _))| *at).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                kept.remove(&oldest);
            }
        }
        kept.insert(name.to_owned(), (now, value));
    }

    pub fn clear(&self) {
        self.kept.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64) -> Time {
        Time::from_unix(unix).unwrap()
    }

    #[test]
    fn value_is_given_within_its_lifetime_and_never_to_a_clock_that_went_back() {
        let cache = Cache::new(Seconds(60), 4);
        cache.put("a", 1, at(1_000));
        for (now, expected) in [(1_000, Some(1)), (1_059, Some(1)), (1_060, None), (9_000, None), (999, None)] {
            assert_eq!(cache.get("a", at(now)), expected, "{now}");
        }
        assert_eq!(cache.get("b", at(1_000)), None);
        cache.put("a", 2, at(1_070));
        assert_eq!(cache.get("a", at(1_070)), Some(2));
    }

    #[test]
    fn full_cache_drops_the_oldest_value() {
        let cache = Cache::new(Seconds(60), 2);
        cache.put("old", 1, at(1_000));
        cache.put("young", 2, at(1_001));
        // A known name takes no further room.
        cache.put("young", 3, at(1_002));
        assert_eq!(cache.get("old", at(1_002)), Some(1));
        cache.put("new", 4, at(1_003));
        assert_eq!(["old", "young", "new"].map(|name| cache.get(name, at(1_003))), [None, Some(3), Some(4)]);
    }
}
