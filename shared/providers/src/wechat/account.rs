//! One merchant account: its settings, checked all at once, and its keys, parsed once. It never prints a key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use serde::Deserialize;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::keys::{Certified, Keys, PUBLIC_KEY_ID};
use crate::account::{Faults, Place, Reader};
use crate::key::{PrivateKey, PublicKey, certificates};

/// WeChat Pay's nearest entrance.
const HOST: &str = "https://api.mch.weixin.qq.com";
/// Another entrance to the same, elsewhere.
const SECOND_HOST: &str = "https://api2.wechatpay.cn";
/// WeChat Pay takes no longer address for notifications.
const MOST_NOTIFY_URL: usize = 255;
/// AES-256 takes a key of so many bytes, and no other.
const APIV3_KEY_BYTES: usize = 32;
/// A merchant has one platform certificate, and two while it changes.
const MOST_CERTIFICATES: usize = 8;

/// An account's settings, as they are kept with the other secrets. An error of reading them may quote them: it is not to be
/// printed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The app that the merchant is bound to: `wx` and 16 letters or digits.
    pub appid: String,
    pub mchid: String,
    /// The serial number of the merchant's API certificate.
    pub merchant_serial: String,
    /// The key that belongs to that certificate (`apiclient_key.pem`).
    pub merchant_private_key: String,
    /// The APIv3 key: the 32 characters that the merchant chose.
    pub apiv3_key: String,
    /// The name of WeChat Pay's public key, if the merchant has one.
    #[serde(default)]
    pub platform_public_key_id: Option<String>,
    /// WeChat Pay's public key, if the merchant has one.
    #[serde(default)]
    pub platform_public_key: Option<String>,
    /// Platform certificates to begin with. Without them and without a public key they are downloaded when first needed.
    #[serde(default)]
    pub platform_certificates: Vec<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("appid", &self.appid).field("mchid", &self.mchid).finish_non_exhaustive()
    }
}

pub struct Merchant {
    pub(super) account: Account,
    pub(super) appid: String,
    pub(super) mchid: String,
    /// Of the merchant's own certificate.
    pub(super) serial: String,
    pub(super) key: PrivateKey,
    pub(super) seal: LessSafeKey,
    /// The name of WeChat Pay's public key: with it WeChat Pay is asked to sign.
    pub(super) public_key_id: Option<String>,
    /// The keys that verify WeChat Pay's signatures.
    pub(super) keys: Keys,
    pub(super) notify_url: String,
    /// Hosts, in the order in which they are tried.
    pub(super) bases: Vec<String>,
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant").field("account", &self.account).field("mchid", &self.mchid).finish_non_exhaustive()
    }
}

impl Merchant {
    /// Checks an account's settings and reports all their faults.
    pub fn parse(id: AccountId, settings: &Settings, place: Place<'_>) -> Result<Self, Faults> {
        let mut reader = Reader::default();
        check_names(&mut reader, settings);
        reader.notify_url(place, MOST_NOTIFY_URL);
        let own = reader.base(place, HOST);
        let mut bases = vec![own];
        if place.base_url.is_none() {
            bases.push(SECOND_HOST.to_owned());
        }
        let key = reader.key("merchant_private_key", PrivateKey::parse(&settings.merchant_private_key));
        let seal = seal(&mut reader, &settings.apiv3_key);
        let public = public_key(&mut reader, settings);
        let certified = platform_certificates(&mut reader, &settings.platform_certificates);
        let public_key_id = public.as_ref().map(|(id, _)| id.clone());
        let made = key.zip(seal).map(|(key, seal)| Self {
            account: Account { provider: Provider::WeChat, id },
            appid: settings.appid.clone(),
            mchid: settings.mchid.clone(),
            serial: settings.merchant_serial.to_ascii_uppercase(),
            key,
            seal,
            public_key_id,
            keys: Keys::new(public, certified),
            notify_url: place.notify_url.to_owned(),
            bases,
        });
        reader.done(made)
    }

    pub const fn account(&self) -> &Account {
        &self.account
    }
}

fn check_names(reader: &mut Reader, settings: &Settings) {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_appid = settings.appid.strip_prefix("wx").is_some_and(|rest| rest.len() == 16 && rest.chars().all(word));
    reader.check("appid", is_appid, "must be wx and 16 of a-z 0-9");
    let mchid = &settings.mchid;
    let is_mchid = (1..=32).contains(&mchid.len()) && mchid.bytes().all(|b| b.is_ascii_digit());
    reader.check("mchid", is_mchid, "must be 1 to 32 digits");
    let serial = &settings.merchant_serial;
    let is_serial = (1..=64).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_hexdigit());
    let why = "must be the serial number of the merchant's API certificate: hexadecimal digits alone";
    reader.check("merchant_serial", is_serial, why);
}

fn seal(reader: &mut Reader, key: &str) -> Option<LessSafeKey> {
    let bytes = key.as_bytes();
    let made = (bytes.len() == APIV3_KEY_BYTES).then(|| UnboundKey::new(&AES_256_GCM, bytes).ok()).flatten();
    reader.check("apiv3_key", made.is_some(), "must be exactly 32 bytes");
    made.map(LessSafeKey::new)
}

fn public_key(reader: &mut Reader, settings: &Settings) -> Option<(String, PublicKey)> {
    let (id, text) = match (&settings.platform_public_key_id, &settings.platform_public_key) {
        (None, None) => return None,
        (Some(id), Some(text)) => (id, text),
        (Some(_), None) => {
            reader.fault("platform_public_key", "is missing: the key and its id are set together");
            return None;
        }
        (None, Some(_)) => {
            reader.fault("platform_public_key_id", "is missing: the key and its id are set together");
            return None;
        }
    };
    let digits = id.strip_prefix(PUBLIC_KEY_ID).unwrap_or_default();
    let is_id = (1..=64).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_alphanumeric());
    reader.check("platform_public_key_id", is_id, "must be PUB_KEY_ID_ and up to 64 letters or digits");
    // A certificate holds a public key too, but never this one: the two were mixed up.
    let is_certificate = certificates(text).is_ok();
    let why = "is a certificate; expected WeChat Pay's public key (pub_key.pem)";
    reader.check("platform_public_key", !is_certificate, why);
    let key = reader.key("platform_public_key", PublicKey::parse(text))?;
    Some((id.clone(), key))
}

fn platform_certificates(reader: &mut Reader, texts: &[String]) -> Vec<Certified> {
    let field = "platform_certificates";
    reader.check(field, texts.len() <= MOST_CERTIFICATES, format_args!("must be at most {MOST_CERTIFICATES}"));
    let mut certified = Vec::new();
    for text in texts.iter().take(MOST_CERTIFICATES) {
        for certificate in reader.key(field, certificates(text)).unwrap_or_default() {
            let key = reader.key(field, PublicKey::of(&certificate));
            let serial = certificate.serial_hex();
            certified.extend(key.map(|key| Certified::new(serial, key, &certificate)));
        }
    }
    certified
}
