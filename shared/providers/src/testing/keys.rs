//! Keys and certificates made at run time, in the forms in which settings hold them. Their DER is written by hand.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use chrono::DateTime;

use super::now;
use crate::base64::encode;
use crate::key::PrivateKey;

pub struct Pair {
    pub private: PrivateKey,
    pub private_text: String,
    pub public_text: String,
    pub pkcs8: Vec<u8>,
    /// The public key as SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    pub pkcs1_public: Vec<u8>,
}

impl Pair {
    pub fn generate(size: KeySize) -> Self {
        let pair = KeyPair::generate(size).unwrap();
        let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref().to_vec();
        let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap().as_ref().to_vec();
        let pkcs1_public = pair.public_key().as_ref().to_vec();
        let (private_text, public_text) = (encode(&pkcs8), encode(&spki));
        let private = PrivateKey::parse(&private_text).unwrap();
        Self { private, private_text, public_text, pkcs8, spki, pkcs1_public }
    }

    pub fn sign(&self, message: &[u8]) -> String {
        self.private.sign(message).unwrap()
    }

    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki)
    }
}

/// The merchant's key.
pub fn own() -> &'static Pair {
    static PAIR: LazyLock<Pair> = LazyLock::new(|| Pair::generate(KeySize::Rsa2048));
    &PAIR
}

/// The provider's key.
pub fn provider() -> &'static Pair {
    static PAIR: LazyLock<Pair> = LazyLock::new(|| Pair::generate(KeySize::Rsa2048));
    &PAIR
}

/// A key that no account has.
pub fn stranger() -> &'static Pair {
    static PAIR: LazyLock<Pair> = LazyLock::new(|| Pair::generate(KeySize::Rsa2048));
    &PAIR
}

pub fn pem(label: &str, der: &[u8]) -> String {
    let letters = encode(der);
    let lines: Vec<&str> = letters.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
pub const NULL: &[u8] = &[5, 0];

pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = match body.len() {
        n @ 0..=0x7f => vec![u8::try_from(n).unwrap()],
        n => {
            let digits: Vec<u8> = n.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            [&[0x80 | u8::try_from(digits.len()).unwrap()], digits.as_slice()].concat()
        }
    };
    [&[tag], length.as_slice(), &body].concat()
}

pub fn seq(parts: &[&[u8]]) -> Vec<u8> {
    der(0x30, parts)
}

pub fn int(bytes: &[u8]) -> Vec<u8> {
    der(0x02, &[bytes])
}

pub fn oid(bytes: &[u8]) -> Vec<u8> {
    der(0x06, &[bytes])
}

/// A distinguished name: the last byte of each attribute's object identifier below 2.5.4, and its text.
pub fn name(parts: &[(u8, &str)]) -> Vec<u8> {
    let part =
        |(last, text): &(u8, &str)| der(0x31, &[&seq(&[&oid(&[0x55, 4, *last]), &der(0x0c, &[text.as_bytes()])])]);
    seq(&[&parts.iter().flat_map(part).collect::<Vec<u8>>()])
}

/// A certificate about a public key, valid for a year around now. Its signature is zeros, because Till does not judge it.
pub fn certificate(issuer: &[(u8, &str)], serial: &[u8], spki: &[u8]) -> Vec<u8> {
    const HALF_A_YEAR: i64 = 365 * 43_200;
    certificate_for(issuer, serial, spki, now().unix() - HALF_A_YEAR, now().unix() + HALF_A_YEAR)
}

/// A certificate that is valid between two Unix times.
pub fn certificate_for(issuer: &[(u8, &str)], serial: &[u8], spki: &[u8], from: i64, until: i64) -> Vec<u8> {
    let time = |unix| DateTime::from_timestamp(unix, 0).unwrap().format("%y%m%d%H%M%SZ").to_string();
    let validity = seq(&[from, until].map(|unix| der(0x17, &[time(unix).as_bytes()])).each_ref().map(Vec::as_slice));
    let algorithm = seq(&[&oid(SHA256_WITH_RSA), NULL]);
    let (version, name) = (der(0xa0, &[&int(&[2])]), name(issuer));
    let inner = seq(&[&version, &int(serial), &algorithm, &name, &validity, &name, spki]);
    seq(&[&inner, &algorithm, &der(0x03, &[&[0; 257]])])
}
