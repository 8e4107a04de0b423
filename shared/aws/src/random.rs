//! Numbers that tell apart writes and records of one second. They are no secrets: anything that must not be guessed needs
//! another source.

use std::hash::{BuildHasher as _, RandomState};

/// 64 bits that are unlikely to repeat in any process: a hash under keys that the standard library draws from the operating
/// system and changes with each use.
pub(crate) fn random_number() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn random_numbers_differ() {
        let drawn: HashSet<u64> = (0..10_000).map(|_| random_number()).collect();
        assert_eq!(drawn.len(), 10_000);
        // Keys of records use the low 16 bits alone.
        let low: HashSet<u64> = drawn.iter().map(|n| n & 0xffff).collect();
        assert!(low.len() > 8_000, "{}", low.len());
    }
}
