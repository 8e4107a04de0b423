//! Files that only their owner may read, and random secrets for them.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// Creates a folder for its owner only.
pub fn create_private_folder(folder: &Path) -> Result<(), Failure> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| with_name(folder, &error))
}

/// Writes a file for its owner only, whole or not at all.
pub fn write_private(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let new = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(with_name(&new, &error)),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    let mut open =
        options.write(true).create_new(true).mode(0o600).open(&new).map_err(|error| with_name(&new, &error))?;
    open.write_all(bytes).map_err(|error| with_name(&new, &error))?;
    fs::rename(&new, file).map_err(|error| with_name(file, &error))
}

pub fn write_json(file: &Path, value: &impl Serialize) -> Result<(), Failure> {
    write_private(file, &serde_json::to_vec_pretty(value)?)
}

/// None if there is no such file.
pub fn read_json<T: DeserializeOwned>(file: &Path) -> Result<Option<T>, Failure> {
    match fs::read(file) {
        // The parser's message may quote a secret.
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|_| format!("{} is damaged: `cargo xtask up --fresh` makes a new one", file.display()).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(with_name(file, &error)),
    }
}

/// Reads a file, or makes its contents and writes them.
pub fn read_or_make<T: Serialize + DeserializeOwned>(
    file: &Path,
    make: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    if let Some(value) = read_json(file)? {
        return Ok(value);
    }
    let value = make()?;
    write_json(file, &value)?;
    Ok(value)
}

/// 256 random bits as hexadecimal digits.
pub fn secret() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.map(|byte| format!("{byte:02x}")).concat())
}

pub fn with_name(file: &Path, error: &io::Error) -> Failure {
    format!("{}: {error}", file.display()).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn file_is_readable_by_its_owner_only() {
        let folder = std::env::temp_dir().join(format!("till-files-{}", std::process::id()));
        create_private_folder(&folder).unwrap();
        let file = folder.join("a.json");
        write_json(&file, &1).unwrap();
        write_json(&file, &2).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_json::<u8>(&file).unwrap(), Some(2));
        assert_eq!(read_json::<u8>(&folder.join("b.json")).unwrap(), None);
        write_private(&file, b"\"sk_secret").unwrap();
        let why = read_json::<String>(&file).unwrap_err().to_string();
        assert!(!why.contains("sk_secret"), "{why}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn secrets_differ() {
        let (one, other) = (secret().unwrap(), secret().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
    }
}
