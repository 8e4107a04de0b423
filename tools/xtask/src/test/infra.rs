//! Part `infra`: the type check and the tests of the CDK app in `infra/`, where cdk-nag and cfn-lint judge the templates too. It
//! needs no AWS account and deploys nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Count;
use crate::shell;
use crate::tools::{self, Node, packed};

const CFN_LINT: &str = "tools/xtask/src/test/infra/requirements.txt";

pub(crate) fn run(root: &Path) -> Count {
    let infra = root.join("infra");
    match install(root) {
        // The tests do not check types.
        Ok((node, cfn_lint)) => [types(&node, &infra), tests(&node, &infra, &cfn_lint)].into_iter().sum(),
        Err(why) => Count::failure("infra", &why),
    }
}

/// Installs the packages of the app and returns the Node that runs it, and the program cfn-lint.
fn install(root: &Path) -> Result<(Node, PathBuf), String> {
    let (python, made) = (tools::python()?, root.join("target/tools"));
    let node = packed::node(&python, root, &made)?;
    packed::in_folder(&root.join("infra"), &node)?;
    let environment = packed::environment(&python, &made, &[root.join(CFN_LINT)])?;
    Ok((node, environment.with_file_name("cfn-lint")))
}

fn types(node: &Node, infra: &Path) -> Count {
    let mut tsc = in_infra(node, infra);
    let holds = shell::succeeds(tsc.arg("node_modules/typescript/bin/tsc").arg("--noEmit"));
    Count::of(holds, "types")
}

fn tests(node: &Node, infra: &Path, cfn_lint: &Path) -> Count {
    let words = ["--import", "tsx", "--test", "--test-reporter", "./test/reporter.mjs"];
    match test_files(infra, "test", ".test.ts") {
        Ok(files) => Count::of_suite(in_infra(node, infra).env("CFN_LINT", cfn_lint).args(words).args(files)),
        Err(why) => Count::failure("infra", &why),
    }
}

/// The test files of a package, relative to it. The oldest Node that we accept does not expand patterns.
pub(super) fn test_files(package: &Path, under: &str, ending: &str) -> Result<Vec<PathBuf>, String> {
    let folder = package.join(under);
    let names = crate::files::below(&folder, |name| name == "node_modules");
    let names = names.map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = names.iter().filter(|name| name.ends_with(ending));
    let files: Vec<PathBuf> = names.map(|name| Path::new(under).join(name)).collect();
    if files.is_empty() { Err(format!("{} has no tests", folder.display())) } else { Ok(files) }
}

fn in_infra(node: &Node, infra: &Path) -> Command {
    let mut command = Command::new(&node.program);
    command.current_dir(infra).env("CDK_DISABLE_CLI_TELEMETRY", "true");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_file_is_found() {
        let infra = shell::root().join("infra");
        let files = test_files(&infra, "test", ".test.ts").expect("there are tests");
        assert!(files.contains(&PathBuf::from("test/permissions.test.ts")), "{files:?}");
        assert!(!files.contains(&PathBuf::from("test/support.ts")), "{files:?}");
        assert!(test_files(&shell::root(), "docs", ".test.ts").is_err());
    }

    #[test]
    fn every_package_is_pinned_by_hash_and_comes_from_the_registry() {
        packed::tests::npm_packages_are_pinned(&shell::root().join("infra"));
        packed::tests::python_packages_are_pinned(&shell::root().join(CFN_LINT));
    }
}
