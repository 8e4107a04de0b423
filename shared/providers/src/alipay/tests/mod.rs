//! Tests of Alipay: fixtures for both sides' messages.

mod accounts;
mod bytes;
mod conversations;
mod hostile;
mod notifications;
mod tables;
mod vectors;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::account::{LIVE, Merchant, Settings, TEST};
use super::notify::{NOT_NOW, Raw, TAKEN};
use super::scan::{Envelope, envelope};
use super::translate::{self, Meaning, Status};
use super::wire::{self, Api};
use super::{calls, serial, sign};
use crate::testing::keys::{own as app, provider as alipay, stranger};
use crate::testing::prelude::*;

pub const APP_ID: &str = "2021000122671080";
pub const SELLER_ID: &str = "2088102146225135";
pub const NOTIFY_URL: &str = "https://shop.example/api/v1/payment/alipay/callback/main";
/// The number of the script's order, and what Alipay calls it.
pub const NUMBER: &str = "ORD20261121100000TESTTEST";
pub const TRADE_NO: &str = "2026112122001468450512505578";

pub fn settings() -> Settings {
    Settings {
        app_id: APP_ID.to_owned(),
        seller_id: SELLER_ID.to_owned(),
        app_private_key: app().private_text.clone(),
        alipay_public_key: Some(alipay().public_text.clone()),
        ..Settings::default()
    }
}

/// The same account with certificates instead of a key.
pub fn certified_settings() -> Settings {
    Settings {
        alipay_public_key: None,
        app_certificate: Some(certificate("Class 1", &[7], app())),
        alipay_certificate: Some(certificate("Class 2", &[1, 44], alipay())),
        alipay_root_certificate: Some(certificate("Root", &[1], stranger())),
        ..settings()
    }
}

pub fn place() -> Place<'static> {
    Place { mode: AccountMode::Live, notify_url: NOTIFY_URL, base_url: None }
}

pub fn parse(settings: &Settings) -> Merchant {
    Merchant::parse(main_id(), settings, place()).unwrap()
}

pub fn merchant() -> &'static Merchant {
    static MERCHANT: OnceLock<Merchant> = OnceLock::new();
    MERCHANT.get_or_init(|| parse(&settings()))
}

pub fn certified() -> &'static Merchant {
    static MERCHANT: OnceLock<Merchant> = OnceLock::new();
    MERCHANT.get_or_init(|| parse(&certified_settings()))
}

/// A certificate that a class of Alipay's authorities issued.
pub fn certificate(class: &str, serial: &[u8], pair: &Pair) -> String {
    let issuer = [(6, "CN"), (10, "Ant"), (3, class)];
    pem("CERTIFICATE", &testing::keys::certificate(&issuer, serial, &pair.spki))
}

pub fn back_in_all(minor: u64) -> Says {
    Says::BackInAll { trade_no: trade_no(TRADE_NO), amount: cny(minor) }
}

pub fn signed(api: &str, subject: &str) -> Response {
    let sign = alipay().sign(subject.as_bytes());
    enveloped(api, subject, &format!(r#","sign":"{sign}""#))
}

/// An answer and what follows it in its envelope.
pub fn enveloped(api: &str, subject: &str, rest: &str) -> Response {
    answer(200, &[("Content-Type", "text/html;charset=utf-8")], &format!(r#"{{"{api}_response":{subject}{rest}}}"#))
}

pub fn refusal(code: &str, sub_code: &str) -> String {
    format!(r#"{{"code":"{code}","msg":"m","sub_code":"{sub_code}","sub_msg":"s"}}"#)
}

/// The parameters of a request, after its signature was verified over a text that is built independently here.
pub fn said(request: &Request) -> BTreeMap<String, String> {
    let (path, query) = request.target.split_once('?').unwrap();
    assert_eq!(path, "/gateway.do");
    let body = String::from_utf8(request.body.clone()).unwrap();
    let mut said = BTreeMap::new();
    for pair in query.split('&').chain(body.split('&')) {
        let (key, value) = pair.split_once('=').unwrap();
        assert!(!value.is_empty(), "{key} is sent empty");
        let value = percent_decode_str(value).decode_utf8().unwrap().into_owned();
        assert!(said.insert(key.to_owned(), value).is_none(), "{key} is sent twice");
    }
    let sign = said.remove("sign").unwrap();
    let text: Vec<String> = said.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let signature = base64::decode(sign.as_bytes()).unwrap();
    let key = PublicKey::parse(&app().public_text).unwrap();
    key.verify(text.join("&").as_bytes(), &signature).unwrap();
    said
}

pub fn paid_notice() -> Vec<(&'static str, &'static str)> {
    vec![
        ("notify_time", "2026-11-21 10:05:31"),
        ("notify_type", "trade_status_sync"),
        ("notify_id", "2026112100222100531068450559358070"),
        ("charset", "utf-8"),
        ("version", "1.0"),
        ("sign_type", "RSA2"),
        ("app_id", APP_ID),
        ("auth_app_id", APP_ID),
        ("trade_no", TRADE_NO),
        ("out_trade_no", NUMBER),
        ("trade_status", "TRADE_SUCCESS"),
        ("subject", "100 点数 + 1%"),
        ("body", ""),
        ("buyer_id", "2088102534368455"),
        ("buyer_logon_id", "xud***@126.com"),
        ("seller_id", SELLER_ID),
        ("total_amount", "9.90"),
        ("receipt_amount", "9.90"),
        ("gmt_create", "2026-11-21 10:05:00"),
        ("gmt_payment", "2026-11-21 10:05:30"),
        ("fund_bill_list", r#"[{"amount":"9.90","fundChannel":"ALIPAYACCOUNT"}]"#),
    ]
}

/// The same with other fields; `None` leaves a field out.
pub fn changed(changes: &[(&'static str, Option<&'static str>)]) -> Vec<(&'static str, &'static str)> {
    let mut notice = paid_notice();
    for (key, value) in changes {
        notice.retain(|(other, _)| other != key);
        notice.extend(value.map(|value| (*key, value)));
    }
    notice
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    Signed,
    Dropped,
}

/// A notification's bytes, signed with a key.
pub fn form(notice: &[(&str, &str)], by: &Pair, empty: Empty) -> Vec<u8> {
    let bytes: Vec<(&str, &[u8])> = notice.iter().map(|(key, value)| (*key, value.as_bytes())).collect();
    form_of_bytes(&bytes, by, empty)
}

pub fn form_of_bytes(notice: &[(&str, &[u8])], by: &Pair, empty: Empty) -> Vec<u8> {
    let mut sorted: Vec<_> = notice
        .iter()
        .filter(|(key, value)| *key != "sign_type" && (empty == Empty::Signed || !value.is_empty()))
        .collect();
    sorted.sort();
    let text = sorted.iter().map(|(key, value)| [key.as_bytes(), b"=", value].concat()).collect::<Vec<_>>().join(&b'&');
    let sign = by.sign(&text);
    unsigned_form(&notice.iter().copied().chain([("sign", sign.as_bytes())]).collect::<Vec<_>>())
}

/// A form's bytes, as browsers and Java write them.
pub fn unsigned_form(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let encoded = |value: &[u8]| percent_encode(value, NON_ALPHANUMERIC).to_string().replace("%20", "+");
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    pairs.join("&").into_bytes()
}
