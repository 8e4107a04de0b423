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
    packed::infra(root, &node)?;
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
    match test_files(infra) {
        Ok(files) => Count::of_suite(in_infra(node, infra).env("CFN_LINT", cfn_lint).args(words).args(files)),
        Err(why) => Count::failure("infra", &why),
    }
}

/// The oldest Node that we accept does not expand patterns of test files.
fn test_files(infra: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = infra.join("test");
    let names = crate::files::below(&folder, |_| true).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = names.iter().filter(|name| name.ends_with(".test.ts"));
    let files: Vec<PathBuf> = names.map(|name| Path::new("test").join(name)).collect();
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
        let files = test_files(&infra).expect("there are tests");
        assert!(files.contains(&PathBuf::from("test/permissions.test.ts")), "{files:?}");
        assert!(!files.contains(&PathBuf::from("test/support.ts")), "{files:?}");
        assert!(test_files(&shell::root().join("docs")).is_err());
    }

    #[test]
    fn every_package_is_pinned_by_hash_and_comes_from_the_registry() {
        packed::tests::npm_packages_are_pinned(&shell::root().join("infra"));
        packed::tests::python_packages_are_pinned(&shell::root().join(CFN_LINT));
    }
}
