//! Where a stack on this machine keeps what is its own: one folder, thrown away with `target`.

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
    /// A folder for a stack; it need not be there.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What runs now: for `down`, and for a second `up`.
    pub(crate) fn running(&self) -> PathBuf {
        self.folder.join("running.json")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// For the emulator's and the functions' files of the moment.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.join("tmp")
    }

    /// What the emulator and the functions say.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("emulator.log")
    }

    /// The launcher, as it was built into this program.
    pub(crate) fn launcher(&self) -> PathBuf {
        self.folder.join("launcher.py")
    }

    /// Keys of both sides, and the secret of bearer tokens.
    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    /// The templates, made anew when what they are made from changes.
    pub(crate) fn templates(&self) -> PathBuf {
        self.folder.join("cdk.out")
    }

    /// What everybody else reads.
    pub(crate) fn outputs(&self) -> PathBuf {
        self.folder.join("outputs.json")
    }

    /// Makes the folder, which only its owner may read.
    pub(crate) fn make(&self) -> Result<(), String> {
        for folder in [&self.folder, &self.state(), &self.temporary(), &self.keys()] {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).map_err(|error| told(folder, &error))?;
        }
        Ok(())
    }

    /// Forgets what a stack remembers: everything but what can only cost time to make again.
    pub(crate) fn forget(&self) -> Result<(), String> {
        for folder in [self.state(), self.temporary(), self.keys()] {
            gone(fs::remove_dir_all(&folder), &folder)?;
        }
        gone(fs::remove_file(self.outputs()), &self.outputs())
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_own(file: &Path, bytes: &[u8]) -> Result<(), String> {
    let new = file.with_extension("new");
    let written = gone(fs::remove_file(&new), &new).and_then(|()| {
        let mut options = fs::OpenOptions::new();
        let mut open = options.write(true).create_new(true).mode(0o600).open(&new).map_err(|e| told(&new, &e))?;
        open.write_all(bytes).map_err(|error| told(&new, &error))
    });
    written.and_then(|()| fs::rename(&new, file).map_err(|error| told(file, &error)))
}

/// Writes a value as JSON to a file that only its owner may read.
pub(crate) fn write_json(file: &Path, value: &impl Serialize) -> Result<(), String> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| format!("{}: {error}", file.display()))?;
    text.push(b'\n');
    write_own(file, &text)
}

/// Reads a value; none, when there is no such file.
pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, String> {
    match fs::read(file) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| format!("{}: {error}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(file, &error)),
    }
}

pub(crate) fn told(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}

/// Whatever was to be removed is gone: also when somebody else removed it.
pub(crate) fn gone(result: std::io::Result<()>, what: &Path) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(told(what, &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_its_owners_alone_and_forgotten_on_request() {
        let place = Place::new(env::temp_dir().join(format!("till-place-{}", std::process::id())));
        place.make().expect("it can be made");
        place.make().expect("twice is no harm");
        let key = place.keys().join("key.pem");
        write_own(&key, b"one").expect("it can be written");
        write_json(&key, &"two").expect("and written over");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!((mode(&key), mode(place.folder()), mode(&place.keys())), (0o600, 0o700, 0o700));
        assert_eq!(read_json::<String>(&key), Ok(Some("two".to_owned())));
        assert!(read_json::<u8>(&key).is_err());
        write_own(&place.launcher(), b"kept").expect("it can be written");
        place.forget().expect("it can be forgotten");
        assert_eq!(read_json::<String>(&key), Ok(None));
        assert!(place.launcher().is_file());
        fs::remove_dir_all(place.folder()).expect("it is ours");
    }
}
