//! How many checks passed and how many failed, and how they are counted from the output of a program.

use std::fmt;
use std::iter::Sum;
use std::process::Command;

use crate::shell;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    pub(crate) fn of(passed: bool) -> Self {
        Self { passed: passed.into(), failed: (!passed).into() }
    }

    /// A part that could not run: one failure, with its reason.
    pub(crate) fn failure(part: &str, why: &str) -> Self {
        println!("FAILED {part}: {why}");
        Self::of(false)
    }

    /// Runs a program that prints as the test programs of cargo do.
    pub(crate) fn of_tests(command: &mut Command) -> Self {
        Self::of_program(command, summary)
    }

    /// Runs a suite that prints a line for each check.
    pub(crate) fn of_suite(command: &mut Command) -> Self {
        Self::of_program(command, check)
    }

    fn of_program(command: &mut Command, read: fn(&str) -> Option<Self>) -> Self {
        let mut counts = Vec::new();
        let succeeded = shell::succeeds_seen(command, |line| counts.extend(read(line)));
        total(&counts, succeeded)
    }

    /// A run without any check is no success.
    pub(crate) const fn is_success(self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

/// Adds a failure when the program failed without a failed check, as when it does not compile, or did not check anything.
fn total(counts: &[Count], succeeded: bool) -> Count {
    let sum: Count = counts.iter().copied().sum();
    if sum.failed > 0 || (succeeded && sum.passed > 0) { sum } else { Count { failed: 1, ..sum } }
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn summary(line: &str) -> Option<Count> {
    let (_, figures) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut figures = figures.split("; ");
    let passed = figures.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = figures.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Count { passed, failed })
}

/// Reads `ok name` and `FAILED name: why`.
fn check(line: &str) -> Option<Count> {
    match line.split_once(' ')?.0 {
        "ok" => Some(Count::of(true)),
        "FAILED" => Some(Count::of(false)),
        _ => None,
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
    fn counts_add_up_and_no_checks_are_no_success() {
        let sum: Count = [Count::of(true), Count::of(true), Count::of(false)].into_iter().sum();
        assert_eq!(sum.to_string(), "2 passed, 1 failed");
        assert!(!sum.is_success());
        assert!(!Count::default().is_success());
        assert!(Count::of(true).is_success());
    }

    #[test]
    fn summary_of_a_test_program_is_read() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s\n";
        assert_eq!(summary(ok), Some(Count { passed: 12, failed: 0 }));
        let bad = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(summary(bad), Some(Count { passed: 7, failed: 2 }));
        assert_eq!(summary("test money::adds ... ok\n"), None);
        assert_eq!(summary("running 12 tests\n"), None);
    }

    #[test]
    fn check_of_a_suite_is_read() {
        assert_eq!(check("ok wechat: native\n"), Some(Count::of(true)));
        assert_eq!(check("FAILED wechat: native: why\n"), Some(Count::of(false)));
        assert_eq!(check("okay then\n"), None);
        assert_eq!(check("    at file.mjs:3\n"), None);
    }

    #[test]
    fn program_that_fails_without_a_failed_check_or_checks_nothing_counts_as_a_failure() {
        let good = Count::of(true);
        assert_eq!(total(&[good, good], true), Count { passed: 2, failed: 0 });
        assert_eq!(total(&[good, good], false), Count { passed: 2, failed: 1 });
        assert_eq!(total(&[], true), Count { passed: 0, failed: 1 });
        assert_eq!(total(&[good, Count::of(false)], false), Count { passed: 1, failed: 1 });
    }
}
