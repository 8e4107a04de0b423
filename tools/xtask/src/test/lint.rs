//! Part `lint`: what can be said about the code without running it.

use std::path::Path;

use super::Count;
use crate::verdict::{self, Verdict};
use crate::{house, policy, shell};

pub(crate) fn run(root: &Path) -> Count {
    let format = shell::cargo(root, &["fmt", "--all", "--check"]);
    // A workspace of its own, which the first does not see.
    let fuzz = shell::cargo(root, &["fmt", "--manifest-path", "tests/fuzz/Cargo.toml", "--check"]);
    let clippy =
        shell::cargo(root, &["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"]);
    let mut documentation =
        shell::cargo(root, &["doc", "--workspace", "--no-deps", "--document-private-items", "--locked", "--quiet"]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");

    let tools =
        [("format", format), ("format of the fuzzers", fuzz), ("clippy", clippy), ("documentation", documentation)];
    let tools = tools.map(|(rule, mut command)| {
        let faults = if shell::succeeds(&mut command) { Vec::new() } else { vec!["see above".to_owned()] };
        Verdict::of(rule, faults)
    });
    let verdicts: Vec<Verdict> = tools.into_iter().chain(policy::check(root)).chain(house::check(root)).collect();
    verdict::report(&verdicts)
}
