//! Files that only their owner may read, and what is drawn at random for them.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// Makes a folder that only its owner may read.
pub fn make_own(folder: &Path) -> Result<(), Failure> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| told(folder, &error))
}

/// Writes a file, whole or not at all.
pub fn write_own(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let new = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(told(&new, &error)),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    let mut open = options.write(true).create_new(true).mode(0o600).open(&new).map_err(|error| told(&new, &error))?;
    open.write_all(bytes).map_err(|error| told(&new, &error))?;
    fs::rename(&new, file).map_err(|error| told(file, &error))
}

pub fn write_json(file: &Path, value: &impl Serialize) -> Result<(), Failure> {
    write_own(file, &serde_json::to_vec_pretty(value)?)
}

/// Reads a value; none, when there is no such file.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, Failure> {
    match fs::read(file) {
        // A parser's own words may quote what it read.
        Ok(text) => {
            serde_json::from_slice(&text).map(Some).map_err(|_| format!("{} is not what it was", file.display()).into())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(file, &error)),
    }
}

/// 256 bits that nobody can guess, as hexadecimal digits.
pub fn secret() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.map(|byte| format!("{byte:02x}")).concat())
}

pub fn told(file: &Path, error: &io::Error) -> Failure {
    format!("{}: {error}", file.display()).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_its_owners_alone() {
        let folder = std::env::temp_dir().join(format!("till-files-{}", std::process::id()));
        make_own(&folder).expect("it can be made");
        let file = folder.join("a.json");
        write_json(&file, &1).expect("it can be written");
        write_json(&file, &2).expect("and written over");
        assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert_eq!(read_json::<u8>(&file).expect("it can be read"), Some(2));
        assert_eq!(read_json::<u8>(&folder.join("b.json")).expect("that is no error"), None);
        write_own(&file, b"\"sk_secret").expect("it can be written");
        let why = read_json::<String>(&file).expect_err("it is cut short").to_string();
        assert!(!why.contains("sk_secret"), "{why}");
        fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn secrets_differ() {
        let (one, other) = (secret().expect("there is randomness"), secret().expect("there is randomness"));
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }
}
