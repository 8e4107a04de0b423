//! Installs the functions of other languages below `target/bench/peers`, with their packages from lock files that pin every
//! hash.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::made::{finished, hash, must};
use crate::tools::{self, packed};

pub(super) struct Peers {
    /// Has a folder for each language.
    folder: PathBuf,
    /// Of the environment with the packages.
    python: PathBuf,
    node: PathBuf,
}

impl Peers {
    /// Says to a benchmark where they are.
    pub(super) fn name_to(&self, bench: &mut Command) {
        bench.arg("--peers").arg(&self.folder).arg("--python").arg(&self.python).arg("--node").arg(&self.node);
    }
}

const PYTHON: &[&str] = &["create_order.py", "shop.py", "wechat_callback.py"];
const NODE: &[&str] =
    &["bootstrap.cjs", "create-order.mjs", "package-lock.json", "package.json", "shop.mjs", "wechat-callback.mjs"];

pub(super) fn install(root: &Path) -> Result<Peers, String> {
    let (sources, made) = (root.join("tools/bench/peers"), root.join("target/bench/peers"));
    let python = tools::python()?;
    let packages = packed::environment(&python, &made, &[sources.join("python/requirements.txt")])?;
    let node = packed::node(&python, root, &made)?;
    let all = [("python", PYTHON), ("node", NODE)];
    let from = &sources;
    let files = all.iter().flat_map(|(folder, names)| names.iter().map(move |name| from.join(folder).join(name)));
    let folder = made.join(format!("code-{}", hash(&python.version, &files.collect::<Vec<_>>())?));
    finished(&folder, || {
        for (language, names) in all {
            copy(&sources.join(language), &folder.join(language), names)?;
        }
        // As AWS's own packages are: the first start need not compile them.
        let mut compile = std::process::Command::new(&packages);
        must(compile.args(["-m", "compileall", "-q"]).arg(folder.join("python")))?;
        let bundle = folder.join("node");
        packed::npm_ci(&node, &bundle)?;
        must(node.npm().args(["run", "build", "--silent"]).current_dir(&bundle))
    })?;
    Ok(Peers { folder, python: packages, node: node.program })
}

fn copy(from: &Path, to: &Path, names: &[&str]) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    for name in names {
        let file = from.join(name);
        fs::copy(&file, to.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell;

    #[test]
    fn every_package_of_the_other_languages_is_pinned_by_hash() {
        let sources = shell::root().join("tools/bench/peers");
        packed::tests::python_packages_are_pinned(&sources.join("python/requirements.txt"));
        packed::tests::npm_packages_are_pinned(&sources.join("node"));
    }
}
