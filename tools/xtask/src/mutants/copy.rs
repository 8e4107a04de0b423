//! The copy of the sources that has all mutants in it: a workspace of its own in `target/mutants`. A file that has not
//! changed is not written again, so that a second build has nothing to do.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::rows::Mutant;
use super::splice::splice;
use crate::{files, shell};

/// The crates that the simulator consists of.
const CRATES: [&str; 4] = ["shared/domain", "shared/app", "tests/memory", "tests/simulator"];
const RUNNER: &str = "tests/mutants/runner";
const SWITCH: &str = "tests/mutants/runner/switch.rs";
const DOMAIN: &str = "shared/domain/";
const COPY: &str = "target/mutants";

/// Makes the copy, builds it, and returns the program that runs a mutant.
pub(crate) fn build(root: &Path, mutants: &[Mutant]) -> Result<PathBuf, Vec<String>> {
    let copy = root.join(COPY);
    let files = mutated(root, mutants)?;
    write(&copy, &files).map_err(|error| vec![format!("{}: {error}", copy.display())])?;
    if shell::succeeds(&mut cargo(root, &["build", "--package", "till-mutants"])) {
        Ok(copy.join("target/quick/till-mutants"))
    } else {
        Err(vec!["the sources with the mutants in them do not compile: the errors above show which text".to_owned()])
    }
}

/// The command that tests a property of the wallets in the copy, with the same values each time.
pub(crate) fn property(root: &Path, name: &str) -> Command {
    let mut cargo = cargo(root, &["test", "--package", "till-domain", "--test", "wallets"]);
    cargo.args(["--", "--exact", name]);
    cargo.env("PROPTEST_CASES", "1000").env("PROPTEST_RNG_SEED", "1").env("PROPTEST_MAX_SHRINK_ITERS", "0");
    cargo
}

fn cargo(root: &Path, words: &[&str]) -> Command {
    cargo_in(&root.join(COPY), words)
}

/// Cargo in a copy.
pub(super) fn cargo_in(copy: &Path, words: &[&str]) -> Command {
    let (command, rest) = words.split_first().unwrap_or((&"", &[]));
    let mut cargo = shell::cargo(copy, &[command, "--quiet", "--profile", "quick"]);
    // A replacement may leave names unused, and the splice adds parentheses.
    cargo.args(rest).env("RUSTFLAGS", "--cap-lints=allow").env("CARGO_TARGET_DIR", "target");
    cargo
}

/// The path and the text of each file of the copy.
fn mutated(root: &Path, mutants: &[Mutant]) -> Result<Vec<(String, String)>, Vec<String>> {
    let mut faults = Vec::new();
    let files = changed(root, |name, text| {
        let is_on = format!("{}::is_on", switch_for(name));
        splice(name, &text, mutants, &is_on).unwrap_or_else(|found| {
            faults.extend(found);
            text
        })
    })?;
    for mutant in mutants {
        let unknown = mutant.edits.iter().filter(|edit| files.iter().all(|(name, _)| *name != edit.file));
        if faults.is_empty() {
            faults.extend(unknown.map(|edit| format!("mutant {}: there is no file {}", mutant.name, edit.file)));
        }
    }
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

/// The path and the text of each file of a copy, with `change` applied to each source.
pub(super) fn changed(
    root: &Path,
    mut change: impl FnMut(&str, String) -> String,
) -> Result<Vec<(String, String)>, Vec<String>> {
    let mut files = Vec::new();
    for name in sources(root).map_err(|error| vec![format!("the sources cannot be read: {error}")])? {
        let text = fs::read_to_string(root.join(&name)).map_err(|error| vec![format!("{name}: {error}")])?;
        let mut text = change(&name, text);
        match name.as_str() {
            "Cargo.toml" => text = workspace(&text)?,
            "shared/domain/src/lib.rs" => text.push_str("\npub mod mutants;\n"),
            _ => {}
        }
        files.push((if name == SWITCH { "shared/domain/src/mutants.rs".to_owned() } else { name }, text));
    }
    Ok(files)
}

/// The module of the copy that says which mutant is on, as a source names it.
pub(super) fn switch_for(name: &str) -> &'static str {
    if name.starts_with(DOMAIN) { "crate::mutants" } else { "till_domain::mutants" }
}

/// The manifest of the workspace, with the copied crates as its members.
fn workspace(manifest: &str) -> Result<String, Vec<String>> {
    let members = CRATES.iter().chain([&RUNNER]).map(|member| format!("\"{member}\""));
    let members = format!("members = [{}]", members.collect::<Vec<_>>().join(", "));
    let (of_members, of_exclude) = ("members = [", "exclude = [");
    let has = |start: &str| manifest.lines().filter(|line| line.starts_with(start)).count() == 1;
    if !has(of_members) || !has(of_exclude) {
        return Err(vec!["Cargo.toml: `members` and `exclude` must each be one line".to_owned()]);
    }
    let lines = manifest.lines().filter(|line| !line.starts_with(of_exclude));
    let lines = lines.map(|line| if line.starts_with(of_members) { members.as_str() } else { line });
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// The files to copy, as paths from the root.
fn sources(root: &Path) -> io::Result<Vec<String>> {
    let mut names = vec!["Cargo.toml".to_owned(), "Cargo.lock".to_owned()];
    for member in CRATES.iter().chain([&RUNNER]) {
        let files = files::below(&root.join(member), |_| false)?;
        let ours = files.into_iter().filter(|name| [".rs", "Cargo.toml"].iter().any(|end| name.ends_with(end)));
        names.extend(ours.map(|name| format!("{member}/{name}")));
    }
    Ok(names)
}

pub(super) fn write(copy: &Path, files: &[(String, String)]) -> io::Result<()> {
    // The build would still compile a source that has been deleted.
    let is_wanted = |path: &str| files.iter().any(|(name, _)| name == path);
    for folder in ["shared", "tests"].into_iter().filter(|folder| copy.join(folder).is_dir()) {
        let there = files::below(&copy.join(folder), |_| false)?.into_iter().map(|name| format!("{folder}/{name}"));
        for path in there.filter(|path| !is_wanted(path)) {
            fs::remove_file(copy.join(path))?;
        }
    }
    for (name, text) in files {
        let path = copy.join(name);
        if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::rows::{self, Edit};

    #[test]
    fn every_mutant_fits_the_sources() {
        let root = shell::root();
        let mutants = rows::read(&root).unwrap();
        assert_eq!(mutated(&root, &mutants).err(), None);
    }

    #[test]
    fn missing_file_is_named() {
        let root = shell::root();
        let mut mutant = rows::read(&root).unwrap().swap_remove(0);
        mutant.edits = vec![Edit { file: "shared/domain/src/gone.rs".into(), from: "a".into(), to: "b".into() }];
        let named = format!("mutant {}: there is no file shared/domain/src/gone.rs", mutant.name);
        assert_eq!(mutated(&root, &[mutant]), Err(vec![named]));
    }

    #[test]
    fn copied_manifest_has_its_own_members() {
        let text = workspace("[workspace]\nmembers = [\"functions/*\"]\nexclude = [\"x\"]\nrest = 1\n").unwrap();
        assert!(text.starts_with("[workspace]\nmembers = [\"shared/domain\", ") && text.ends_with("]\nrest = 1\n"));
        assert!(workspace("members = [\n").is_err());
    }
}
