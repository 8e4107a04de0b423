//! Base64 as providers and people write it. Failed decoding gives `None` without details, because the text may be a key.

use ::base64::Engine as _;
use ::base64::alphabet::STANDARD;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// For texts of providers: the standard alphabet with padding, so that each value has one text.
const STRICT: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new());

/// For texts that people paste, which may have lost their padding.
const PASTED: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub fn encode(bytes: &[u8]) -> String {
    STRICT.encode(bytes)
}

pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    STRICT.decode(text).ok()
}

pub fn decode_pasted(text: &[u8]) -> Option<Vec<u8>> {
    PASTED.decode(text).ok()
}
