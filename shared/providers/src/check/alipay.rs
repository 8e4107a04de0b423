//! Findings about an application at Alipay.

use till_domain::time::Time;

use super::kinds::{
    ALIPAY_APP_ID_IS_SELLER, ALIPAY_APP_ID_IS_WECHATS, ALIPAY_APP_ID_SHAPE, ALIPAY_CERTIFICATES_INCOMPLETE,
    ALIPAY_KEY_AND_CERTIFICATES, ALIPAY_KEY_IS_OWN, ALIPAY_PAIR_DIFFERS, CONTENT_KEY_UNSUPPORTED, GATEWAY_DEAD,
    GATEWAY_OF_OTHER_MODE, GATEWAY_UNKNOWN, SELLER_ID_SHAPE, SETTING_MISSING, SETTINGS_UNREADABLE,
};
use super::{Beside, Findings, certificates, is_live, keys};
use crate::account::{AccountMode, Faults, consists_of, read};
use crate::alipay::Settings;
use crate::alipay::account::{DEAD_TEST, LIVE, TEST};
use crate::key::{PrivateKey, PublicKey};

/// Fields that are no settings of an account.
pub const APP_PUBLIC_KEY: &str = "app_public_key";
pub const CONTENT_KEY: &str = "content_key";

pub(super) fn check(
    found: &mut Findings,
    json: &str,
    mode: AccountMode,
    beside: Beside<'_>,
    now: Time,
) -> Result<(), Faults> {
    let settings: Settings = read(json).inspect_err(|_| found.add(SETTINGS_UNREADABLE, "settings"))?;
    names(found, &settings);
    gateway(found, given(settings.gateway.as_ref()), mode);
    let private = keys::private(found, "app_private_key", &settings.app_private_key);
    if let Some(text) = beside.app_public_key {
        own_public_key(found, text, private.as_ref());
    }
    found.add_if(beside.content_key.is_some(), CONTENT_KEY_UNSUPPORTED, CONTENT_KEY);
    trust(found, &settings, private.as_ref(), now);
    Ok(())
}

fn given(setting: Option<&String>) -> Option<&str> {
    setting.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn names(found: &mut Findings, settings: &Settings) {
    let Settings { app_id, seller_id, .. } = settings;
    let is_seller = |text: &str| text.starts_with("2088") && consists_of(text, 16..=16, u8::is_ascii_digit);
    match app_id.as_str() {
        "" => found.add(SETTING_MISSING, "app_id"),
        id if id.starts_with("wx") => found.add(ALIPAY_APP_ID_IS_WECHATS, "app_id"),
        id if is_seller(id) => found.add(ALIPAY_APP_ID_IS_SELLER, "app_id"),
        id => found.add_if(!consists_of(id, 8..=32, u8::is_ascii_digit), ALIPAY_APP_ID_SHAPE, "app_id"),
    }
    if seller_id.is_empty() {
        found.add(SETTING_MISSING, "seller_id");
    } else {
        found.add_if(!is_seller(seller_id), SELLER_ID_SHAPE, "seller_id");
    }
}

fn gateway(found: &mut Findings, gateway: Option<&str>, mode: AccountMode) {
    const FIELD: &str = "gateway";
    let Some(gateway) = gateway else { return };
    let (own, other) = if is_live(mode) { (LIVE, TEST) } else { (TEST, LIVE) };
    match gateway.trim_end_matches('/').trim_end_matches("/gateway.do") {
        bare if bare == own => {}
        bare if bare == other => found.add(GATEWAY_OF_OTHER_MODE, FIELD),
        bare if bare.trim_start_matches("http://").trim_start_matches("https://") == host_of(DEAD_TEST) => {
            found.add(GATEWAY_DEAD, FIELD);
        }
        _ => found.add(GATEWAY_UNKNOWN, FIELD),
    }
}

fn host_of(url: &str) -> &str {
    url.trim_start_matches("https://")
}

fn own_public_key(found: &mut Findings, text: &str, private: Option<&PrivateKey>) {
    let key = keys::public(found, APP_PUBLIC_KEY, text);
    if let Some((private, public)) = private.zip(key) {
        found.add_if(!private.is_of(&public), ALIPAY_PAIR_DIFFERS, APP_PUBLIC_KEY);
    }
}

fn trust(found: &mut Findings, settings: &Settings, private: Option<&PrivateKey>, now: Time) {
    const KEY: &str = "alipay_public_key";
    let files = [
        ("app_certificate", given(settings.app_certificate.as_ref())),
        ("alipay_certificate", given(settings.alipay_certificate.as_ref())),
        ("alipay_root_certificate", given(settings.alipay_root_certificate.as_ref())),
    ];
    let has_files = files.iter().any(|(_, file)| file.is_some());
    match given(settings.alipay_public_key.as_ref()) {
        Some(_) if has_files => found.add(ALIPAY_KEY_AND_CERTIFICATES, KEY),
        Some(text) => {
            if let Some((private, public)) = private.zip(keys::public(found, KEY, text)) {
                found.add_if(private.is_of(&public), ALIPAY_KEY_IS_OWN, KEY);
            }
        }
        None => found.add_if(!has_files, SETTING_MISSING, KEY),
    }
    for (field, file) in files {
        match file {
            Some(text) => certificate(found, field, text, private, now),
            None => found.add_if(has_files, ALIPAY_CERTIFICATES_INCOMPLETE, field),
        }
    }
}

fn certificate(found: &mut Findings, field: &'static str, text: &str, private: Option<&PrivateKey>, now: Time) {
    let chain = keys::chain(found, field, text);
    let Some(first) = chain.first() else { return };
    // Some of Alipay's roots have ended, and their serial numbers are sent all the same.
    if field != "alipay_root_certificate" {
        certificates::validity(found, field, first, now);
    }
    let Some((private, public)) = private.zip(PublicKey::of(first).ok()) else { return };
    match field {
        "app_certificate" => found.add_if(!private.is_of(&public), ALIPAY_PAIR_DIFFERS, field),
        _ => found.add_if(private.is_of(&public), ALIPAY_KEY_IS_OWN, field),
    }
}
