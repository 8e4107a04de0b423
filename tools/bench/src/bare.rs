//! Measures the bare cryptographic operations, with the product's library and with that of the sandbox.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce as GcmNonce};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use rsa::pkcs1v15::{SigningKey, VerifyingKey};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _, Signer as _, Verifier as _};
use sha2::Sha256;

use crate::measure::{Took, Work, in_turns};
use crate::{Failure, Row};

/// The same nonce each time, as nothing that is encrypted here leaves the machine.
const NONCE: [u8; 12] = *b"only a bench";
const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

pub fn rows() -> Result<Vec<Row>, Failure> {
    let pair = KeyPair::generate(KeySize::Rsa2048)?;
    let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der()?;
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())?;
    let private = rsa::RsaPrivateKey::from_pkcs8_der(pkcs8.as_ref())?;
    let verifying = VerifyingKey::<Sha256>::new(private.to_public_key());
    let signing = SigningKey::<Sha256>::new(private);
    let message = vec![b'm'; 400];
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut signature)?;
    let signed = signing.sign(&message);
    if signed.to_vec() != signature {
        return Err("the two libraries sign differently".into());
    }

    let text = vec![b't'; 1024];
    let ours = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &KEY)?);
    let mut sealed = text.clone();
    ours.seal_in_place_append_tag(Nonce::assume_unique_for_key(NONCE), Aad::empty(), &mut sealed)?;
    let theirs = Aes256Gcm::new(&KEY.into());

    let mut out = vec![0; pair.public_modulus_len()];
    let mut works = [
        Work::new("sign, aws-lc-rs", || pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &message, &mut out)),
        Work::new("sign, rsa", || signing.sign(&message)),
        Work::new("sign blinded, rsa", || signing.sign_with_rng(&mut rsa::rand_core::OsRng, &message)),
        Work::new("verify, aws-lc-rs, key parsed once", || public.verify_sig(&message, &signature)),
        Work::new("verify, aws-lc-rs, key parsed each time", || {
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
                .is_ok_and(|public| public.verify_sig(&message, &signature).is_ok())
        }),
        Work::new("verify, rsa", || verifying.verify(&message, &signed)),
        Work::new("AES-256-GCM open 1 KiB, aws-lc-rs", || {
            let mut opened = sealed.clone();
            ours.open_in_place(Nonce::assume_unique_for_key(NONCE), Aad::empty(), &mut opened).map(|text| text.len())
        }),
        Work::new("AES-256-GCM open 1 KiB, aes-gcm", || {
            theirs.decrypt(&GcmNonce::from(NONCE), sealed.as_slice()).map(|text| text.len())
        }),
    ];
    let took = in_turns(&mut works);
    Ok(works.iter().zip(took).map(|(work, took): (_, Took)| Row { name: work.name, took, beside: None }).collect())
}
