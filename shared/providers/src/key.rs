//! Keys in the forms in which people store them: PEM or bare base64, with or without line breaks, PKCS#1 or PKCS#8, a key or
//! its certificate. The structure decides what a text is, not its label. An error names what was given and what was expected,
//! and never quotes the text.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeyPair};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};

use crate::base64::decode_pasted;
use crate::certificate::Certificate;
use crate::error::{Distrust, Error};

/// Limit for a setting with a key: a chain of certificates has some KiB.
const MOST_KEY_BYTES: usize = 64 * 1024;
/// No provider accepts a shorter key.
pub const LEAST_BITS: usize = 2048;

/// A merchant's key, which signs.
pub struct PrivateKey(KeyPair);

/// A provider's key, which verifies.
#[derive(Clone)]
pub struct PublicKey {
    key: ParsedPublicKey,
    /// Modulus and exponent, as a `RSAPublicKey` in DER.
    numbers: Arc<[u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Given {
    Nothing,
    Unreadable,
    Pkcs1Private,
    Pkcs8Private,
    /// An RSA public key, SubjectPublicKeyInfo or PKCS#1.
    Public,
    /// Not for RSA.
    OtherPrivate,
    /// Not for RSA.
    OtherPublic,
    Encrypted,
    Certificate,
    CertificateRequest,
    Ssh,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Expected {
    Private,
    Public,
    Certificate,
}

/// A text that is not the key that it should be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BadKey {
    pub given: Given,
    pub expected: Expected,
    /// It is of the right kind, but damaged or too short.
    pub is_damaged: bool,
}

impl std::error::Error for BadKey {}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = match self.given {
            Given::Nothing => "nothing",
            Given::Unreadable => "something that is no key: neither PEM nor base64 of one",
            Given::Pkcs1Private => "an RSA private key (PKCS#1)",
            Given::Pkcs8Private => "an RSA private key (PKCS#8)",
            Given::Public => "an RSA public key",
            Given::OtherPrivate => "a private key that is not for RSA",
            Given::OtherPublic => "a public key that is not for RSA",
            Given::Encrypted => "a private key under a password: take the password away first",
            Given::Certificate => "a certificate",
            Given::CertificateRequest => "a request for a certificate",
            Given::Ssh => "a key file of OpenSSH",
        };
        let expected = match self.expected {
            Expected::Private => "an RSA private key of 2048 bits or more, PKCS#1 or PKCS#8, as PEM or base64",
            Expected::Public => "an RSA public key of 2048 bits or more, or its certificate, as PEM or base64",
            Expected::Certificate => "a certificate, as PEM or base64",
        };
        let damaged = if self.is_damaged { ", damaged or too short" } else { "" };
        write!(f, "expected {expected}; given {given}{damaged}")
    }
}

impl PrivateKey {
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let (der, given) = first_block(text);
        let pair = match given {
            Given::Pkcs1Private => KeyPair::from_der(&der),
            Given::Pkcs8Private => KeyPair::from_pkcs8(&der),
            Given::Nothing
            | Given::Unreadable
            | Given::Public
            | Given::OtherPrivate
            | Given::OtherPublic
            | Given::Encrypted
            | Given::Certificate
            | Given::CertificateRequest
            | Given::Ssh => return Err(wrong(given, Expected::Private)),
        };
        let pair = pair.map_err(|_| damaged(given, Expected::Private))?;
        if pair.public_modulus_len().saturating_mul(8) < LEAST_BITS {
            return Err(damaged(given, Expected::Private));
        }
        Ok(Self(pair))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, in base64. The same message always has the same signature.
    pub fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Error::Cannot("this account's private key does not sign"))?;
        Ok(crate::base64::encode(&signature))
    }

    /// Whether this is the private part of that key.
    pub fn is_of(&self, public: &PublicKey) -> bool {
        self.0.public_key().as_ref() == &*public.numbers
    }

    pub fn public(&self) -> Result<PublicKey, BadKey> {
        PublicKey::from_der(self.0.public_key().as_ref(), Given::Public)
    }
}

