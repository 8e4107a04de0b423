//! A whole file of settings with keys made at run time, and ways to spoil it.

#[path = "../../../../shared/providers/src/testing/der.rs"]
mod der;

use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use till_sandbox::keys::Sides;

use self::der::{NULL, RSA, certificate_for, int, oid, seq};
use super::dotenv;
use super::draft::Draft;
use super::file::Reading;

pub use self::der::{encode, pem};

/// 2026-11-21 10:00:00 in China.
pub const NOW: i64 = 1_795_226_400;
pub const DAY: i64 = 86_400;
pub const MCHID: &str = "1900000109";
const COMMON_NAME: u8 = 3;
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];

/// Secrets of the whole file that no message may show. Its keys are secret too.
pub const CANARIES: [&str; 5] = [
    "canary-apiv3-key-of-32-character",
    "sk_live_canarySecretKey",
    "whsec_canaryWebhookSecret",
    "canarydatabasepassword",
    "canary-v2-key-of-thirty-two-char",
];

pub struct Pair {
    pub pkcs8: Vec<u8>,
    pub spki: Vec<u8>,
}

/// Both sides of the sandbox's keys.
static SIDE: LazyLock<Value> = LazyLock::new(|| Sides::make("dev", "", "").unwrap().merchant);

/// The DER of a key of the application or of Alipay.
fn der_of(name: &str) -> Vec<u8> {
    let text = SIDE["alipay"][name].as_str().unwrap();
    let letters: Vec<&str> = text.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(letters.concat()).unwrap()
}

pub static OWN: LazyLock<Pair> =
    LazyLock::new(|| Pair { pkcs8: der_of("app_private_key"), spki: der_of("app_public_key") });
/// Of the provider's key only the public part is known.
pub static PROVIDERS: LazyLock<Pair> = LazyLock::new(|| Pair { pkcs8: Vec::new(), spki: der_of("alipay_public_key") });

impl Pair {
    pub fn private(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// PKCS#8 holds PKCS#1, after 26 bytes for a key of 2048 bits.
    pub fn pkcs1(&self) -> String {
        pem("RSA PRIVATE KEY", &self.pkcs8[26..])
    }

    pub fn public(&self) -> String {
        pem("PUBLIC KEY", &self.spki)
    }

    /// A certificate of this key, valid from some days before now to some days after.
    pub fn certificate(&self, name: &str, from: i64, until: i64) -> String {
        let name = [(COMMON_NAME, name)];
        let der = certificate_for(&name, &name, &[0x5a, 0x0b], &self.spki, NOW + from * DAY, NOW + until * DAY);
        pem("CERTIFICATE", &der)
    }
}

/// A key of 1024 bits, whose numbers make no sense otherwise.
pub fn short_private() -> String {
    let number = |bytes: usize| [&[0, 0xc1], vec![7; bytes - 1].as_slice()].concat();
    let (n, half) = (number(128), number(64));
    let parts = [&[0][..], &n, &[1, 0, 1], &n, &half, &half, &half, &half, &half].map(int);
    pem("RSA PRIVATE KEY", &seq(&parts.each_ref().map(Vec::as_slice)))
}

pub fn short_public() -> String {
    let number = [&[0, 0xc1], vec![7; 127].as_slice()].concat();
    let key = seq(&[&int(&number), &int(&[1, 0, 1])]);
    pem("PUBLIC KEY", &seq(&[&seq(&[&oid(RSA), NULL]), &der::der(0x03, &[&[0], &key])]))
}

pub fn elliptic() -> String {
    pem("PRIVATE KEY", &seq(&[&int(&[0]), &seq(&[&oid(EC), &oid(&[0x2a])]), &der::der(0x04, &[&[7; 40]])]))
}

pub fn encrypted() -> String {
    pem("ENCRYPTED PRIVATE KEY", &seq(&[&seq(&[&oid(PBES2), &seq(&[])]), &der::der(0x04, &[&[7; 64]])]))
}

pub fn request() -> String {
    let inner = seq(&[&int(&[0]), &der::name(&[(COMMON_NAME, "a")]), &OWN.spki, &der::der(0xa0, &[])]);
    let algorithm = seq(&[&oid(der::SHA256_WITH_RSA), NULL]);
    pem("CERTIFICATE REQUEST", &seq(&[&inner, &algorithm, &der::der(0x03, &[&[0; 257]])]))
}

pub fn damaged() -> String {
    let mut key = OWN.pkcs8.clone();
    *key.last_mut().unwrap() ^= 1;
    pem("PRIVATE KEY", &key)
}

fn settings() -> Vec<(&'static str, String)> {
    let text = |value: &str| value.to_owned();
    vec![
        ("DATABASE_URL", text("postgres://user:canarydatabasepassword@db/shop")),
        ("WECHAT_PAY_APP_ID", text("wx0123456789abcdef")),
        ("WECHAT_PAY_MCH_ID", text(MCHID)),
        ("WECHAT_PAY_PRIVATE_KEY", OWN.private()),
        ("WECHAT_PAY_CERT", OWN.certificate(MCHID, -300, 300)),
        ("WECHAT_PAY_API_V3_KEY", text(CANARIES[0])),
        ("WECHAT_PAY_API_KEY", text(CANARIES[4])),
        ("WECHAT_PAY_PUBLIC_KEY_ID", text("PUB_KEY_ID_0119000001092026")),
        ("WECHAT_PAY_PUBLIC_KEY", PROVIDERS.public()),
        ("WECHAT_PAY_NOTIFY_URL", text("https://old.example.com/wechat/notify")),
        ("ALIPAY_APP_ID", text("2021000000000001")),
        ("ALIPAY_SELLER_ID", text("2088000000000001")),
        ("ALIPAY_PRIVATE_KEY", encode(&OWN.pkcs8)),
        ("ALIPAY_PUBLIC_KEY", encode(&PROVIDERS.spki)),
        ("ALIPAY_APP_PUBLIC_KEY", encode(&OWN.spki)),
        ("ALIPAY_NOTIFY_URL", text("https://old.example.com/alipay/notify")),
        ("ALIPAY_GATEWAY", text("https://openapi.alipay.com/gateway.do")),
        ("STRIPE_SECRET_KEY", text(CANARIES[1])),
        ("STRIPE_PUBLISHABLE_KEY", text("pk_live_abc")),
        ("STRIPE_WEBHOOK_SECRET", text(CANARIES[2])),
        ("BASE_URL", text("https://pay.example.com")),
        ("ORDER_EXPIRE_MINUTES", text("15")),
        ("QR_CODE_EXPIRE_MINUTES", text("10")),
        ("PAYMENT_ENABLED", text("true")),
    ]
}

/// A file in which nothing is wrong.
pub fn whole() -> String {
    with(&[])
}

/// The whole file with other values, without a name where its value is empty, and with further names.
pub fn with(changes: &[(&str, &str)]) -> String {
    let mut all = settings();
    for (name, value) in changes {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some(known) => known.1 = (*value).to_owned(),
            None => all.push(("", format!("{name}=\"{value}\""))),
        }
    }
    let lines = all
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name}=\"{value}\"") });
    lines.collect::<Vec<_>>().join("\n")
}

/// The whole file and lines as they are.
pub fn and(lines: &str) -> String {
    format!("{}\n{lines}", whole())
}

pub fn reading(text: &str) -> Reading {
    Reading { draft: Draft::of(&dotenv::read(text), Path::new("/there/is/no/such/folder")), mode: None }
}
