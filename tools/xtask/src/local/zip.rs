//! Makes the archive in which Lambda takes a function: not compressed, which is quickest, and the same bytes for the same
//! program.

use std::io::{Cursor, Write as _};

use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

pub(crate) fn stored(program: &[u8]) -> Result<Vec<u8>, ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    // Lambda starts a function by this name.
    archive.start_file("bootstrap", options)?;
    archive.write_all(program)?;
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::{env, fs};

    use super::*;

    #[test]
    fn archive_has_one_executable_program() {
        let file = env::temp_dir().join(format!("till-zip-{}", std::process::id()));
        fs::write(&file, stored(b"#!/bin/sh\nexit 7\n").expect("the program is small"))
            .expect("the file can be written");
        let read = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); i = z.infolist(); z.testzip();\
                    print(len(i), i[0].filename, oct(i[0].external_attr >> 16), z.read(i[0])[-7:])";
        let said = Command::new("python3").args(["-c", read]).arg(&file).output().expect("Python is installed");
        fs::remove_file(&file).expect("the file can be removed");
        assert_eq!(String::from_utf8_lossy(&said.stdout), "1 bootstrap 0o100755 b'exit 7\\n'\n");
    }
}
