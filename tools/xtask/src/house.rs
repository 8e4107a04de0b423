//! The house rules that a compiler cannot hold us to, checked on the text of our sources.
//!
//! A rule is one row of [`RULES`], one function from the sources to its findings, and a test that shows it fail.

mod allowed;
mod functions;
mod lexer;
mod map;
mod shape;
mod source;
mod tree;
mod unfinished;
mod words;

use std::path::Path;

use tree::Tree;

use crate::verdict::Verdict;

struct Rule {
    name: &'static str,
    faults: fn(&Tree) -> Vec<String>,
    remarks: fn(&Tree) -> Vec<String>,
}

const RULES: &[Rule] = &[
    Rule { name: "house: a file says at its head what it is", faults: shape::headless, remarks: shape::long },
    Rule { name: "house: the domain is pure", faults: words::impure, remarks: nothing },
    Rule { name: "house: a run repeats exactly", faults: words::irreproducible, remarks: nothing },
    Rule { name: "house: nothing is left unfinished", faults: unfinished::faults, remarks: nothing },
    Rule { name: "house: lints are expected, not allowed", faults: allowed::faults, remarks: nothing },
    Rule { name: "house: the documents point at what is there", faults: map::faults, remarks: nothing },
    Rule { name: "house: functions look alike", faults: functions::faults, remarks: nothing },
];

pub(crate) fn check(root: &Path) -> Vec<Verdict> {
    match Tree::read(root) {
        Ok(tree) => RULES.iter().map(|rule| rule.verdict(&tree)).collect(),
        Err(error) => vec![Verdict::of("house rules", vec![format!("the sources cannot be read: {error}")])],
    }
}

impl Rule {
    fn verdict(&self, tree: &Tree) -> Verdict {
        let mut faults = (self.faults)(tree);
        // Two of a kind on one line are one thing to mend.
        faults.dedup();
        Verdict { remarks: (self.remarks)(tree), ..Verdict::of(self.name, faults) }
    }
}

const fn nothing(_: &Tree) -> Vec<String> {
    Vec::new()
}
