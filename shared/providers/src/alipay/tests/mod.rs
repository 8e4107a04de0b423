//! Tests: keys that are made at run time, both sides' messages, and what is made of them.

mod accounts;
mod bytes;
mod conversations;
mod hostile;
mod notifications;
mod tables;
mod vectors;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use till_domain::text::AccountId;

use super::account::{Merchant, Settings};
use crate::account::{Mode, Place};
use crate::http::{Request, Response};
use crate::key::{PrivateKey, PublicKey};
use crate::script::answer;

pub const APP_ID: &str = "2021000122671080";
pub const SELLER_ID: &str = "2088102146225135";
pub const NOTIFY_URL: &str = "https://shop.example/api/v1/payment/alipay/callback/main";
/// The number of the script's order, and what Alipay calls it.
pub const NUMBER: &str = "ORD20261121100000TESTTEST";
pub const TRADE_NO: &str = "2026112122001468450512505578";

/// Somebody's key, in the forms that settings have it in.
pub struct Pair {
    pub private: PrivateKey,
    pub private_text: String,
    pub public_text: String,
    pub public_der: Vec<u8>,
}

fn pair() -> Pair {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let private_der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public_der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let private_text = crate::base64::encode(private_der.as_ref());
    Pair {
        private: PrivateKey::parse(&private_text).unwrap(),
        private_text,
        public_text: crate::base64::encode(public_der.as_ref()),
        public_der: public_der.as_ref().to_vec(),
    }
}

pub fn app() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(pair)
}

pub fn alipay() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(pair)
}

pub fn stranger() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(pair)
}

pub fn settings() -> Settings {
    Settings {
        app_id: APP_ID.to_owned(),
        seller_id: SELLER_ID.to_owned(),
        app_private_key: app().private_text.clone(),
        alipay_public_key: Some(alipay().public_text.clone()),
        app_certificate: None,
        alipay_certificate: None,
        alipay_root_certificate: None,
        precreate_product_code: None,
        return_url: None,
        gateway: None,
    }
}

/// The same account with certificates instead of a key.
pub fn certified_settings() -> Settings {
    Settings {
        alipay_public_key: None,
        app_certificate: Some(certificate("Class 1", 7, &app().public_der)),
        alipay_certificate: Some(certificate("Class 2", 300, &alipay().public_der)),
        alipay_root_certificate: Some(certificate("Root", 1, &stranger().public_der)),
        ..settings()
    }
}

pub fn place() -> Place<'static> {
    Place { mode: Mode::Live, notify_url: NOTIFY_URL, base_url: None }
}

pub fn parse(settings: &Settings) -> Merchant {
    Merchant::parse(AccountId::parse("main").unwrap(), settings, place()).unwrap()
}

pub fn merchant() -> &'static Merchant {
    static MERCHANT: OnceLock<Merchant> = OnceLock::new();
    MERCHANT.get_or_init(|| parse(&settings()))
}

pub fn certified() -> &'static Merchant {
    static MERCHANT: OnceLock<Merchant> = OnceLock::new();
    MERCHANT.get_or_init(|| parse(&certified_settings()))
}

/// One element of DER.
fn der(tag: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(body.len()).unwrap().to_be_bytes();
    let head = match (high, low) {
        (0, 0..0x80) => vec![tag, low],
        (0, 0x80..) => vec![tag, 0x81, low],
        (1.., _) => vec![tag, 0x82, high, low],
    };
    [head.as_slice(), body].concat()
}

/// A certificate that a class of authorities gave out about a key. Nobody looks at its signature.
pub fn certificate(class: &str, serial: u16, public_der: &[u8]) -> String {
    let sha256_with_rsa = der(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00]);
    let part = |last: u8, text: &str| {
        let pair = [&[0x06, 0x03, 0x55, 0x04, last][..], &der(0x0c, text.as_bytes())].concat();
        der(0x31, &der(0x30, &pair))
    };
    let name = der(0x30, &[part(6, "CN"), part(10, "Ant"), part(3, class)].concat());
    let validity = der(0x30, &[der(0x17, b"260101000000Z"), der(0x17, b"360101000000Z")].concat());
    let serial: Vec<u8> = serial.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let serial = [&[0x02, u8::try_from(serial.len()).unwrap()], &serial[..]].concat();
    let version = vec![0xa0, 0x03, 0x02, 0x01, 0x02];
    let inner = [version, serial, sha256_with_rsa.clone(), name.clone(), validity, name, public_der.to_vec()].concat();
    let signature = der(0x03, &[0; 257]);
    let whole = der(0x30, &[der(0x30, &inner), sha256_with_rsa, signature].concat());
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", crate::base64::encode(&whole))
}

/// An answer that Alipay signed.
pub fn signed(api: &str, subject: &str) -> Response {
    let sign = alipay().private.sign(subject.as_bytes()).unwrap();
    enveloped(api, subject, &format!(r#","sign":"{sign}""#))
}

/// An answer and what follows it in its envelope.
pub fn enveloped(api: &str, subject: &str, rest: &str) -> Response {
    answer(200, &[("Content-Type", "text/html;charset=utf-8")], &format!(r#"{{"{api}_response":{subject}{rest}}}"#))
}

/// A refusal's text.
pub fn refusal(code: &str, sub_code: &str) -> String {
    format!(r#"{{"code":"{code}","msg":"m","sub_code":"{sub_code}","sub_msg":"s"}}"#)
}

/// What a request of ours says, and that its signature is our application's, over text that is put together here.
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
    let signature = crate::base64::decode(sign.as_bytes()).unwrap();
    let key = PublicKey::parse(&app().public_text).unwrap();
    key.verify(text.join("&").as_bytes(), &signature).unwrap();
    said
}

/// A notification of a trade that was paid.
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

/// The same with other fields; an empty list of a field's values leaves it out.
pub fn changed(changes: &[(&'static str, Option<&'static str>)]) -> Vec<(&'static str, &'static str)> {
    let mut notice = paid_notice();
    for (key, value) in changes {
        notice.retain(|(other, _)| other != key);
        notice.extend(value.map(|value| (*key, value)));
    }
    notice
}

/// How empty parameters are signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    Signed,
    Dropped,
}

/// A notification's bytes, signed by somebody.
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
    let sign = by.private.sign(&text).unwrap();
    unsigned_form(&notice.iter().copied().chain([("sign", sign.as_bytes())]).collect::<Vec<_>>())
}

/// A form's bytes, as browsers and Java write them.
pub fn unsigned_form(pairs: &[(&str, &[u8])]) -> Vec<u8> {
    let encoded = |value: &[u8]| percent_encode(value, NON_ALPHANUMERIC).to_string().replace("%20", "+");
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    pairs.join("&").into_bytes()
}
