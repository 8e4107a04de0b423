//! Keys and certificates made at run time, in the forms in which settings hold them. Their DER is written by hand.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;

use super::now;
use crate::key::PrivateKey;

pub use super::der::*;

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

/// A certificate about a public key, valid for a year around now. Its signature is zeros, because Till does not judge it.
pub fn certificate(issuer: &[(u8, &str)], serial: &[u8], spki: &[u8]) -> Vec<u8> {
    const HALF_A_YEAR: i64 = 365 * 43_200;
    certificate_for(issuer, issuer, serial, spki, now().unix() - HALF_A_YEAR, now().unix() + HALF_A_YEAR)
}
