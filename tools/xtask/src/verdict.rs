//! What one rule found, and how that is shown. Faults fail the run, remarks do not.

use crate::test::Count;

#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct Verdict {
    pub(crate) rule: String,
    pub(crate) faults: Vec<String>,
    /// What is worth a look.
    pub(crate) remarks: Vec<String>,
}

impl Verdict {
    /// A rule that holds unless there are faults.
    pub(crate) fn of(rule: impl Into<String>, faults: Vec<String>) -> Self {
        Self { rule: rule.into(), faults, remarks: Vec::new() }
    }

    pub(crate) const fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    fn show(&self) -> String {
        let head = format!("{} {}\n", if self.holds() { "ok    " } else { "FAILED" }, self.rule);
        let faults = self.faults.iter().map(|fault| format!("       {fault}\n"));
        let remarks = self.remarks.iter().map(|remark| format!("       warning: {remark}\n"));
        std::iter::once(head).chain(faults).chain(remarks).collect()
    }
}

pub(crate) fn report(verdicts: &[Verdict]) -> Count {
    for verdict in verdicts {
        print!("{}", verdict.show());
    }
    verdicts.iter().map(|verdict| Count::of(verdict.holds())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_fail() {
        let good = Verdict { remarks: vec!["long".to_owned()], ..Verdict::of("a", Vec::new()) };
        let bad = Verdict::of("b", vec!["broken".to_owned()]);
        assert_eq!(good.show(), "ok     a\n       warning: long\n");
        assert_eq!(bad.show(), "FAILED b\n       broken\n");
        assert_eq!(report(&[good, bad]), Count { passed: 1, failed: 1 });
    }
}
