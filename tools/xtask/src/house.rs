//! The house rules: what no compiler checks about our sources and documents.
//!
//! A rule is a row of [`RULES`], a function from the sources to its faults, and a test with samples that break it.

mod forbidden;
mod functions;
pub(crate) mod lexer;
mod map;
mod shape;
mod source;
mod tree;

use std::path::Path;

use tree::Tree;

use crate::verdict::Verdict;

type Rule = (&'static str, fn(&Tree) -> Vec<String>);

const RULES: &[Rule] = &[
    ("house: each file begins by saying what it is", shape::headless),
    ("house: the domain is pure", forbidden::impure),
    ("house: a run repeats exactly", forbidden::irreproducible),
    ("house: nothing is left unfinished", forbidden::unfinished),
    ("house: lints are expected, not allowed", forbidden::allowed_lints),
    ("house: the links and names in the documents exist", map::faults),
    ("house: functions have the same files", functions::faults),
];

pub(crate) fn check(root: &Path) -> Vec<Verdict> {
    match Tree::read(root) {
        Ok(tree) => {
            for file in shape::long(&tree) {
                println!("warning: {file}");
            }
            RULES.iter().map(|(name, faults)| verdict(name, faults(&tree))).collect()
        }
        Err(error) => vec![Verdict::of("house rules", vec![format!("the sources cannot be read: {error}")])],
    }
}

/// Several findings on one line are one fault.
fn verdict(name: &str, mut faults: Vec<String>) -> Verdict {
    faults.dedup();
    Verdict::of(name, faults)
}
