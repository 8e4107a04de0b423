//! SHA-256 of bodies and of parsed requests, and HMAC-SHA256 for what is signed for others.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use till_app::ports::RequestHash;

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// A key may have any length.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut tag = [0; 32];
    tag.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    tag
}

pub fn sha256_hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16);
    sha256(bytes).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}

/// The hash of a parsed request. It does not depend on how the JSON was written. Each part is preceded by its length,
/// so that different lists of parts never hash the same bytes.
pub fn request_hash(parts: &[Option<&str>]) -> RequestHash {
    let mut all = String::new();
    for part in parts {
        match part {
            Some(part) => {
                all.push_str(&part.len().to_string());
                all.push(':');
                all.push_str(part);
            }
            None => all.push('-'),
        }
    }
    RequestHash(sha256(all.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn hash_of_abc_is_the_standards() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    /// RFC 4231, test case 2.
    #[test]
    fn hmac_is_the_standards() {
        let tag = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!((&tag[..4], &tag[28..]), (&[0x5b, 0xdc, 0xc1, 0x46][..], &[0x64, 0xec, 0x38, 0x43][..]));
    }

    #[test]
    fn request_hash_changes_with_any_part() {
        let first = request_hash(&[Some("a"), Some("b")]);
        assert_eq!(first, request_hash(&[Some("a"), Some("b")]));
        for other in [
            &[Some("a"), Some("c")][..],
            &[Some("ab"), None],
            &[Some("ab")],
            &[Some("a1:b")],
            &[Some("a"), Some("b"), None],
            &[Some("a"), None, Some("b")],
            &[Some("a"), Some("b"), Some("")],
        ] {
            assert_ne!(first, request_hash(other), "{other:?}");
        }
    }
}
