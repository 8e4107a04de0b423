//! Archives of one program, stored and not packed: Lambda's shape of a function, made in no time. The same program gives the
//! same bytes.

/// The name by which Lambda starts a function.
const NAME: &[u8] = b"bootstrap";
/// Made on Unix, so that the file's mode counts; version 2.0 of the format.
const MADE_BY: u16 = 0x0314;
const NEEDS: u16 = 0x0014;
/// A file that everybody may read and run, in the upper half.
const MODE: u32 = 0o100_755 << 16;
/// The first day that the format knows: 1 January 1980.
const DATE: u16 = (1 << 5) | 1;

/// An archive with a program in it; none, when it is too large for the format (4 GiB).
pub(crate) fn stored(program: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(program.len()).ok()?;
    let name_length = u16::try_from(NAME.len()).ok()?;
    let crc = crc32(program);
    // Flags, method (stored), time, date, checksum, both sizes, the name's length, no more fields: the same in both heads.
    let mut common = Vec::new();
    for field in [0, 0, 0, DATE] {
        common.extend_from_slice(&u16::to_le_bytes(field));
    }
    for field in [crc, size, size] {
        common.extend_from_slice(&field.to_le_bytes());
    }
    for field in [name_length, 0] {
        common.extend_from_slice(&u16::to_le_bytes(field));
    }
    let mut archive = Vec::with_capacity(program.len().checked_add(256)?);
    archive.extend_from_slice(b"PK\x03\x04");
    archive.extend_from_slice(&NEEDS.to_le_bytes());
    archive.extend_from_slice(&common);
    archive.extend_from_slice(NAME);
    archive.extend_from_slice(program);
    let directory = u32::try_from(archive.len()).ok()?;
    archive.extend_from_slice(b"PK\x01\x02");
    archive.extend_from_slice(&MADE_BY.to_le_bytes());
    archive.extend_from_slice(&NEEDS.to_le_bytes());
    archive.extend_from_slice(&common);
    // No comment, the first disk, no text.
    archive.extend_from_slice(&[0; 6]);
    archive.extend_from_slice(&MODE.to_le_bytes());
    archive.extend_from_slice(&0_u32.to_le_bytes());
    archive.extend_from_slice(NAME);
    let directory_size = u32::try_from(archive.len()).ok()?.checked_sub(directory)?;
    archive.extend_from_slice(b"PK\x05\x06");
    for field in [0_u16, 0, 1, 1] {
        archive.extend_from_slice(&field.to_le_bytes());
    }
    archive.extend_from_slice(&directory_size.to_le_bytes());
    archive.extend_from_slice(&directory.to_le_bytes());
    archive.extend_from_slice(&[0; 2]);
    Some(archive)
}

/// The checksum of the format: CRC-32 with the polynomial of Ethernet, the lowest bit first.
fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..=255)
        .map(|byte: u32| (0..8).fold(byte, |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 }))
        .collect();
    let step = |crc: u32, byte: &u8| {
        let place = usize::try_from((crc ^ u32::from(*byte)) & 0xFF).unwrap_or_default();
        table.get(place).copied().unwrap_or_default() ^ (crc >> 8)
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::{env, fs};

    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn another_reader_finds_the_program_in_it() {
        let file = env::temp_dir().join(format!("till-zip-{}", std::process::id()));
        fs::write(&file, stored(b"#!/bin/sh\nexit 7\n").expect("it is small")).expect("it can be written");
        let read = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); i = z.infolist(); z.testzip();\
                    print(len(i), i[0].filename, oct(i[0].external_attr >> 16), z.read(i[0])[-7:])";
        let said = Command::new("python3").args(["-c", read]).arg(&file).output().expect("Python is there");
        fs::remove_file(&file).expect("it is ours");
        assert_eq!(String::from_utf8_lossy(&said.stdout), "1 bootstrap 0o100755 b'exit 7\\n'\n");
    }
}
