//! Rule: what is not done is not hidden in the code. No word that promises it for later, no macro that panics in its
//! stead, no test that is passed over without a reason.

use super::source::{Source, places};
use super::tree::Tree;

/// In comments as in code.
const PROMISES: &[&str] = &["FIXME", "TODO"];
/// In code.
const GAPS: &[&str] = &["#[ignore]", "todo!", "unimplemented!"];

pub(super) fn faults(tree: &Tree) -> Vec<String> {
    tree.sources.iter().flat_map(in_source).collect()
}

fn in_source(source: &Source) -> Vec<String> {
    let promises = PROMISES.iter().flat_map(|word| at(source, &source.prose, word));
    let gaps = GAPS.iter().flat_map(|word| at(source, &source.code, word));
    promises.chain(gaps).collect()
}

fn at(source: &Source, masked: &str, word: &str) -> Vec<String> {
    places(masked, word).map(|at| source.fault(masked, at, &format!("`{word}`: finish it, or say why not"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_promises_are_faults() {
        for (text, is_fault) in [
            ("// TODO: later", true),
            ("/* FIXME */", true),
            ("fn f() { todo!() }", true),
            ("fn f() { unimplemented!(\"no\") }", true),
            ("#[test]\n#[ignore]\nfn f() {}", true),
            ("#[test]\n#[ignore = \"takes an hour\"]\nfn f() {}", false),
            ("let text = \"TODO\"; let todo = 1;", false),
        ] {
            assert_eq!(!faults(&Tree::of("a.rs", text)).is_empty(), is_fault, "{text}");
        }
    }
}
