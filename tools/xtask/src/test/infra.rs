//! Part `infra`: the CDK app in `infra/` has its types right, and its tests pass. Installs its packages once, by their lock
//! file, and counts what the tests say. It needs no AWS account and deploys nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Count;
use super::peers::{counted, failed};
use crate::shell;
use crate::tools::{self, Node, packed};

/// Checks the types, then runs the tests: they run without types being looked at.
pub(crate) fn run(root: &Path) -> Count {
    let infra = root.join("infra");
    match ready(root) {
        Ok(node) => [types(&node, &infra), tests(&node, &infra)].into_iter().sum(),
        Err(why) => failed("infra", &[why]),
    }
}

/// Node, with everything in place that the app imports.
fn ready(root: &Path) -> Result<Node, String> {
    let python = tools::python()?;
    let node = packed::node(&python, root, &root.join("target/tools"))?;
    packed::infra(root, &node)?;
    Ok(node)
}

fn types(node: &Node, infra: &Path) -> Count {
    let mut tsc = started(node, infra);
    Count::of(shell::succeeds(tsc.arg("node_modules/typescript/bin/tsc").arg("--noEmit")))
}

fn tests(node: &Node, infra: &Path) -> Count {
    match test_files(infra) {
        Ok(files) => {
            let words = ["--import", "tsx", "--test", "--test-reporter", "./test/reporter.mjs"];
            counted(started(node, infra).args(words).args(files))
        }
        Err(why) => failed("infra", &[why]),
    }
}

/// By name: the Node that we ask for at least does not look for files itself.
fn test_files(infra: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = infra.join("test");
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    let names = fs::read_dir(&folder).map_err(told)?.map(|entry| entry.map(|entry| entry.file_name()));
    let names = names.collect::<Result<Vec<_>, _>>().map_err(told)?;
    let mut files: Vec<PathBuf> = names.into_iter().map(|name| Path::new("test").join(name)).collect();
    files.retain(|file| file.to_string_lossy().ends_with(".test.ts"));
    files.sort();
    if files.is_empty() { Err(format!("{} holds no tests", folder.display())) } else { Ok(files) }
}

fn started(node: &Node, infra: &Path) -> Command {
    let mut command = Command::new(&node.program);
    command.current_dir(infra).env("CDK_DISABLE_CLI_TELEMETRY", "true");
    command
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn infra() -> PathBuf {
        shell::root().join("infra")
    }

    #[test]
    fn every_test_file_is_found() {
        let files = test_files(&infra()).expect("there are tests");
        assert!(files.contains(&PathBuf::from("test/permissions.test.ts")), "{files:?}");
        assert!(!files.contains(&PathBuf::from("test/support.ts")), "{files:?}");
        assert!(test_files(&shell::root().join("docs")).is_err());
    }

    #[test]
    fn every_package_is_pinned_by_hash_and_comes_from_the_registry() {
        let lock = fs::read(infra().join("package-lock.json")).expect("the lock file is there");
        let lock: Value = serde_json::from_slice(&lock).expect("it is JSON");
        let packages = lock["packages"].as_object().expect("it lists packages");
        // What the CDK brings within its own archive carries no hash of its own.
        let fetched = packages.iter().filter(|(name, package)| !name.is_empty() && package["inBundle"].is_null());
        assert!(fetched.clone().count() > 3);
        for (name, package) in fetched {
            assert!(package["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-")), "{name}");
            let source = package["resolved"].as_str().unwrap_or("https://registry.npmjs.org/");
            assert!(source.starts_with("https://registry.npmjs.org/"), "{name}: {source}");
        }
    }
}
