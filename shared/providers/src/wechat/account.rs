//! One merchant account: its settings, all checked at once, and its keys, parsed once.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use serde::Deserialize;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::keys::{Certified, Keys, PUBLIC_KEY_ID};
use crate::account::{CertificateEnd, Faults, Place, Reader, consists_of};
use crate::key::{PrivateKey, PublicKey, certificates};

/// WeChat Pay's nearest host.
const HOST: &str = "https://api.mch.weixin.qq.com";
/// A host of the same service at another place.
const SECOND_HOST: &str = "https://api2.wechatpay.cn";
/// WeChat Pay's limit for the notification address, in characters.
const MOST_NOTIFY_URL: usize = 255;
/// The key length of AES-256.
const APIV3_KEY_BYTES: usize = 32;
/// A merchant has one platform certificate, and two while it changes.
const MOST_CERTIFICATES: usize = 8;

/// An account's settings, kept with the other secrets. They have no `Debug`, so that no key is printed. An error of reading
/// them may quote them and must not be printed either.
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
    pub platform_public_key_id: Option<String>,
    pub platform_public_key: Option<String>,
    /// Known platform certificates. Without them and without a public key, certificates are downloaded when first needed.
    #[serde(default)]
    pub platform_certificates: Vec<String>,
    /// The API certificate (`apiclient_cert.pem`). Only its end is read, of which the team is told in time.
    #[serde(default)]
    pub merchant_certificate: Option<String>,
}

pub struct Merchant {
    pub account: Account,
    pub(super) appid: String,
    pub(super) mchid: String,
    pub(super) serial: String,
    pub(super) key: PrivateKey,
    pub(super) seal: LessSafeKey,
    /// The id of WeChat Pay's public key. A request with it asks WeChat Pay to sign with that key.
    pub(super) public_key_id: Option<String>,
    pub(super) keys: Keys,
    pub(super) certificate_end: Option<CertificateEnd>,
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
        let certificate_end = own_certificate(&mut reader, settings, key.as_ref());
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
            certificate_end,
            notify_url: place.notify_url.to_owned(),
            bases,
        });
        reader.done(made)
    }
}

fn check_names(reader: &mut Reader, settings: &Settings) {
    let word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_appid = settings.appid.strip_prefix("wx").is_some_and(|rest| consists_of(rest, 16..=16, word));
    reader.check("appid", is_appid, "must be wx and 16 of a-z 0-9");
    let is_mchid = consists_of(&settings.mchid, 1..=32, u8::is_ascii_digit);
    reader.check("mchid", is_mchid, "must be 1 to 32 digits");
    let is_serial = consists_of(&settings.merchant_serial, 1..=64, u8::is_ascii_hexdigit);
    let why = "must be the serial number of the merchant's API certificate: hexadecimal digits alone";
    reader.check("merchant_serial", is_serial, why);
}

fn own_certificate(reader: &mut Reader, settings: &Settings, key: Option<&PrivateKey>) -> Option<CertificateEnd> {
    let field = "merchant_certificate";
    let all = reader.key(field, certificates(settings.merchant_certificate.as_deref()?))?;
    let own = all.first()?;
    let bare = |serial: &str| serial.trim_start_matches('0').to_ascii_uppercase();
    let is_named = bare(&own.serial_hex()) == bare(&settings.merchant_serial);
    reader.check(field, is_named, "has another serial number than merchant_serial");
    if let Some((key, public)) = key.zip(reader.key(field, PublicKey::of(own))) {
        reader.check(field, key.is_of(&public), "is not about merchant_private_key");
    }
    Some(CertificateEnd { field, at: own.until })
}

fn seal(reader: &mut Reader, key: &str) -> Option<LessSafeKey> {
    let bytes = key.as_bytes();
    let made = (bytes.len() == APIV3_KEY_BYTES).then(|| UnboundKey::new(&AES_256_GCM, bytes).ok()).flatten();
    reader.check("apiv3_key", made.is_some(), "must be exactly 32 bytes");
    made.map(LessSafeKey::new)
}

fn public_key(reader: &mut Reader, settings: &Settings) -> Option<(String, PublicKey)> {
    let (id, key) = (settings.platform_public_key_id.as_ref(), settings.platform_public_key.as_ref());
    let why = "is missing: the key and its id are set together";
    reader.check("platform_public_key", key.is_some() || id.is_none(), why);
    reader.check("platform_public_key_id", id.is_some() || key.is_none(), why);
    let (id, text) = id.zip(key)?;
    let digits = id.strip_prefix(PUBLIC_KEY_ID).unwrap_or_default();
    let is_id = consists_of(digits, 1..=64, u8::is_ascii_alphanumeric);
    reader.check("platform_public_key_id", is_id, "must be PUB_KEY_ID_ and up to 64 letters or digits");
    // A certificate holds a public key too, but another one.
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
