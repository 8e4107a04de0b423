//! What we read of `cargo metadata`: packages, what they declare, and what that resolved to.

use std::collections::{BTreeMap, BTreeSet};
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

    /// Forgets packages that no line of `cargo tree` names (`name v1.2.3`, and perhaps more words).
    pub(super) fn keep_what_is_built(&mut self, tree: &str) {
        let built: BTreeSet<(&str, &str)> = tree
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                Some((words.next()?, words.next()?.strip_prefix('v')?))
            })
            .collect();
        self.packages.retain(|package| built.contains(&(package.name.as_str(), package.version.to_string().as_str())));
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

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn packages_that_are_not_built_are_forgotten() {
        let mut metadata = sample::sound();
        metadata.keep_what_is_built(
            "till-app v0.1.0 (/till/shared/app)\n\nuseful v1.0.0\nuseful v1.0.0 (*)\nhelper v2.0.1\n",
        );
        let left: Vec<String> = metadata.packages.iter().map(ToString::to_string).collect();
        assert_eq!(left, ["till-app 0.1.0", "useful 1.0.0"]);
    }
}
