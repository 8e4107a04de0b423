//! How a document is stored in an item: as text while it is short, deflated above that. Books shrink to a tenth; a
//! document that is still too large is refused.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::ports::StoreError;

/// Up to this size a document stays readable in the table's console.
const MAX_PLAIN_BYTES: usize = 8 * 1024;
/// An item holds at most 400 KB, with its keys and other attributes.
pub(super) const MAX_PACKED_BYTES: usize = 380 * 1024;
/// Bounds what is inflated; larger documents are not written.
const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;
/// Fast rather than small.
const LEVEL: u8 = 4;

pub(super) fn pack(document: &str) -> Result<AttributeValue, StoreError> {
    if document.len() <= MAX_PLAIN_BYTES {
        return Ok(AttributeValue::S(document.to_owned()));
    }
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err(StoreError::TooLarge);
    }
    let packed = compress_to_vec(document.as_bytes(), LEVEL);
    if packed.len() > MAX_PACKED_BYTES { Err(StoreError::TooLarge) } else { Ok(AttributeValue::B(Blob::new(packed))) }
}

pub(super) fn unpack(attribute: &AttributeValue) -> Option<String> {
    match attribute {
        AttributeValue::S(text) => Some(text.clone()),
        AttributeValue::B(blob) => {
            String::from_utf8(decompress_to_vec_with_limit(blob.as_ref(), MAX_DOCUMENT_BYTES).ok()?).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_documents_read_back() {
        for document in [String::new(), "付款".to_owned(), "x".repeat(MAX_PLAIN_BYTES), "付款 1 ".repeat(100_000)] {
            let packed = pack(&document).unwrap();
            assert_eq!(packed.is_s(), document.len() <= MAX_PLAIN_BYTES);
            assert_eq!(unpack(&packed), Some(document));
        }
    }

    #[test]
    fn too_large_documents_are_refused() {
        assert_eq!(pack(&"x".repeat(MAX_DOCUMENT_BYTES + 1)), Err(StoreError::TooLarge));
        assert!(pack(&"x".repeat(MAX_DOCUMENT_BYTES)).is_ok());
        // Random text shrinks by a quarter at most.
        assert_eq!(pack(&crate::random::letters(2 * MAX_PACKED_BYTES)), Err(StoreError::TooLarge));
    }

    #[test]
    fn foreign_attributes_are_not_documents() {
        assert_eq!(unpack(&AttributeValue::B(Blob::new([1, 2, 3]))), None);
        assert_eq!(unpack(&AttributeValue::Bool(true)), None);
        // A small blob that inflates beyond the limit.
        let bomb = compress_to_vec(&vec![b'x'; MAX_DOCUMENT_BYTES + 1], LEVEL);
        assert_eq!(unpack(&AttributeValue::B(Blob::new(bomb))), None);
    }
}
