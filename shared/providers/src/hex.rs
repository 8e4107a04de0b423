//! Bytes as hexadecimal digits.

use std::fmt::Write as _;

pub fn lower(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads digits of either case, two a byte; none, when there is anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks_exact(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_written_and_read() {
        assert_eq!(lower(&[0x00, 0x9f, 0xab]), "009fab");
        assert_eq!(decode("009FaB"), Some(vec![0x00, 0x9f, 0xab]));
        for text in ["0", "0g", "é", "+1", " 0"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
