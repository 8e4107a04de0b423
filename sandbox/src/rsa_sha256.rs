//! RSA signatures with SHA-256 (PKCS #1 v1.5), which WeChat Pay and Alipay both use.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use sha2::{Digest as _, Sha256};

/// The signature in base64; `None` if the key cannot be read.
pub fn sign(private_key: &str, message: &[u8]) -> Option<String> {
    let key = RsaPrivateKey::from_pkcs8_pem(private_key).ok()?;
    let signature = key.sign(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).ok()?;
    Some(STANDARD.encode(signature))
}

/// `None` if the key cannot be read.
pub fn is_signed(public_key: &str, message: &[u8], signature: &str) -> Option<bool> {
    let key = RsaPublicKey::from_public_key_pem(public_key).ok()?;
    let verify = |signature: Vec<u8>| key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), &signature);
    Some(STANDARD.decode(signature).is_ok_and(|signature| verify(signature).is_ok()))
}
