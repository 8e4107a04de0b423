//! Findings about an account at WeChat Pay.

use till_domain::time::Time;

use super::kinds::{
    APIV3_KEY_IS_V2_KEY, APIV3_KEY_LENGTH, CERTIFICATE_OF_ANOTHER_MERCHANT, MERCHANT_CERTIFICATE_AS_PLATFORMS,
    ONLY_V2_KEY, PLATFORM_CERTIFICATE_AS_MERCHANTS, PLATFORM_KEYS_DOWNLOADED, PUBLIC_KEY_ID_SHAPE,
    PUBLIC_KEY_ID_WITHOUT_KEY, PUBLIC_KEY_IS_CERTIFICATE, PUBLIC_KEY_IS_OWN, PUBLIC_KEY_WITHOUT_ID,
    SERIAL_IS_PUBLIC_KEY_ID, SERIAL_NOT_OF_CERTIFICATE, SERIAL_SHAPE, SETTING_MISSING, SETTINGS_UNREADABLE,
    WECHAT_APP_SECRET, WECHAT_APPID_IS_ALIPAYS, WECHAT_APPID_SHAPE, WECHAT_IDS_SWAPPED, WECHAT_MCHID_SHAPE,
    WECHAT_PAIR_DIFFERS,
};
use super::{Beside, Findings, certificates, keys};
use crate::account::{Faults, consists_of, read};
use crate::certificate::Certificate;
use crate::key::{PrivateKey, PublicKey, certificates as certificates_of};
use crate::wechat::Settings;

/// The field of the certificate, which is also given beside the settings.
pub const MERCHANT_CERTIFICATE: &str = "merchant_certificate";
const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";
/// WeChat Pay's certificates are named so; a merchant's has the merchant's number.
const PLATFORM_NAME: &str = "Tenpay.com";

pub(super) fn check(found: &mut Findings, json: &str, beside: Beside<'_>, now: Time) -> Result<(), Faults> {
    let settings: Settings = read(json).inspect_err(|_| found.add(SETTINGS_UNREADABLE, "settings"))?;
    if settings.apiv3_key.is_empty() && beside.v2_key.is_some() {
        found.add(ONLY_V2_KEY, "apiv3_key");
    }
    names(found, &settings);
    serial(found, &settings);
    let key = keys::private(found, "merchant_private_key", &settings.merchant_private_key);
    if let Some(text) = beside.merchant_certificate.or(settings.merchant_certificate.as_deref()) {
        own_certificate(found, text, &settings, key.as_ref(), now);
    }
    apiv3_key(found, &settings, beside.v2_key);
    public_key(found, &settings, key.as_ref());
    for text in &settings.platform_certificates {
        platform_certificate(found, text, &settings, now);
    }
    Ok(())
}

fn names(found: &mut Findings, settings: &Settings) {
    let Settings { appid, mchid, .. } = settings;
    let is_mchid = |text: &str| consists_of(text, 8..=10, u8::is_ascii_digit);
    if is_mchid(appid) && mchid.starts_with("wx") {
        found.add(WECHAT_IDS_SWAPPED, "appid");
        return found.add(WECHAT_IDS_SWAPPED, "mchid");
    }
    let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_appid = appid.strip_prefix("wx").is_some_and(|rest| consists_of(rest, 16..=16, letter));
    let is_alipays = consists_of(appid, 16..=16, u8::is_ascii_digit) && appid.starts_with("20");
    match appid.as_str() {
        "" => found.add(SETTING_MISSING, "appid"),
        _ if is_alipays => found.add(WECHAT_APPID_IS_ALIPAYS, "appid"),
        _ => found.add_if(!is_appid, WECHAT_APPID_SHAPE, "appid"),
    }
    if mchid.is_empty() {
        found.add(SETTING_MISSING, "mchid");
    } else {
        found.add_if(!consists_of(mchid, 1..=32, u8::is_ascii_digit), WECHAT_MCHID_SHAPE, "mchid");
    }
}

fn serial(found: &mut Findings, settings: &Settings) {
    const FIELD: &str = "merchant_serial";
    let serial = settings.merchant_serial.as_str();
    if serial.is_empty() {
        found.add(SETTING_MISSING, FIELD);
    } else if serial.starts_with(PUBLIC_KEY_ID) {
        found.add(SERIAL_IS_PUBLIC_KEY_ID, FIELD);
    } else if consists_of(serial, 32..=32, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(b)) {
        found.add(WECHAT_APP_SECRET, FIELD);
    } else {
        found.add_if(!consists_of(serial, 1..=64, u8::is_ascii_hexdigit), SERIAL_SHAPE, FIELD);
    }
}

