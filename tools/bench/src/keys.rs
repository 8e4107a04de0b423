//! Keys that are made for one run. One pair serves as a provider's key and as ours.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Failure;

pub struct Keys {
    pair: KeyPair,
    /// PKCS#8 in base64, as providers hand out keys.
    pub private: String,
    pub public: String,
}

impl Keys {
    pub fn new() -> Result<Self, Failure> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let private: Pkcs8V1Der<'_> = pair.as_der()?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
        let (private, public) = (STANDARD.encode(private.as_ref()), STANDARD.encode(public.as_ref()));
        Ok(Self { pair, private, public })
    }

    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
        Ok(signature)
    }

    pub fn parsed(&self) -> Result<ParsedPublicKey, Failure> {
        Ok(ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref())?)
    }
}
