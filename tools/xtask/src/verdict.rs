//! The result of one rule, and how the results are shown.

use crate::test::Count;

#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Verdict {
    pub(crate) rule: String,
    pub(crate) faults: Vec<String>,
}

impl Verdict {
    /// The rule holds when there are no faults.
    pub(crate) fn of(rule: impl Into<String>, faults: Vec<String>) -> Self {
        Self { rule: rule.into(), faults }
    }

    /// A program has checked the rule and printed the faults.
    pub(crate) fn of_program(rule: &str, success: bool) -> Self {
        Self::of(rule, if success { Vec::new() } else { vec!["see above".to_owned()] })
    }

    pub(crate) const fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    fn show(&self) -> String {
        let head = format!("{} {}\n", if self.holds() { "ok    " } else { "FAILED" }, self.rule);
        let faults = self.faults.iter().map(|fault| format!("       {fault}\n"));
        std::iter::once(head).chain(faults).collect()
    }
}

pub(crate) fn report(verdicts: &[Verdict]) -> Count {
    for verdict in verdicts {
        print!("{}", verdict.show());
    }
    verdicts.iter().map(|verdict| Count::of(verdict.holds(), verdict.show().trim_end())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_with_faults_fails() {
        let good = Verdict::of("a", Vec::new());
        let bad = Verdict::of("b", vec!["broken".to_owned()]);
        assert_eq!(good.show(), "ok     a\n");
        assert_eq!(bad.show(), "FAILED b\n       broken\n");
        let count = report(&[good, bad]);
        assert_eq!((count.passed, count.failures), (1, vec!["FAILED b\n       broken".to_owned()]));
    }
}
