//! Part `lint`: everything that is checked without running the code.

use std::path::Path;

use super::Count;
use crate::verdict::{self, Verdict};
use crate::{house, policy, shell};

pub(crate) fn run(root: &Path) -> Count {
    let check = |rule, words: &[&str]| {
        let mut command = shell::cargo(root, words);
        if words.first() == Some(&"doc") {
            command.env("RUSTDOCFLAGS", "-D warnings");
        }
        Verdict::of_program(rule, shell::succeeds(&mut command))
    };
    let tools = [
        check("format", &["fmt", "--all", "--check"]),
        // The fuzzers are a workspace of their own.
        check("format of the fuzzers", &["fmt", "--manifest-path", "tests/fuzz/Cargo.toml", "--check"]),
        check("clippy", &["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"]),
        check("documentation", &["doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--quiet"]),
    ];
    let verdicts: Vec<Verdict> = tools.into_iter().chain(policy::check(root)).chain(house::check(root)).collect();
    verdict::report(&verdicts)
}
