//! Signatures of our requests and of WeChat Pay's messages, and decryption. A message is parsed only after it was verified
//! here, which gives it the type [`Signed`].

use std::sync::Arc;

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use till_domain::time::Time;

use crate::account::consists_of;
use crate::base64;
use crate::error::Distrust;
use crate::http::{Headers, MOST_BODY_BYTES};
use crate::key::PublicKey;
use crate::time::plain_seconds;

/// The only signature scheme of interface v3 for RSA.
pub(super) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// The prefix of signatures that WeChat Pay makes wrong on purpose, to test the merchant.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
/// A message that was signed longer ago than this, or as far in the future, is rejected.
const STALE_SECONDS: u64 = 300;
const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SERIAL: &str = "Wechatpay-Serial";
const SIGNATURE: &str = "Wechatpay-Signature";
const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";

/// The most that these headers may hold: real nonces and serial numbers have some 40 characters, and the base64 of an
/// RSA-8192 signature has 1368.
const MOST_WORD_BYTES: usize = 128;
const MOST_SIGNATURE_BYTES: usize = 1368;

/// The signed text: every part and a line break.
pub(super) fn lines(parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()).saturating_add(1));
    let mut text = Vec::with_capacity(length);
    for part in parts {
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    text
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Unverified<'a> {
    body: &'a [u8],
    at: u64,
    timestamp: &'a str,
    nonce: &'a str,
    /// The name of the key that signed it, not verified.
    pub serial: &'a str,
    signature: &'a str,
}

/// Bytes that WeChat Pay signed recently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a>(pub &'a [u8]);

impl<'a> Unverified<'a> {
    pub fn new(headers: &'a Headers, body: &'a [u8]) -> Result<Self, Distrust> {
        if body.len() > MOST_BODY_BYTES {
            return Err(Distrust::TooLarge);
        }
        let timestamp = headers.one(TIMESTAMP)?;
        let nonce = word(NONCE, headers.one(NONCE)?)?;
        let serial = word(SERIAL, headers.one(SERIAL)?)?;
        let signature = headers.one(SIGNATURE)?;
        if headers.find(SIGNATURE_TYPE)?.is_some_and(|other| other != SCHEME) {
            return Err(Distrust::Malformed(SIGNATURE_TYPE));
        }
        let at = plain_seconds(timestamp).ok_or(Distrust::Malformed(TIMESTAMP))?;
        Ok(Self { body, at, timestamp, nonce, serial, signature })
    }

    /// Checks what needs no key: that it was signed recently, and that it is no probe.
    pub fn glance(self, now: Time) -> Result<Self, Distrust> {
        // No `Time` is below zero.
        if self.at.abs_diff(now.unix().unsigned_abs()) >= STALE_SECONDS {
            return Err(Distrust::Stale);
        }
        if self.signature.starts_with(PROBE) {
            return Err(Distrust::Probe);
        }
        Ok(self)
    }

    pub fn verify(self, now: Time, find: impl Fn(&str) -> Option<Arc<PublicKey>>) -> Result<Signed<'a>, Distrust> {
        self.glance(now)?;
        let key = find(self.serial).ok_or(Distrust::UnknownKey)?;
        let signature = Some(self.signature).filter(|text| text.len() <= MOST_SIGNATURE_BYTES);
        let signature = signature.and_then(|text| base64::decode(text.as_bytes()));
        let signature = signature.ok_or(Distrust::Malformed(SIGNATURE))?;
        key.verify(&lines(&[self.timestamp.as_bytes(), self.nonce.as_bytes(), self.body]), &signature)?;
        Ok(Signed(self.body))
    }
}

/// A header of visible characters. A line break in it would let bytes move between header and body under one signature.
fn word<'a>(name: &'static str, value: &'a str) -> Result<&'a str, Distrust> {
    let is_word = consists_of(value, 1..=MOST_WORD_BYTES, u8::is_ascii_graphic);
    if is_word { Ok(value) } else { Err(Distrust::Malformed(name)) }
}

/// Decrypts with the APIv3 key; the tag is the last 16 bytes.
pub(super) fn open(seal: &LessSafeKey, nonce: &str, associated: &str, ciphertext: &str) -> Result<Vec<u8>, Distrust> {
    let nonce =
        Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| Distrust::Malformed("resource.nonce"))?;
    let mut bytes = base64::decode(ciphertext.as_bytes()).ok_or(Distrust::Malformed("resource.ciphertext"))?;
    let aad = Aad::from(associated.as_bytes());
    let length = seal.open_in_place(nonce, aad, &mut bytes).map_err(|_| Distrust::Sealed)?.len();
    bytes.truncate(length);
    Ok(bytes)
}
