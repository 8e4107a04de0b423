//! How many checks passed and how many failed.

use std::fmt;
use std::iter::Sum;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    pub(crate) fn of(passed: bool) -> Self {
        Self { passed: passed.into(), failed: (!passed).into() }
    }

    /// Something was checked, and nothing failed: a run that checks nothing proves nothing.
    pub(crate) const fn is_success(self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts
            .fold(Self::default(), |sum, one| Self { passed: sum.passed + one.passed, failed: sum.failed + one.failed })
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_and_nothing_checked_is_no_success() {
        let sum: Count = [Count::of(true), Count::of(true), Count::of(false)].into_iter().sum();
        assert_eq!(sum.to_string(), "2 passed, 1 failed");
        assert!(!sum.is_success());
        assert!(!Count::default().is_success());
        assert!(Count::of(true).is_success());
    }
}
