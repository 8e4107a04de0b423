//! How many checks passed, and which failed, as counted from the output of a program too.

use std::fmt;
use std::iter::Sum;
use std::mem;
use std::process::Command;

use crate::shell;

/// As many lines of each failed test are said again: its message, not all that it logged.
const MOST_LINES: usize = 20;

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// The failed checks with their reasons. They are said again at the end, because the parts print thousands of lines.
    pub(crate) failures: Vec<String>,
}

impl Count {
    pub(crate) fn of(holds: bool, what: &str) -> Self {
        let failures = if holds { Vec::new() } else { vec![what.to_owned()] };
        Self { passed: holds.into(), failed: (!holds).into(), failures }
    }

    /// A part that could not run: one failure, with its reason.
    pub(crate) fn failure(part: &str, why: &str) -> Self {
        let what = format!("{part}: {why}");
        println!("FAILED {what}");
        Self::of(false, &what)
    }

    /// Runs a program that prints as the test programs of cargo do.
    pub(crate) fn of_tests(command: &mut Command) -> Self {
        let mut details = Details::default();
        Self::of_program(command, |line| {
            let failures = details.read(line);
            summary(line).map(|(passed, failed)| Self { passed, failed, failures })
        })
    }

    /// Runs a suite that prints a line for each check.
    pub(crate) fn of_suite(command: &mut Command) -> Self {
        Self::of_program(command, check)
    }

    fn of_program(command: &mut Command, mut read: impl FnMut(&str) -> Option<Self>) -> Self {
        let mut counts = Vec::new();
        let succeeded = shell::succeeds_seen(command, |line| counts.extend(read(line)));
        total(counts, succeeded, &shell::shown(command))
    }

    /// A run without any check is no success.
    pub(crate) const fn is_success(&self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

/// Adds a failure when the program failed without a failed check, as when it does not compile, or did not check anything.
fn total(counts: Vec<Count>, succeeded: bool, program: &str) -> Count {
    let sum: Count = counts.into_iter().sum();
    if sum.failed > 0 || (succeeded && sum.passed > 0) {
        return sum;
    }
    let why = if succeeded { "checked nothing" } else { "failed beside its checks" };
    [sum, Count::of(false, &format!("{program}: {why}"))].into_iter().sum()
}

/// The messages of failed tests, which stand between a headline for each, `---- name ----`, and the list of their names.
#[derive(Default)]
struct Details {
    failures: Vec<String>,
    /// How many lines of a test were read, inside one.
    lines: Option<usize>,
}

impl Details {
    /// Reads a line, and gives all messages out at the summary.
    fn read(&mut self, line: &str) -> Vec<String> {
        let line = line.trim_end();
        if line.starts_with("test result: ") {
            self.lines = None;
            return mem::take(&mut self.failures);
        }
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" ----")) {
            self.failures.push(name.trim_end_matches(" stdout").to_owned());
            self.lines = Some(0);
        } else if line == "failures:" {
            self.lines = None;
        } else if let (Some(lines), Some(failure)) = (&mut self.lines, self.failures.last_mut())
            && !line.is_empty()
            && *lines < MOST_LINES
        {
            *lines += 1;
            failure.push_str("\n    ");
            failure.push_str(line);
        }
        Vec::new()
    }
}

/// Reads `test result: ok. 12 passed; 0 failed; …`.
fn summary(line: &str) -> Option<(u64, u64)> {
    let (_, figures) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut figures = figures.split("; ");
    let passed = figures.next()?.strip_suffix(" passed")?.parse().ok()?;
    let failed = figures.next()?.strip_suffix(" failed")?.parse().ok()?;
    Some((passed, failed))
}

/// Reads `ok name` and `FAILED name: why`.
fn check(line: &str) -> Option<Count> {
    match line.trim_end().split_once(' ')? {
        ("ok", name) => Some(Count::of(true, name)),
        ("FAILED", name) => Some(Count::of(false, name)),
        _ => None,
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, one| {
            sum.failures.extend(one.failures);
            Self { passed: sum.passed + one.passed, failed: sum.failed + one.failed, failures: sum.failures }
        })
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

    fn good() -> Count {
        Count::of(true, "the first")
    }

    fn bad() -> Count {
        Count::of(false, "the second")
    }

    #[test]
    fn counts_add_up_and_no_checks_are_no_success() {
        let sum: Count = [good(), good(), bad()].into_iter().sum();
        assert_eq!(sum.to_string(), "2 passed, 1 failed");
        assert_eq!(sum.failures, ["the second"]);
        assert!(!sum.is_success());
        assert!(!Count::default().is_success());
        assert!(good().is_success());
    }

    #[test]
    fn summary_of_a_test_program_is_read() {
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s\n";
        assert_eq!(summary(ok), Some((12, 0)));
        let bad = "test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(summary(bad), Some((7, 2)));
        assert_eq!(summary("test money::adds ... ok\n"), None);
        assert_eq!(summary("running 12 tests\n"), None);
    }

    #[test]
    fn check_of_a_suite_is_read() {
        assert_eq!(check("ok wechat: native\n"), Some(Count::of(true, "wechat: native")));
        let failed = Count::of(false, "wechat: native: why");
        assert_eq!(check("FAILED wechat: native: why\n"), Some(failed));
        assert_eq!(check("okay then\n"), None);
        assert_eq!(check("    at file.mjs:3\n"), None);
    }

    #[test]
    fn program_that_fails_without_a_failed_check_or_checks_nothing_counts_as_a_failure() {
        let total = |counts: &[Count], succeeded| {
            let sum = total(counts.to_vec(), succeeded, "prove");
            (sum.passed, sum.failed, sum.failures.join("; "))
        };
        assert_eq!(total(&[good(), good()], true), (2, 0, String::new()));
        assert_eq!(total(&[good(), good()], false), (2, 1, "prove: failed beside its checks".to_owned()));
        assert_eq!(total(&[], true), (0, 1, "prove: checked nothing".to_owned()));
        assert_eq!(total(&[good(), bad()], false), (1, 1, "the second".to_owned()));
    }

    #[test]
    fn messages_of_failed_tests_are_said_again_and_cut() {
        let mut details = Details::default();
        let long = (0..30).map(|line| format!("line {line}"));
        let printed =
            ["test b ... FAILED", "", "failures:", "", "---- a::b stdout ----", "assertion failed", "  left: 1"]
                .map(str::to_owned)
                .into_iter()
                .chain(["", "---- c ----"].map(str::to_owned))
                .chain(long)
                .chain(["", "failures:", "    a::b", "    c", ""].map(str::to_owned));
        for line in printed {
            assert!(details.read(&format!("{line}\n")).is_empty());
        }
        let failures = details.read("test result: FAILED. 7 passed; 2 failed\n");
        assert_eq!(failures.len(), 2);
        assert_eq!(failures[0], "a::b\n    assertion failed\n      left: 1");
        assert!(failures[1].starts_with("c\n    line 0\n") && failures[1].ends_with("    line 19"), "{failures:?}");
        assert!(details.read("test result: ok. 1 passed; 0 failed\n").is_empty());
    }
}
