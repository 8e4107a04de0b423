//! The copy of the sources with all mutants in it: a workspace of its own in `target/mutants`, built once.
//!
//! What has not changed is not written again, so that a second build has nothing to do.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::rows::Mutant;
use super::splice::splice;
use crate::shell;

/// What the simulator is made of. It needs nothing else.
const CRATES: [&str; 4] = ["shared/domain", "shared/app", "tests/memory", "tests/simulator"];
const RUNNER: &str = "tests/mutants/runner";
const SWITCH: &str = "tests/mutants/runner/switch.rs";
const DOMAIN: &str = "shared/domain/";
const COPY: &str = "target/mutants";

/// Makes the copy and builds it; gives the program that runs a mutant.
pub(crate) fn build(root: &Path, mutants: &[Mutant]) -> Result<PathBuf, Vec<String>> {
    let copy = root.join(COPY);
    let files = mutated(root, mutants)?;
    write(&copy, &files).map_err(|error| vec![format!("{}: {error}", copy.display())])?;
    if shell::succeeds(&mut cargo(root, &["build", "--package", "till-mutants"])) {
        Ok(copy.join("target/quick/till-mutants"))
    } else {
        Err(vec!["the sources with the mutants in them do not compile: see above which text is at fault".to_owned()])
    }
}

/// Tries a property of the wallets in the copy, with the same values each time.
pub(crate) fn property(root: &Path, name: &str) -> Command {
    let mut cargo = cargo(root, &["test", "--package", "till-domain", "--test", "wallets"]);
    cargo.args(["--", "--exact", name]);
    cargo.env("PROPTEST_CASES", "1000").env("PROPTEST_RNG_SEED", "1").env("PROPTEST_MAX_SHRINK_ITERS", "0");
    cargo
}

fn cargo(root: &Path, words: &[&str]) -> Command {
    let (command, rest) = words.split_first().unwrap_or((&"", &[]));
    let mut cargo = shell::cargo(&root.join(COPY), &[command, "--quiet", "--profile", "quick"]);
    // A replaced text leaves names unused and parentheses too many.
    cargo.args(rest).env("RUSTFLAGS", "--cap-lints=allow").env("CARGO_TARGET_DIR", "target");
    cargo
}

/// Every file of the copy, by its path, with its text.
fn mutated(root: &Path, mutants: &[Mutant]) -> Result<Vec<(String, String)>, Vec<String>> {
    let mut files = Vec::new();
    let mut faults = Vec::new();
    for name in sources(root).map_err(|error| vec![format!("the sources cannot be read: {error}")])? {
        let text = fs::read_to_string(root.join(&name)).map_err(|error| vec![format!("{name}: {error}")])?;
        let is_on = if name.starts_with(DOMAIN) { "crate::mutants::is_on" } else { "till_domain::mutants::is_on" };
        match splice(&name, &text, mutants, is_on) {
            Ok(text) => files.push((name, text)),
            Err(found) => faults.extend(found),
        }
    }
    for mutant in mutants {
        let unknown = mutant.edits.iter().filter(|edit| files.iter().all(|(name, _)| *name != edit.file));
        if faults.is_empty() {
            faults.extend(unknown.map(|edit| format!("mutant {}: there is no source {}", mutant.name, edit.file)));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    for (name, text) in &mut files {
        match name.as_str() {
            "Cargo.toml" => *text = workspace(text)?,
            "shared/domain/src/lib.rs" => text.push_str("\npub mod mutants;\n"),
            SWITCH => "shared/domain/src/mutants.rs".clone_into(name),
            _ => {}
        }
    }
    Ok(files)
}

/// The workspace's own manifest with the copied crates as its members.
fn workspace(manifest: &str) -> Result<String, Vec<String>> {
    let members = CRATES.iter().chain([&RUNNER]).map(|member| format!("\"{member}\""));
    let members = format!("members = [{}]", members.collect::<Vec<_>>().join(", "));
    let (of_members, of_exclude) = ("members = [", "exclude = [");
    let has = |start: &str| manifest.lines().filter(|line| line.starts_with(start)).count() == 1;
    if !has(of_members) || !has(of_exclude) {
        return Err(vec!["Cargo.toml: `members` and `exclude` do not stand on one line each".to_owned()]);
    }
    let lines = manifest.lines().filter(|line| !line.starts_with(of_exclude));
    let lines = lines.map(|line| if line.starts_with(of_members) { members.as_str() } else { line });
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// The files to copy, by their paths from the root.
fn sources(root: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::from(["Cargo.toml".to_owned(), "Cargo.lock".to_owned()]);
    let mut folders: Vec<String> = CRATES.iter().chain([&RUNNER]).map(|name| (*name).to_owned()).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else if [".rs", "Cargo.toml"].iter().any(|end| name.ends_with(end)) {
                names.insert(name);
            }
        }
    }
    Ok(names)
}

fn write(copy: &Path, files: &[(String, String)]) -> io::Result<()> {
    // A source that is gone must not be found by the build.
    for folder in ["shared", "tests"] {
        remove_others(copy, folder, files)?;
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

fn remove_others(copy: &Path, folder: &str, files: &[(String, String)]) -> io::Result<()> {
    let entries = match fs::read_dir(copy.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            remove_others(copy, &name, files)?;
        } else if files.iter().all(|(wanted, _)| *wanted != name) {
            fs::remove_file(entry.path())?;
        }
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
    fn a_file_that_is_not_there_is_named() {
        let root = shell::root();
        let mut mutant = rows::read(&root).unwrap().swap_remove(0);
        mutant.edits = vec![Edit { file: "shared/domain/src/gone.rs".into(), from: "a".into(), to: "b".into() }];
        let named = format!("mutant {}: there is no source shared/domain/src/gone.rs", mutant.name);
        assert_eq!(mutated(&root, &[mutant]), Err(vec![named]));
    }

    #[test]
    fn the_copy_has_members_of_its_own() {
        let text = workspace("[workspace]\nmembers = [\"functions/*\"]\nexclude = [\"x\"]\nrest = 1\n").unwrap();
        assert!(text.starts_with("[workspace]\nmembers = [\"shared/domain\", ") && text.ends_with("]\nrest = 1\n"));
        assert!(workspace("members = [\n").is_err());
    }
}
