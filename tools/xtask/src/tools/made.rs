//! Folders that are made once, as those of installed packages. The name of a folder has the hash of its sources in it, and a
//! file marks it as finished; one that was not finished is made again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell;

/// Makes a folder unless it is finished.
pub(crate) fn finished(folder: &Path, make: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let mark = folder.join("finished");
    if mark.is_file() {
        return Ok(());
    }
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)?;
    make()?;
    fs::write(mark, "").map_err(failed)
}

/// The hash of a version and of the contents of files.
pub(crate) fn hash(version: &str, files: &[PathBuf]) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    for file in files {
        fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Runs a program that installs or makes something.
pub(crate) fn must(command: &mut Command) -> Result<(), String> {
    if shell::succeeds(command) { Ok(()) } else { Err("a program failed: see above".to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::env;

    use super::*;

    #[test]
    fn unfinished_folder_is_made_again_and_a_finished_one_kept() {
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
        assert!(!folder.join("left-1").exists(), "the files of the interrupted run are removed");
        assert_eq!(make(Ok(())), Ok(()));
        assert_eq!(times.get(), 2, "a finished folder is kept");
        fs::remove_dir_all(&folder).expect("the folder can be removed");
    }

    #[test]
    fn hash_changes_with_version_and_files() {
        let files = [shell::root().join("Cargo.lock")];
        let one = hash("3.11", &files);
        assert!(one.is_ok());
        assert_ne!(one, hash("3.12", &files));
        assert_ne!(one, hash("3.11", &[shell::root().join("Cargo.toml")]));
        assert!(hash("", &[shell::root().join("no-such-file")]).is_err());
    }
}
