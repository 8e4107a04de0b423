//! The part of `cargo metadata` that the rules read: our packages and the dependencies that they declare.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Metadata {
    /// All packages of the graph, for all platforms.
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    workspace_root: String,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) features: BTreeMap<String, Vec<String>>,
    pub(super) dependencies: Vec<Declared>,
    id: String,
    manifest_path: String,
}

/// A dependency as a manifest declares it.
#[derive(Deserialize)]
pub(super) struct Declared {
    /// The name of the package, even where the manifest renames it.
    pub(super) name: String,
    pub(super) optional: bool,
    /// The folder of a path dependency.
    pub(super) path: Option<String>,
    kind: Option<Kind>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Dev,
    Build,
}

impl Metadata {
    /// The packages of the workspace, each with its folder relative to the root.
    pub(super) fn ours(&self) -> impl Iterator<Item = (&str, &Package)> {
        let ours = self.packages.iter().filter(|package| self.workspace_members.contains(&package.id));
        ours.map(|package| (self.folder(package.manifest_path.trim_end_matches("Cargo.toml")), package))
    }

    /// A path relative to the root; a path outside the workspace stays absolute.
    pub(super) fn folder<'a>(&self, path: &'a str) -> &'a str {
        let inside = path.strip_prefix(&self.workspace_root).and_then(|rest| rest.strip_prefix(['/', '\\']));
        inside.unwrap_or(path).trim_end_matches(['/', '\\'])
    }
}

impl Declared {
    pub(super) fn is_for_tests(&self) -> bool {
        self.kind == Some(Kind::Dev)
    }
}
