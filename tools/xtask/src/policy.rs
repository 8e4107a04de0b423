//! The dependency policy: what `deny.toml` says, and our own tables of who may use what, checked on `cargo metadata`.
//!
//! It needs no other program and no network beyond cargo's own.

mod banned;
mod deny;
mod duplicates;
mod edges;
mod features;
mod licences;
mod metadata;
mod pattern;
mod reach;
#[cfg(test)]
mod sample;
mod sources;
mod spdx;

use std::fs;
use std::path::Path;

use deny::Deny;
use metadata::Metadata;

use crate::shell;
use crate::verdict::Verdict;

/// Every rule's verdict.
pub(crate) fn check(root: &Path) -> Vec<Verdict> {
    match read(root) {
        Ok((deny, metadata)) => verdicts(&deny, &metadata),
        Err(why) => vec![Verdict::of("dependency policy", vec![why])],
    }
}

fn verdicts(deny: &Deny, metadata: &Metadata) -> Vec<Verdict> {
    vec![
        Verdict::of("dependencies: licences", licences::faults(deny, metadata)),
        Verdict::of("dependencies: sources", sources::faults(deny, metadata)),
        Verdict::of("dependencies: banned packages", banned::faults(deny, metadata)),
        Verdict::of("dependencies: who may use which package", reach::faults(metadata)),
        Verdict::of("dependencies: who may import whom", edges::faults(metadata)),
        Verdict::of("dependencies: no features of our own", features::faults(metadata)),
        Verdict {
            remarks: duplicates::remarks(deny, metadata),
            ..Verdict::of("dependencies: two versions of one package", Vec::new())
        },
    ]
}

/// `cargo metadata` also lists packages that a weak feature (`ring?/alloc`) only would bring; this lists what is built, on
/// whichever platform.
const TREE: &[&str] = &["tree", "--workspace", "--target", "all", "--prefix", "none", "--format", "{p}", "--locked"];

fn read(root: &Path) -> Result<(Deny, Metadata), String> {
    let text = fs::read_to_string(root.join("deny.toml")).map_err(|error| format!("deny.toml: {error}"))?;
    let deny = Deny::parse(&text).map_err(|error| format!("deny.toml: {error}"))?;
    let json = shell::output(&mut shell::cargo(root, &["metadata", "--format-version", "1", "--locked"]))?;
    let mut metadata: Metadata = serde_json::from_slice(&json).map_err(|error| format!("cargo metadata: {error}"))?;
    let tree = shell::output(&mut shell::cargo(root, TREE))?;
    metadata.keep_what_is_built(&String::from_utf8_lossy(&tree));
    Ok((deny, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_workspace_passes_every_rule() {
        for verdict in verdicts(&sample::deny(), &sample::sound()) {
            assert_eq!((verdict.faults, verdict.remarks), (Vec::new(), Vec::new()), "{}", verdict.rule);
        }
    }
}
