//! What we read of `cargo metadata`: packages, what they declare, and what that resolved to.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde::Deserialize;

/// The whole answer.
#[derive(Deserialize)]
pub(super) struct Metadata {
    /// Every package in the graph, for every platform.
    pub(super) packages: Vec<Package>,
    workspace_members: Vec<String>,
    workspace_root: String,
    resolve: Resolve,
}

/// One version of one package.
#[derive(Deserialize)]
pub(super) struct Package {
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: Version,
    /// An SPDX expression, if it states one.
    pub(super) license: Option<String>,
    /// Where it comes from; nothing for a folder.
    pub(super) source: Option<String>,
    /// Its features; optional dependencies make some too.
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// What its manifest asks for.
    pub(super) dependencies: Vec<Declared>,
    id: String,
    manifest_path: String,
}

/// A dependency as a manifest declares it.
#[derive(Deserialize)]
pub(super) struct Declared {
    /// The package's own name, whatever it is renamed to.
    pub(super) name: String,
    /// Whether only a feature brings it.
    pub(super) optional: bool,
    /// The folder, if it is one.
    pub(super) path: Option<String>,
    kind: Option<Kind>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Dev,
    Build,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

impl Metadata {
    /// Our own packages, each with its folder relative to the workspace.
    pub(super) fn ours(&self) -> impl Iterator<Item = (&str, &Package)> {
        let ours = self.packages.iter().filter(|package| self.is_ours(package));
        ours.map(|package| (self.folder(package.manifest_path.trim_end_matches("Cargo.toml")), package))
    }

    /// Whether the workspace holds it.
    pub(super) fn is_ours(&self, package: &Package) -> bool {
        self.workspace_members.contains(&package.id)
    }

    /// A path relative to the workspace; one outside stays whole.
    pub(super) fn folder<'a>(&self, path: &'a str) -> &'a str {
        let inside = path.strip_prefix(&self.workspace_root).and_then(|rest| rest.strip_prefix(['/', '\\']));
        inside.unwrap_or(path).trim_end_matches(['/', '\\'])
    }

    /// Who brought a package in, by name and version.
    pub(super) fn dependents(&self, of: &Package) -> String {
        let nodes = self.resolve.nodes.iter().filter(|node| node.dependencies.contains(&of.id));
        let packages = nodes.filter_map(|node| self.packages.iter().find(|package| package.id == node.id));
        packages.map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl Declared {
    /// Whether only tests, examples and benches see it.
    pub(super) fn is_for_tests(&self) -> bool {
        self.kind == Some(Kind::Dev)
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