impl PublicKey {
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let (der, given) = first_block(text);
        match given {
            Given::Public => Self::from_der(&der, given),
            Given::Certificate => Self::of(&Certificate::from_der(&der).ok_or(damaged(given, Expected::Public))?),
            Given::Nothing
            | Given::Unreadable
            | Given::Pkcs1Private
            | Given::Pkcs8Private
            | Given::OtherPrivate
            | Given::OtherPublic
            | Given::Encrypted
            | Given::CertificateRequest
            | Given::Ssh => Err(wrong(given, Expected::Public)),
        }
    }

    pub fn of(certificate: &Certificate) -> Result<Self, BadKey> {
        Self::from_der(&certificate.public_key, Given::Certificate)
    }

    fn from_der(der: &[u8], given: Given) -> Result<Self, BadKey> {
        let bad = damaged(given, Expected::Public);
        let numbers = rsa::PublicKey::from_der(der).map_err(|_| bad)?;
        let numbers = numbers.as_ref();
        // The library accepts a short key and rejects its signatures, which would be noticed only at the first callback.
        if modulus_bytes(numbers).is_none_or(|bytes| bytes.saturating_mul(8) < LEAST_BITS) {
            return Err(bad);
        }
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).map_err(|_| bad)?;
        Ok(Self { key, numbers: numbers.into() })
    }

    /// Verifies a signature, given as bytes and not as base64.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Distrust> {
        self.key.verify_sig(message, signature).map_err(|_| Distrust::BadSignature)
    }
}

/// Reads all certificates of a text in order, because a file may hold a chain.
pub fn certificates(text: &str) -> Result<Vec<Certificate>, BadKey> {
    let (_, given) = first_block(text);
    if given != Given::Certificate {
        return Err(wrong(given, Expected::Certificate));
    }
    let read = |der: &Vec<u8>| match kind(der) {
        Given::Certificate => Certificate::from_der(der).ok_or(damaged(Given::Certificate, Expected::Certificate)),
        given => Err(wrong(given, Expected::Certificate)),
    };
    blocks(text).iter().map(read).collect()
}

/// What a text is, by its structure.
pub fn kind_of(text: &str) -> Given {
    first_block(text).1
}

/// How many bits an RSA key has; `None` if the text is no RSA key.
pub fn bits(text: &str) -> Option<usize> {
    let (der, given) = first_block(text);
    let (_, body, _) = element(&der)?;
    let parts = elements(body);
    let part = |n: usize| parts.get(n).map(|(_, body)| *body);
    let modulus = match given {
        Given::Pkcs1Private => part(1)?,
        Given::Pkcs8Private => elements(element(part(2)?)?.1).get(1)?.1,
        // After the count of unused bits, a bit string holds the numbers.
        Given::Public if parts.first()?.0 == SEQUENCE => element(element(part(1)?.get(1..)?)?.1)?.1,
        Given::Public => part(0)?,
        Given::Nothing
        | Given::Unreadable
        | Given::OtherPrivate
        | Given::OtherPublic
        | Given::Encrypted
        | Given::Certificate
        | Given::CertificateRequest
        | Given::Ssh => return None,
    };
    Some(modulus.iter().skip_while(|byte| **byte == 0).count().saturating_mul(8))
}

const fn wrong(given: Given, expected: Expected) -> BadKey {
    BadKey { given, expected, is_damaged: false }
}

const fn damaged(given: Given, expected: Expected) -> BadKey {
    BadKey { given, expected, is_damaged: true }
}

/// What the words of a text say that it is; `Unreadable` if they say nothing.
fn nothing(text: &str) -> Given {
    if text.trim().is_empty() {
        Given::Nothing
    } else if text.contains("OPENSSH") || text.trim_start().starts_with("ssh-") {
        Given::Ssh
    } else if text.contains("Proc-Type: 4,ENCRYPTED") {
        Given::Encrypted
    } else {
        Given::Unreadable
    }
}

