//! Folders that are made once: each carries the hash of what it was made from in its name, and a mark when it was finished;
//! one that was not finished is made anew.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell;

/// Makes a folder, unless it was made to the end before.
pub(crate) fn finished(folder: &Path, make: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
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
pub(crate) fn hash(version: &str, files: &[PathBuf]) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    for file in files {
        fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

pub(crate) fn must(command: &mut Command) -> Result<(), String> {
    if shell::succeeds(command) { Ok(()) } else { Err("its packages cannot be installed: see above".to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::env;

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

    fn root() -> PathBuf {
        shell::root()
    }
}
