//! Keys made for one test, the tokens that they sign, and their entries in a key set.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub enum Key {
    Secret(String),
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn random() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).unwrap();
    base64(bytes)
}

impl Key {
    pub fn secret() -> Self {
        Self::Secret(random())
    }

    pub fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub fn ec() -> Self {
        Self::Ec(Box::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()))
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Secret(text) => text,
            Self::Rsa(_) | Self::Ec(_) => panic!("not a shared secret"),
        }
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Secret(_) => "HS256",
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
        }
    }

    /// Its entry in a key set.
    pub fn public(&self, kid: &str) -> Value {
        match self {
            Self::Secret(text) => json!({"kty": "oct", "kid": kid, "alg": "HS256", "k": base64(text)}),
            Self::Rsa(pair) => {
                // 30 82 len len, 02 82 len len 00, then 256 bytes; 02 03, then 01 00 01.
                let der = pair.public_key().as_ref();
                let (modulus, exponent) = (&der[9..265], &der[267..270]);
                json!({"kty": "RSA", "kid": kid, "alg": "RS256", "use": "sig", "n": base64(modulus), "e": base64(exponent)})
            }
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (&point[1..33], &point[33..65]);
                json!({"kty": "EC", "kid": kid, "alg": "ES256", "crv": "P-256", "x": base64(x), "y": base64(y)})
            }
        }
    }

    pub fn signed(&self, head: &Value, claims: &Value) -> String {
        self.signed_text(head, &claims.to_string())
    }

    /// The same for claims that are no JSON, or that no library would write.
    pub fn signed_text(&self, head: &Value, claims: &str) -> String {
        let signed = format!("{}.{}", base64(head.to_string()), base64(claims));
        let signature = match self {
            Self::Secret(text) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{signed}.{}", base64(signature))
    }

    pub fn token(&self, claims: &Value) -> String {
        self.signed(&json!({"alg": self.algorithm(), "typ": "JWT", "kid": "k1"}), claims)
    }
}

pub fn set(keys: &[Value]) -> String {
    json!({"keys": keys}).to_string()
}
