//! The dependency policy. cargo-deny checks licences, sources, banned packages and second versions by `deny.toml`. The tables
//! in this folder say which of our crates may use which package and which may import each other; they read `cargo metadata`.

mod edges;
mod features;
mod metadata;
mod pattern;
mod reach;
#[cfg(test)]
mod sample;

use std::path::{Path, PathBuf};
use std::process::Command;

use metadata::Metadata;

use crate::shell;
use crate::tools::{self, packed};
use crate::verdict::Verdict;

/// The checks of cargo-deny, each with the name of our rule.
const DENY_CHECKS: [(&str, &str); 3] = [
    ("licenses", "dependencies: licences"),
    ("sources", "dependencies: sources"),
    ("bans", "dependencies: banned packages and second versions"),
];

pub(crate) fn check(root: &Path) -> Vec<Verdict> {
    let ours = match read(root) {
        Ok(metadata) => verdicts(&metadata),
        Err(why) => vec![Verdict::of("dependency policy", vec![why])],
    };
    let deny = match cargo_deny(root) {
        Ok(program) => deny(&program, root),
        Err(why) => vec![Verdict::of("cargo-deny", vec![why])],
    };
    deny.into_iter().chain(ours).collect()
}

fn verdicts(metadata: &Metadata) -> Vec<Verdict> {
    vec![
        Verdict::of("dependencies: who may use which package", reach::faults(metadata)),
        Verdict::of("dependencies: who may import whom", edges::faults(metadata)),
        Verdict::of("dependencies: no features of our own", features::faults(metadata)),
    ]
}

/// Installs cargo-deny, pinned by hash, unless it is installed.
fn cargo_deny(root: &Path) -> Result<PathBuf, String> {
    let requirements = root.join("tools/xtask/src/policy/requirements.txt");
    let python = packed::environment(&tools::python()?, &root.join("target/tools"), &[requirements])?;
    Ok(python.with_file_name("cargo-deny"))
}

/// Runs all checks at once; the summary is one line, `bans ok, licenses FAILED, sources ok`.
fn deny(program: &Path, root: &Path) -> Vec<Verdict> {
    let mut summary = String::new();
    let mut deny = Command::new(program);
    // `cargo metadata`, which has run before, has downloaded every package.
    deny.current_dir(root).args(["--offline", "--locked", "--workspace", "check"]);
    shell::succeeds_seen(deny.args(DENY_CHECKS.map(|(check, _)| check)), |line| summary.push_str(line));
    DENY_CHECKS.map(|(check, rule)| Verdict::of_program(rule, passes(&summary, check))).into()
}

fn passes(summary: &str, check: &str) -> bool {
    summary.split([',', '\n']).any(|part| part.trim() == format!("{check} ok"))
}

fn read(root: &Path) -> Result<Metadata, String> {
    let json = shell::output(&mut shell::cargo(root, &["metadata", "--format-version", "1", "--locked"]))?;
    serde_json::from_slice(&json).map_err(|error| format!("cargo metadata: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_workspace_passes_every_rule() {
        for verdict in verdicts(&sample::sound()) {
            assert_eq!(verdict.faults, Vec::<String>::new(), "{}", verdict.rule);
        }
    }

    #[test]
    fn check_of_cargo_deny_passes_only_when_its_summary_says_so() {
        let summary = "warning[duplicate]: found 2\nbans FAILED, licenses ok, sources ok\n";
        assert_eq!(["bans", "licenses", "sources"].map(|check| passes(summary, check)), [false, true, true]);
        assert!(!passes("error: no deny.toml", "bans"));
    }
}
