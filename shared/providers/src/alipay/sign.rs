//! RSA2 signatures: SHA256withRSA over sorted and joined parameters, or over the exact bytes of a part of an answer. Only
//! `verify` makes a [`Verified`] value.

use std::borrow::Cow;

use super::account::{Merchant, Serials};
use super::scan::Envelope;
use crate::error::{Distrust, Error};

/// A base64 text of 1024 bytes, the largest signature there is, has 1368 characters.
const MOST_SIGNATURE_CHARACTERS: usize = 2048;

/// Parameters joined as Alipay signs them: `key=value` and `&`, nothing encoded. They must be sorted by key already.
pub fn joined<'a>(parameters: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone) -> Vec<u8> {
    let length = parameters.clone().map(|(key, value)| key.len().saturating_add(value.len()).saturating_add(2)).sum();
    let mut text = Vec::with_capacity(length);
    for (key, value) in parameters {
        if !text.is_empty() {
            text.push(b'&');
        }
        text.extend_from_slice(key);
        text.push(b'=');
        text.extend_from_slice(value);
    }
    text
}

/// Our signature of a request's parameters. Empty parameters are never sent.
pub fn request(merchant: &Merchant, parameters: &[(&'static str, Cow<'_, str>)]) -> Result<String, Error> {
    let mut sorted: Vec<(&[u8], &[u8])> =
        parameters.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes())).collect();
    sorted.sort_unstable();
    merchant.private_key.sign(&joined(sorted.iter().copied()))
}

pub fn signature(text: &[u8]) -> Result<Vec<u8>, Distrust> {
    let is_short = text.len() <= MOST_SIGNATURE_CHARACTERS;
    is_short.then(|| crate::base64::decode(text)).flatten().ok_or(Distrust::Malformed("sign"))
}

#[derive(Clone, Copy, Debug)]
pub struct Verified<'a>(&'a [u8]);

impl<'a> Verified<'a> {
    pub const fn text(self) -> &'a [u8] {
        self.0
    }
}

/// Verifies an answer with the account's key of Alipay. Gateways differ in whether they sign `/` as it is sent. All forms are
/// the same JSON, so the text is tried as it is, with every `\/` plain, and with every `/` escaped.
pub fn verify<'a>(merchant: &Merchant, envelope: Envelope<'a>) -> Result<Verified<'a>, Distrust> {
    let Envelope { subject, sign, cert_sn } = envelope;
    if let (Some(serials), Some(name)) = (&merchant.serials, cert_sn) {
        let name = json_text(name, "alipay_cert_sn")?;
        is_ours(serials, name.as_bytes())?;
    }
    let sign = json_text(sign.ok_or(Distrust::Missing("sign"))?, "sign")?;
    let signature = signature(sign.as_bytes())?;
    let key = &merchant.alipay_key;
    let first = key.verify(subject, &signature);
    if first.is_ok() || !subject.contains(&b'/') {
        return first.map(|()| Verified(subject));
    }
    let plain = slashes(subject, false);
    let escaped = slashes(&plain, true);
    let second = key.verify(&plain, &signature).or_else(|_| key.verify(&escaped, &signature));
    second.map(|()| Verified(subject))
}

pub fn is_ours(serials: &Serials, name: &[u8]) -> Result<(), Distrust> {
    if serials.alipay.as_bytes().eq_ignore_ascii_case(name) { Ok(()) } else { Err(Distrust::UnknownKey) }
}

fn json_text(value: &[u8], what: &'static str) -> Result<String, Distrust> {
    serde_json::from_slice(value).map_err(|_| Distrust::Malformed(what))
}

/// The text with its slashes escaped, or with `\/` as `/`. In JSON no other escape ends with a slash.
fn slashes(text: &[u8], escape: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len().saturating_add(64));
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, escape) {
            (b'/', true) => out.extend_from_slice(b"\\/"),
            // A backslash and what it escapes belong together: `\\/` is a backslash and a slash.
            (b'\\', false) if bytes.peek() == Some(&b'/') => {}
            (b'\\', false) => {
                out.push(byte);
                out.extend(bytes.next());
            }
            _ => out.push(byte),
        }
    }
    out
}