fn own_certificate(found: &mut Findings, text: &str, settings: &Settings, key: Option<&PrivateKey>, now: Time) {
    const FIELD: &str = MERCHANT_CERTIFICATE;
    let chain = keys::chain(found, FIELD, text);
    let Some(certificate) = chain.first() else { return };
    if is_platforms(certificate) {
        return found.add(PLATFORM_CERTIFICATE_AS_MERCHANTS, FIELD);
    }
    certificates::validity(found, FIELD, certificate, now);
    let bare = |serial: &str| serial.trim_start_matches('0').to_ascii_uppercase();
    let serial = certificate.serial_hex();
    if !settings.merchant_serial.is_empty() && bare(&settings.merchant_serial) != bare(&serial) {
        found.add_with(SERIAL_NOT_OF_CERTIFICATE, "merchant_serial", format!("the certificate's is {serial}"));
    }
    let name = certificate.common_name().filter(|name| name.bytes().all(|b| b.is_ascii_digit()));
    let is_anothers = name.is_some_and(|name| !settings.mchid.is_empty() && name != settings.mchid);
    found.add_if(is_anothers, CERTIFICATE_OF_ANOTHER_MERCHANT, FIELD);
    if let Some((key, public)) = key.zip(PublicKey::of(certificate).ok()) {
        found.add_if(!key.is_of(&public), WECHAT_PAIR_DIFFERS, "merchant_private_key");
    }
}

fn is_platforms(certificate: &Certificate) -> bool {
    certificate.common_name().is_some_and(|name| name.starts_with(PLATFORM_NAME))
}

fn apiv3_key(found: &mut Findings, settings: &Settings, v2_key: Option<&str>) {
    const FIELD: &str = "apiv3_key";
    let key = settings.apiv3_key.as_str();
    if key.is_empty() {
        // That there is only the other key is told already.
        found.add_if(v2_key.is_none(), SETTING_MISSING, FIELD);
    } else if key.len() != 32 {
        found.add_with(APIV3_KEY_LENGTH, FIELD, format!("it has {} bytes", key.len()));
    } else {
        found.add_if(v2_key == Some(key), APIV3_KEY_IS_V2_KEY, FIELD);
    }
}

fn public_key(found: &mut Findings, settings: &Settings, own: Option<&PrivateKey>) {
    const KEY: &str = "platform_public_key";
    const ID: &str = "platform_public_key_id";
    let (id, text) = (settings.platform_public_key_id.as_deref(), settings.platform_public_key.as_deref());
    if let Some(id) = id {
        let digits = id.strip_prefix(PUBLIC_KEY_ID).unwrap_or_default();
        found.add_if(!consists_of(digits, 1..=64, u8::is_ascii_alphanumeric), PUBLIC_KEY_ID_SHAPE, ID);
    }
    let Some(text) = text else {
        found.add_if(id.is_some(), PUBLIC_KEY_ID_WITHOUT_KEY, KEY);
        let has_none = id.is_none() && settings.platform_certificates.is_empty();
        return found.add_if(has_none, PLATFORM_KEYS_DOWNLOADED, KEY);
    };
    found.add_if(id.is_none(), PUBLIC_KEY_WITHOUT_ID, ID);
    if certificates_of(text).is_ok() {
        return found.add(PUBLIC_KEY_IS_CERTIFICATE, KEY);
    }
    if let Some((own, public)) = own.zip(keys::public(found, KEY, text)) {
        found.add_if(own.is_of(&public), PUBLIC_KEY_IS_OWN, KEY);
    }
}

fn platform_certificate(found: &mut Findings, text: &str, settings: &Settings, now: Time) {
    const FIELD: &str = "platform_certificates";
    for certificate in keys::chain(found, FIELD, text) {
        let is_merchants = certificate.common_name() == Some(settings.mchid.as_str());
        found.add_if(is_merchants, MERCHANT_CERTIFICATE_AS_PLATFORMS, FIELD);
        certificates::validity(found, FIELD, &certificate, now);
    }
}
