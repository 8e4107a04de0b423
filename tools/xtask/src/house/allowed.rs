//! Rule: a lint is silenced by `#[expect(…, reason = …)]`, which says why and complains when there is nothing left to
//! silence; never by an attribute that stays for ever.

use super::source::places;
use super::tree::Tree;

const SILENCERS: &[&str] = &["#[allow(", "#![allow("];

pub(super) fn faults(tree: &Tree) -> Vec<String> {
    let pairs = tree.sources.iter().flat_map(|source| SILENCERS.iter().map(move |word| (source, word)));
    pairs
        .flat_map(|(source, word)| places(&source.code, word).map(move |at| (source, at)))
        .map(|(source, at)| source.fault(&source.code, at, "expect a lint, with a reason; do not allow it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowing_is_a_fault_and_expecting_is_not() {
        for (text, is_fault) in [
            ("#[allow(dead_code)]", true),
            ("//! Head.\n#![allow(dead_code, reason = \"x\")]", true),
            ("#[expect(dead_code, reason = \"x\")]", false),
            ("// never #[allow(…)]\nlet x = \"#[allow(\";", false),
        ] {
            assert_eq!(!faults(&Tree::of("a.rs", text)).is_empty(), is_fault, "{text}");
        }
    }
}
