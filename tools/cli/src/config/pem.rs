//! Keys and certificates that lie in files of their own.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use till_providers::check::Kind;

use super::kinds::{FILE_IS_P12, FILE_MISSING, FILE_UNREADABLE};

/// A chain of certificates has some KiB.
const MOST_BYTES: u64 = 64 * 1024;
/// A key in base64 is longer, and a path shorter.
const LONGEST_PATH: usize = 512;
const ENDS: &[&str] = &[".pem", ".key", ".crt", ".cer", ".cert", ".txt", ".p12", ".pfx", ".der"];

/// Whether a value is the path of a file and not a key itself.
pub fn is_path(value: &str, is_named_path: bool) -> bool {
    if value.contains("-----BEGIN") || value.contains('\n') || value.len() > LONGEST_PATH {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let begins = ["./", "../", "~/"].iter().any(|begin| value.starts_with(begin));
    is_named_path || begins || ENDS.iter().any(|end| lower.ends_with(end))
}

/// The path, counted from the folder of the file that names it.
pub fn resolve(folder: &Path, path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => folder.join(path),
    }
}

/// Reads a file of keys. A folder counts as the file of this name in it.
pub fn read(path: &Path, in_folder: Option<&str>) -> Result<String, Kind> {
    let path = match in_folder {
        Some(name) if path.is_dir() => path.join(name),
        _ => path.to_owned(),
    };
    let file = File::open(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => FILE_MISSING,
        _ => FILE_UNREADABLE,
    })?;
    let is_bundle =
        path.extension().is_some_and(|end| end.eq_ignore_ascii_case("p12") || end.eq_ignore_ascii_case("pfx"));
    if is_bundle {
        return Err(FILE_IS_P12);
    }
    let mut text = String::new();
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|_| FILE_UNREADABLE)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= MOST_BYTES) { Ok(text) } else { Err(FILE_UNREADABLE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_told_from_a_key() {
        for (value, is_named_path, expected) in [
            ("certs/apiclient_key.pem", false, true),
            ("./key", false, true),
            ("/etc/keys/a.key", false, true),
            ("certs/key", true, true),
            ("MIIEvQIBADANBg", false, false),
            ("-----BEGIN PRIVATE KEY-----", true, false),
            ("a\nb.pem", false, false),
        ] {
            assert_eq!(is_path(value, is_named_path), expected, "{value}");
        }
        assert!(!is_path(&"M".repeat(1_600), true), "a key under the name of a path");
    }

    #[test]
    fn each_file_that_cannot_be_used_has_its_reason() {
        let folder = std::env::temp_dir().join(format!("till-pem-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
        write("good.pem", b"text");
        write("apiclient_key.pem", b"key");
        write("bundle.p12", b"\x30\x82");
        write("binary.pem", b"\xff\xfe\x00");
        write("large.pem", &vec![b'x'; 64 * 1024 + 1]);
        let read = |name: &str| read(&resolve(&folder, name), Some("apiclient_key.pem")).map_err(|kind| kind.word);
        assert_eq!(read("good.pem").as_deref(), Ok("text"));
        assert_eq!(read(".").as_deref(), Ok("key"), "the file in the folder");
        assert_eq!(read("none.pem"), Err("file_missing"));
        assert_eq!(read("bundle.p12"), Err("file_is_p12"));
        assert_eq!(read("binary.pem"), Err("file_unreadable"));
        assert_eq!(read("large.pem"), Err("file_unreadable"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
