//! Bytes as hexadecimal digits.

use std::fmt::Write as _;

pub fn lower(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads digits of either case, two for each byte; `None` if there is anything else.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| byte(*pair.first()?, *pair.last()?)).collect()
}

pub fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_and_read() {
        assert_eq!(lower(&[0x00, 0x9f, 0xab]), "009fab");
        assert_eq!(decode("009FaB"), Some(vec![0x00, 0x9f, 0xab]));
        for text in ["0", "0g", "é", "+1", " 0"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
