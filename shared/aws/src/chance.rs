//! Numbers that tell writes and records of one second apart. They are no secrets, and nothing that must not be guessed may be
//! made of them.

use std::hash::{BuildHasher as _, RandomState};

/// 64 bits that no other call in any process is likely to get: a hash under keys that the standard library draws from the
/// operating system and changes with each use.
pub(crate) fn chance() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let drawn: HashSet<u64> = (0..10_000).map(|_| chance()).collect();
        assert_eq!(drawn.len(), 10_000);
        // Every part of it is fit for use.
        let low: HashSet<u64> = drawn.iter().map(|n| n & 0xffff).collect();
        assert!(low.len() > 8_000, "{}", low.len());
    }
}
