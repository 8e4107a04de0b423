//! The SDKs, installed under `target/peers` by their lock files, which pin every package's hash. No package's own
//! script runs, except that the one Python package without a wheel is built, by a pinned builder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tools::made::{finished, hash};
use crate::tools::{self, Node, Python, packed};

#[derive(Clone, Debug)]
pub(super) struct Packages {
    pub(super) python: PathBuf,
    pub(super) node: PathBuf,
    /// The folder that holds Node's SDKs.
    pub(super) node_modules: PathBuf,
}

impl Packages {
    pub(super) fn ready(root: &Path) -> Result<Self, Vec<String>> {
        let place = Place { root, locks: root.join("tests/peers"), made: root.join("target/peers") };
        let python = tools::python().map_err(|why| vec![why])?;
        let (sdks, node) = (place.python(&python), place.node(&python));
        match (sdks, node) {
            (Ok(sdks), Ok((node, node_modules))) => Ok(Self { python: sdks, node: node.program, node_modules }),
            (sdks, node) => Err([sdks.err(), node.err()].into_iter().flatten().collect()),
        }
    }
}

/// Where lock files lie, and where packages go.
struct Place<'a> {
    root: &'a Path,
    locks: PathBuf,
    made: PathBuf,
}

impl Place<'_> {
    /// An environment with the SDKs for Python.
    fn python(&self, python: &Python) -> Result<PathBuf, String> {
        let files = ["build", "requirements"].map(|name| self.locks.join(format!("python/{name}.txt")));
        packed::environment(python, &self.made, &files)
    }

    /// Node, this machine's or else PyPI's, and a folder with the SDKs.
    fn node(&self, python: &Python) -> Result<(Node, PathBuf), String> {
        let node = packed::node(python, self.root, &self.made)?;
        let files = ["package.json", "package-lock.json"].map(|name| self.locks.join("node").join(name));
        let folder = self.made.join(format!("node-{}", hash("", &files)?));
        finished(&folder, || {
            for file in &files {
                let name = file.file_name().unwrap_or_default();
                fs::copy(file, folder.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
            }
            packed::npm_ci(&node, &folder)
        })?;
        Ok((node, folder))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use crate::shell;

    use super::*;

    #[test]
    fn every_package_of_node_is_pinned_by_hash_and_runs_no_script() {
        let lock = fs::read(root().join("tests/peers/node/package-lock.json")).expect("the lock file is there");
        let lock: Value = serde_json::from_slice(&lock).expect("it is JSON");
        let packages = lock["packages"].as_object().expect("it lists packages");
        assert!(packages.len() > 3);
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
            let source = package["resolved"].as_str().unwrap_or("https://registry.npmjs.org/");
            assert!(source.starts_with("https://registry.npmjs.org/"), "{name}: {source}");
            assert!(package["hasInstallScript"].is_null(), "{name} wants to run a script");
        }
    }

    #[test]
    fn every_package_of_python_is_pinned_by_hash() {
        for name in ["build", "requirements", "node"] {
            let file = root().join(format!("tests/peers/python/{name}.txt"));
            let text = fs::read_to_string(file).expect("the lock file is there");
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
            for pair in lines.windows(2).filter(|pair| pair[0].contains("==")) {
                assert!(pair[1].starts_with("--hash=sha256:"), "{name}: {}", pair[0]);
            }
            assert!(lines.iter().any(|line| line.contains("==")), "{name}");
        }
    }

    fn root() -> PathBuf {
        shell::root()
    }
}
