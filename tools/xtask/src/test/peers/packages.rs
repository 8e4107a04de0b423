//! Installs the providers' SDKs below `target/peers` from lock files, which pin the hash of every package.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tools::made::{finished, hash};
use crate::tools::{self, Node, Python, packed};

#[derive(Clone, Debug)]
pub(super) struct Packages {
    pub(super) python: PathBuf,
    pub(super) node: PathBuf,
    /// The folder with the SDKs for Node.
    pub(super) node_modules: PathBuf,
}

impl Packages {
    pub(super) fn install(root: &Path) -> Result<Self, String> {
        let (locks, made) = (root.join("tests/peers"), root.join("target/peers"));
        let python = tools::python()?;
        let files = ["build", "requirements"].map(|name| locks.join(format!("python/{name}.txt")));
        let sdks = packed::environment(&python, &made, &files)?;
        let (node, node_modules) = install_node(root, &locks, &made, &python)?;
        Ok(Self { python: sdks, node: node.program, node_modules })
    }
}

fn install_node(root: &Path, locks: &Path, made: &Path, python: &Python) -> Result<(Node, PathBuf), String> {
    let node = packed::node(python, root, made)?;
    let files = ["package.json", "package-lock.json"].map(|name| locks.join("node").join(name));
    let folder = made.join(format!("node-{}", hash("", &files)?));
    finished(&folder, || {
        for file in &files {
            let name = file.file_name().unwrap_or_default();
            fs::copy(file, folder.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        packed::npm_ci(&node, &folder)
    })?;
    Ok((node, folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell;

    #[test]
    fn every_package_of_node_is_pinned_by_hash_and_has_no_install_script() {
        let lock = packed::tests::npm_packages_are_pinned(&shell::root().join("tests/peers/node"));
        for (name, package) in lock["packages"].as_object().expect("the lock file lists packages") {
            assert!(package["hasInstallScript"].is_null(), "{name} has an install script");
        }
    }

    #[test]
    fn every_package_of_python_is_pinned_by_hash() {
        for name in ["build", "requirements", "node"] {
            packed::tests::python_packages_are_pinned(&shell::root().join(format!("tests/peers/python/{name}.txt")));
        }
    }
}