fn first_block(text: &str) -> (Vec<u8>, Given) {
    // PEM of OpenSSH and PEM under a password can be decoded, but only their words say what they are.
    match (nothing(text), blocks(text).into_iter().next()) {
        (Given::Unreadable, Some(der)) => {
            let given = kind(&der);
            (der, given)
        }
        (given, _) => (Vec::new(), given),
    }
}

/// The decoded blocks of a text: one for each PEM block, or one for bare base64. Line breaks may be missing, or be written as
/// `\n`, as in environment variables.
fn blocks(text: &str) -> Vec<Vec<u8>> {
    if text.len() > MOST_KEY_BYTES {
        return Vec::new();
    }
    let text = text.replace("\\r", "").replace("\\n", "\n");
    if !text.contains("-----BEGIN") {
        return decoded(&text).into_iter().collect();
    }
    // After each BEGIN: a label, five dashes, base64, and the dashes of END.
    let after_labels = text.split("-----BEGIN").skip(1).filter_map(|rest| rest.split_once("-----"));
    after_labels.filter_map(|(_, rest)| decoded(rest.split("-----").next()?)).collect()
}

fn decoded(body: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = body.trim_start_matches('\u{feff}').bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if letters.is_empty() { None } else { decode_pasted(&letters) }
}

// The tags of DER that tell the kinds apart.
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;
/// The object identifier of RSA keys: 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

fn kind(der: &[u8]) -> Given {
    let Some((SEQUENCE, body, _)) = element(der) else { return Given::Unreadable };
    let parts = elements(body);
    let tags: Vec<u8> = parts.iter().map(|(tag, _)| *tag).collect();
    let algorithm = |n: usize| {
        let inner = parts.get(n).map(|(_, body)| elements(body)).unwrap_or_default();
        inner.first().and_then(|(tag, body)| (*tag == OBJECT).then_some(*body))
    };
    match tags.as_slice() {
        [INTEGER, SEQUENCE, OCTET_STRING, ..] if algorithm(1) == Some(RSA) => Given::Pkcs8Private,
        [INTEGER, SEQUENCE, OCTET_STRING, ..] | [INTEGER, OCTET_STRING, ..] => Given::OtherPrivate,
        [INTEGER, INTEGER, INTEGER, ..] => Given::Pkcs1Private,
        [INTEGER, INTEGER] => Given::Public,
        [SEQUENCE, BIT_STRING] if algorithm(0) == Some(RSA) => Given::Public,
        [SEQUENCE, BIT_STRING] => Given::OtherPublic,
        [SEQUENCE, OCTET_STRING] => Given::Encrypted,
        [SEQUENCE, SEQUENCE, BIT_STRING] => {
            // A certificate's inner part begins with [0] or its serial number and a signature algorithm; a request's with
            // the number 0, a name and a key.
            let inner = parts.first().map(|(_, body)| elements(body)).unwrap_or_default();
            match inner.iter().map(|(tag, _)| *tag).collect::<Vec<_>>().as_slice() {
                [INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0] | [INTEGER, SEQUENCE, SEQUENCE] => Given::CertificateRequest,
                [CONTEXT_0 | INTEGER, ..] => Given::Certificate,
                _ => Given::Unreadable,
            }
        }
        _ => Given::Unreadable,
    }
}

/// The length of the modulus in a `RSAPublicKey`.
fn modulus_bytes(numbers: &[u8]) -> Option<usize> {
    let (_, parts, _) = element(numbers)?;
    let (_, modulus, _) = element(parts)?;
    Some(modulus.iter().skip_while(|byte| **byte == 0).count())
}

/// The elements of a body, at most 16, up to the first broken one.
fn elements(body: &[u8]) -> Vec<(u8, &[u8])> {
    let mut rest = body;
    let mut found = Vec::new();
    while let Some((tag, body, after)) = element(rest).filter(|_| found.len() < 16) {
        found.push((tag, body));
        rest = after;
    }
    found
}

/// The first element: its tag, its body, and the rest.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0_usize, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (body, after) = rest.split_at_checked(length)?;
    Some((tag, body, after))
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey")
    }
}

#[cfg(test)]
mod tests;
