//! Where the next page of a list begins, as a text that means nothing to its caller: it may change with any release.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::Problem;

/// The longest sort key, of 1024 bytes, has so many; most have less than a hundred.
const MOST_CHARS: usize = 1_365;

pub fn write(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The place of a cursor that was given out, or the problem of one that was not.
pub fn read<T>(cursor: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Problem> {
    let bytes = Some(cursor).filter(|cursor| cursor.len() <= MOST_CHARS);
    let bytes = bytes.and_then(|cursor| URL_SAFE_NO_PAD.decode(cursor).ok());
    let place = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    place.as_deref().and_then(parse).ok_or_else(|| Problem::invalid_field("cursor", "must be the next of an answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_reads_back_and_any_other_text_is_refused() {
        let own = |text: &str| Some(text.to_owned());
        for place in ["", "ORD20261121150000ABCDEF12", "REC#001795244400#beef ORDER#1", "付款"] {
            let cursor = write(place);
            assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')), "{cursor}");
            assert_eq!(read(&cursor, own), Ok(place.to_owned()));
        }
        for cursor in ["+", "a", "_w", &"A".repeat(2_052)] {
            assert_eq!(read(cursor, own).unwrap_err().error, "invalid_field", "{cursor}");
        }
        assert_eq!(read(&write("x"), |_| None::<()>).unwrap_err().status, 400, "a place of another list");
    }
}
