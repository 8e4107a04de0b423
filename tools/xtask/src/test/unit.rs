//! Part `unit`: every test that cargo finds, documentation included, counted from what the test programs say.

use std::path::Path;
use std::process::Command;

use super::Count;
use crate::shell;

/// Runs all of them, also after one has failed.
pub(crate) fn run(root: &Path) -> Count {
    counted(&mut shell::cargo(root, &["test", "--workspace", "--no-fail-fast", "--locked"]))
}

/// Runs a program that speaks as cargo's tests do, and counts what it says.
pub(super) fn counted(tests: &mut Command) -> Count {
    let mut counts = Vec::new();
    let succeeded = shell::succeeds_seen(tests, |line| counts.extend(result(line)));
    total(&counts, succeeded)
}

/// Cargo can fail without a failed test: the code does not compile, or a test program dies before its last line.
fn total(counts: &[Count], succeeded: bool) -> Count {
    let sum: Count = counts.iter().copied().sum();
    if succeeded || sum.failed > 0 { sum } else { Count { failed: 1, ..sum } }
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn result(line: &str) -> Option<Count> {
    let (_, figures) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut figures = figures.split("; ");
    let passed = figures.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = figures.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some(Count { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_read() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s\n";
        assert_eq!(result(ok), Some(Count { passed: 12, failed: 0 }));
        let bad = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(result(bad), Some(Count { passed: 7, failed: 2 }));
        assert_eq!(result("test money::adds ... ok\n"), None);
        assert_eq!(result("running 12 tests\n"), None);
    }

    #[test]
    fn cargo_failing_without_a_failed_test_is_a_failure() {
        let good = Count { passed: 3, failed: 0 };
        let bad = Count { passed: 3, failed: 2 };
        assert_eq!(total(&[good, good], true), Count { passed: 6, failed: 0 });
        assert_eq!(total(&[good], false), Count { passed: 3, failed: 1 });
        assert_eq!(total(&[good, bad], false), Count { passed: 6, failed: 2 });
    }
}
