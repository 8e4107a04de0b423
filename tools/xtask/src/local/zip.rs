//! Archives of one program, as Lambda takes a function: stored and not compressed, which is quickest. The same program gives
//! the same bytes.

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
    fn python_finds_the_executable_program_in_the_archive() {
        let file = env::temp_dir().join(format!("till-zip-{}", std::process::id()));
        fs::write(&file, stored(b"#!/bin/sh\nexit 7\n").expect("it is small")).expect("it can be written");
        let read = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); i = z.infolist(); z.testzip();\
                    print(len(i), i[0].filename, oct(i[0].external_attr >> 16), z.read(i[0])[-7:])";
        let said = Command::new("python3").args(["-c", read]).arg(&file).output().expect("Python is there");
        fs::remove_file(&file).expect("it is ours");
        assert_eq!(String::from_utf8_lossy(&said.stdout), "1 bootstrap 0o100755 b'exit 7\\n'\n");
    }
}
