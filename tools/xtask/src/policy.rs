//! The dependency policy. `cargo-deny` checks licences, sources, banned packages and duplicates by `deny.toml`; the tables here
//! say which of our crates may use which package, and which may import each other. They read `cargo metadata`.

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

/// What cargo-deny checks, each with the name of our rule.
const DENIED: [(&str, &str); 3] = [
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
        Ok(program) => DENIED.map(|(what, rule)| denied(&program, root, what, rule)).into(),
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

/// Installs cargo-deny, pinned by hash, unless it is there.
fn cargo_deny(root: &Path) -> Result<PathBuf, String> {
    let requirements = root.join("tools/xtask/src/policy/requirements.txt");
    let python = packed::environment(&tools::python()?, &root.join("target/tools"), &[requirements])?;
    Ok(python.with_file_name("cargo-deny"))
}

fn denied(program: &Path, root: &Path, what: &str, rule: &str) -> Verdict {
    // `cargo metadata`, which runs before, has fetched every package.
    let mut deny = Command::new(program);
    deny.current_dir(root).args(["--offline", "--locked", "--workspace", "check", what]);
    Verdict::of(rule, if shell::succeeds(&mut deny) { Vec::new() } else { vec!["see above".to_owned()] })
}

fn read(root: &Path) -> Result<Metadata, String> {
    let json = shell::output(&mut shell::cargo(root, &["metadata", "--format-version", "1", "--locked"]))?;
    serde_json::from_slice(&json).map_err(|error| format!("cargo metadata: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_workspace_passes_every_rule() {
        for verdict in verdicts(&sample::sound()) {
            assert_eq!((verdict.faults, verdict.remarks), (Vec::new(), Vec::new()), "{}", verdict.rule);
        }
    }
}
