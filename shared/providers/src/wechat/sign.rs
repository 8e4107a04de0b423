//! Signatures: ours on what we send, WeChat Pay's on what it sends, and what is encrypted for us. Nothing that came from
//! outside is parsed before it is believed here, and nothing is believed by a flag: what is believed has a type of its own.

use std::sync::Arc;

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use till_domain::time::Time;

use crate::base64;
use crate::error::Distrust;
use crate::http::{Headers, MOST_BODY_BYTES};
use crate::key::PublicKey;

/// The one way of signing that interface v3 knows for RSA.
pub(super) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// The prefix of a signature that WeChat Pay makes wrong on purpose, to test the merchant.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
/// Signed longer ago than this, or so far in the future, is refused.
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

/// What is signed: every part on a line of its own, the last one too.
pub(super) fn lines(parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()).saturating_add(1));
    let mut text = Vec::with_capacity(length);
    for part in parts {
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    text
}

/// A body with its signature headers, before verification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unverified<'a> {
    body: &'a [u8],
    at: u64,
    timestamp: &'a str,
    nonce: &'a str,
    /// Which key is said to have signed it.
    pub serial: &'a str,
    signature: &'a str,
}

/// Bytes that WeChat Pay signed, not long ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a>(pub &'a [u8]);

impl<'a> Unverified<'a> {
    /// Reads the headers that speak for a body.
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
        let at = digits(timestamp).ok_or(Distrust::Malformed(TIMESTAMP))?;
        Ok(Self { body, at, timestamp, nonce, serial, signature })
    }

    /// What can be said without a key: that it says it was signed just now, and does not say that its signature is wrong.
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

    /// Believes the body if the key that its headers name signed it, and not long ago.
    pub fn verify(self, now: Time, find: impl Fn(&str) -> Option<Arc<PublicKey>>) -> Result<Signed<'a>, Distrust> {
        self.glance(now)?;
        let key = find(self.serial).ok_or(Distrust::UnknownKey)?;
        let signature =
            (self.signature.len() <= MOST_SIGNATURE_BYTES).then(|| base64::decode(self.signature.as_bytes()));
        let signature = signature.flatten().ok_or(Distrust::Malformed(SIGNATURE))?;
        key.verify(&lines(&[self.timestamp.as_bytes(), self.nonce.as_bytes(), self.body]), &signature)?;
        Ok(Signed(self.body))
    }
}

/// A header of visible characters. A line break in it would move bytes between the header and the body under one signature.
fn word<'a>(name: &'static str, value: &'a str) -> Result<&'a str, Distrust> {
    let is_word = (1..=MOST_WORD_BYTES).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    if is_word { Ok(value) } else { Err(Distrust::Malformed(name)) }
}

/// Seconds since 1970 as they are written: digits alone, no sign, no leading zero.
fn digits(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

/// Opens what is encrypted under the APIv3 key; the tag is its last 16 bytes.
pub(super) fn open(seal: &LessSafeKey, nonce: &str, associated: &str, ciphertext: &str) -> Result<Vec<u8>, Distrust> {
    let nonce =
        Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| Distrust::Malformed("resource.nonce"))?;
    let mut bytes = base64::decode(ciphertext.as_bytes()).ok_or(Distrust::Malformed("resource.ciphertext"))?;
    let aad = Aad::from(associated.as_bytes());
    let length = seal.open_in_place(nonce, aad, &mut bytes).map_err(|_| Distrust::Sealed)?.len();
    bytes.truncate(length);
    Ok(bytes)
}
