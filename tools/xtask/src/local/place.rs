//! The folder in which a stack on this machine keeps its files, and how such files are read and written.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
}

impl Place {
    /// The folder need not exist.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Describes the running emulator, for `down` and for a second `up`.
    pub(crate) fn running(&self) -> PathBuf {
        self.folder.join("running.json")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// The temporary files of the emulator and of the functions.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// The output of the emulator and of the functions.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("emulator.log")
    }

    /// A copy of the launcher, which is built into this program.
    pub(crate) fn launcher(&self) -> PathBuf {
        self.folder.join("launcher.py")
    }

    /// The keys of both sides of the sandbox.
    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    pub(crate) fn templates(&self) -> PathBuf {
        self.folder.join("cdk.out")
    }

    pub(crate) fn outputs(&self) -> PathBuf {
        self.folder.join("outputs.json")
    }

    /// Makes the folders, which only their owner may read.
    pub(crate) fn make(&self) -> Result<(), String> {
        for folder in [&self.folder, &self.state(), &self.temporary(), &self.keys()] {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).map_err(|error| file_error(folder, &error))?;
        }
        Ok(())
    }

    /// Deletes what a stack has stored. Templates and launcher stay: they are made again when they have changed.
    pub(crate) fn forget(&self) -> Result<(), String> {
        for folder in [self.state(), self.temporary(), self.keys()] {
            removed(fs::remove_dir_all(&folder), &folder)?;
        }
        removed(fs::remove_file(self.outputs()), &self.outputs())
    }
}

/// Writes a file that only its owner may read. It is written beside and renamed, so that no half of it is ever read.
pub(crate) fn write_own(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let new = file.with_extension("new");
    let written = removed(fs::remove_file(&new), &new).and_then(|()| {
        let mut options = fs::OpenOptions::new();
        let mut open = options.write(true).create_new(true).mode(0o600).open(&new).map_err(|e| file_error(&new, &e))?;
        open.write_all(bytes).map_err(|error| file_error(&new, &error))
    });
    written.and_then(|()| fs::rename(&new, file).map_err(|error| file_error(file, &error)))
}

pub(crate) fn write_json(file: &Path, value: &impl Serialize) -> Result<(), String> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| format!("{}: {error}", file.display()))?;
    text.push(b'\n');
    write_own(file, &text)
}

/// None when the file is missing.
pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, String> {
    match fs::read(file) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| format!("{}: {error}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(file, &error)),
    }
}

pub(crate) fn file_error(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}

/// The result of a removal, which has succeeded as well when the file was missing.
pub(crate) fn removed(result: std::io::Result<()>, what: &Path) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(file_error(what, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_are_private_and_forgotten_on_request() {
        let place = Place::new(env::temp_dir().join(format!("till-place-{}", std::process::id())));
        place.make().expect("the folders can be made");
        place.make().expect("they can be made again");
        let key = place.keys().join("key.pem");
        write_own(&key, b"one").expect("the file can be written");
        write_json(&key, &"two").expect("the file can be replaced");
        let mode = |path: &Path| fs::metadata(path).expect("the file is there").permissions().mode() & 0o777;
        assert_eq!((mode(&key), mode(place.folder()), mode(&place.keys())), (0o600, 0o700, 0o700));
        assert_eq!(read_json::<String>(&key), Ok(Some("two".to_owned())));
        assert!(read_json::<u8>(&key).is_err());
        write_own(&place.launcher(), b"kept").expect("the file can be written");
        place.forget().expect("the folders can be removed");
        assert_eq!(read_json::<String>(&key), Ok(None));
        assert!(place.launcher().is_file());
        fs::remove_dir_all(place.folder()).expect("the folder can be removed");
    }
}
