//! WeChat Pay's side for tests: keys made at run time, signatures and encryption as WeChat Pay makes them. The merchant's
//! own key is the one that WeChat Pay publishes for its examples, so that its published signatures can be compared.

mod account;
mod arbitrary;
mod certificates;
mod hostile;
mod notices;
mod refunds;
mod standing;
mod tables;
mod trades;
mod vectors;

use std::sync::OnceLock;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use till_domain::text::AccountId;
use till_domain::time::Time;
use x509_cert::TbsCertificate;
use x509_cert::der::asn1::{BitString, UtcTime};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Any, Decode as _, Encode as _, Tag};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Validity;

use super::{Merchant, Settings};
use crate::account::{Mode, Place};
use crate::base64;
use crate::http::{Headers, Response};
use crate::key::PrivateKey;
use crate::script::now;

pub const APPID: &str = "wxd678efh567hg6787";
pub const MCHID: &str = "1900007291";
pub const MERCHANT_SERIAL: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
pub const APIV3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
pub const NOTIFY_URL: &str = "https://shop.example/wechat/main";
pub const NO: &str = "ORD20261121100000TESTTEST";
pub const TRANSACTION: &str = "4200001234202611211234567890";

/// A key of WeChat Pay's, or of somebody else's.
pub struct Theirs {
    key: PrivateKey,
    spki: Vec<u8>,
}

impl Theirs {
    fn new() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let spki = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
        Self { key: PrivateKey::parse(&base64::encode(der.as_ref())).unwrap(), spki: spki.as_ref().to_vec() }
    }

    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.spki)
    }

    pub fn sign(&self, message: &[u8]) -> String {
        self.key.sign(message).unwrap()
    }

    /// A platform certificate of this key, for one year around now.
    pub fn certificate(&self, serial: &str) -> String {
        const YEAR: i64 = 365 * 86_400;
        self.certificate_for(serial, now().unix() - YEAR / 2, now().unix() + YEAR / 2)
    }

    pub fn certificate_for(&self, serial: &str, from: i64, until: i64) -> String {
        let rsa_sha256 = AlgorithmIdentifierOwned {
            oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
            parameters: Some(Any::new(Tag::Null, Vec::new()).unwrap()),
        };
        let time = |unix: i64| {
            let since = Duration::from_secs(unix.try_into().unwrap());
            x509_cert::time::Time::UtcTime(UtcTime::from_unix_duration(since).unwrap())
        };
        let name: x509_cert::name::Name = "CN=Platform,O=Example".parse().unwrap();
        let tbs_certificate = TbsCertificate {
            version: x509_cert::Version::V3,
            serial_number: x509_cert::serial_number::SerialNumber::new(&crate::hex::decode(serial).unwrap()).unwrap(),
            signature: rsa_sha256.clone(),
            issuer: name.clone(),
            validity: Validity { not_before: time(from), not_after: time(until) },
            subject: name,
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(&self.spki).unwrap(),
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: None,
        };
        let signature = base64::decode(self.sign(&tbs_certificate.to_der().unwrap()).as_bytes()).unwrap();
        let certificate = x509_cert::Certificate {
            tbs_certificate,
            signature_algorithm: rsa_sha256,
            signature: BitString::from_bytes(&signature).unwrap(),
        };
        pem("CERTIFICATE", &certificate.to_der().unwrap())
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64::encode(der))
}

/// WeChat Pay's own key.
pub fn platform() -> &'static Theirs {
    static KEY: OnceLock<Theirs> = OnceLock::new();
    KEY.get_or_init(Theirs::new)
}

/// A key of somebody else's.
pub fn stranger() -> &'static Theirs {
    static KEY: OnceLock<Theirs> = OnceLock::new();
    KEY.get_or_init(Theirs::new)
}

/// A merchant with WeChat Pay's public key.
pub fn settings() -> Settings {
    Settings {
        platform_public_key_id: Some(PUBLIC_KEY_ID.to_owned()),
        platform_public_key: Some(platform().public_pem()),
        ..certificate_settings()
    }
}

/// A merchant that must download certificates.
pub fn certificate_settings() -> Settings {
    Settings {
        appid: APPID.to_owned(),
        mchid: MCHID.to_owned(),
        merchant_serial: MERCHANT_SERIAL.to_owned(),
        merchant_private_key: vectors::PUBLISHED_KEY.to_owned(),
        apiv3_key: APIV3_KEY.to_owned(),
        ..Settings::default()
    }
}

pub fn live() -> Place<'static> {
    Place { mode: Mode::Live, notify_url: NOTIFY_URL, base_url: None }
}

pub fn merchant_of(settings: &Settings) -> Merchant {
    Merchant::parse(AccountId::parse("main").unwrap(), settings, live()).unwrap()
}

pub fn merchant() -> Merchant {
    merchant_of(&settings())
}

/// What a signature stands on, and who made it.
pub struct Stamp<'a> {
    pub key: &'a Theirs,
    pub serial: &'a str,
    pub at: Time,
}

impl Default for Stamp<'_> {
    fn default() -> Self {
        Self { key: platform(), serial: PUBLIC_KEY_ID, at: now() }
    }
}

pub const THEIR_NONCE: &str = "d824f2e086d3c1df967785d13fcd22ef";

impl Stamp<'_> {
    pub fn pairs(&self, body: &[u8]) -> Vec<(String, String)> {
        let at = self.at.unix().to_string();
        let message = [at.as_bytes(), b"\n", THEIR_NONCE.as_bytes(), b"\n", body, b"\n"].concat();
        [
            ("Wechatpay-Timestamp", at),
            ("Wechatpay-Nonce", THEIR_NONCE.to_owned()),
            ("Wechatpay-Serial", self.serial.to_owned()),
            ("Wechatpay-Signature", self.key.sign(&message)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub fn headers(&self, body: &[u8]) -> Headers {
        Headers::new(self.pairs(body))
    }

    pub fn answer(&self, status: u16, body: &str) -> Response {
        Response { status, headers: self.headers(body.as_bytes()), body: body.as_bytes().to_vec() }
    }
}

/// An answer that WeChat Pay signed.
pub fn good(status: u16, body: &str) -> Response {
    Stamp::default().answer(status, body)
}

/// An error: unsigned.
pub fn bad(status: u16, code: &str) -> Response {
    let body = if code.is_empty() { String::new() } else { format!("{{\"code\":\"{code}\",\"message\":\"…\"}}") };
    crate::script::answer(status, &[], &body)
}

pub const SEAL_NONCE: &str = "fdasflkja484";

/// Encrypts under the APIv3 key as WeChat Pay does.
pub fn sealed(key: &str, associated: &str, plain: &str) -> String {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).unwrap());
    let mut bytes = plain.as_bytes().to_vec();
    let nonce = Nonce::try_assume_unique_for_key(SEAL_NONCE.as_bytes()).unwrap();
    key.seal_in_place_append_tag(nonce, Aad::from(associated.as_bytes()), &mut bytes).unwrap();
    base64::encode(&bytes)
}

/// A notification around a plaintext.
pub fn notification(event: &str, kind: &str, plain: &str) -> String {
    let ciphertext = sealed(APIV3_KEY, kind, plain);
    format!(
        r#"{{"id":"EV-2018022511223320873","create_time":"2026-11-21T09:59:58+08:00","resource_type":"encrypt-resource",
        "event_type":"{event}","summary":"支付成功","resource":{{"original_type":"{kind}","algorithm":"AEAD_AES_256_GCM",
        "ciphertext":"{ciphertext}","associated_data":"{kind}","nonce":"{SEAL_NONCE}"}}}}"#
    )
}

/// A trade as WeChat Pay tells of it; what is to be different is put in by replacing.
pub fn trade(state: &str) -> String {
    format!(
        r#"{{"appid":"{APPID}","mchid":"{MCHID}","out_trade_no":"{NO}","transaction_id":"{TRANSACTION}",
        "trade_type":"NATIVE","trade_state":"{state}","trade_state_desc":"…","bank_type":"CMC","attach":"",
        "success_time":"2026-11-21T09:59:57+08:00","payer":{{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}},
        "amount":{{"total":990,"payer_total":890,"currency":"CNY","payer_currency":"CNY"}},
        "promotion_detail":[{{"coupon_id":"1","amount":100}}]}}"#
    )
}

/// A refund of 3.00 of it, as an answer.
pub fn refund(status: &str) -> String {
    format!(
        r#"{{"refund_id":"50000000382019052709732678859","out_refund_no":"{NO}R1","transaction_id":"{TRANSACTION}",
        "out_trade_no":"{NO}","channel":"ORIGINAL","user_received_account":"招商银行信用卡0403",
        "create_time":"2026-11-21T10:00:00+08:00","status":"{status}",
        "amount":{{"total":990,"refund":300,"payer_total":890,"payer_refund":270,"currency":"CNY"}}}}"#
    )
}

/// The same as a notification has it: another name for the status, no currency, the merchant's number.
pub fn refund_notice(status: &str) -> String {
    format!(
        r#"{{"mchid":"{MCHID}","refund_id":"50000000382019052709732678859","out_refund_no":"{NO}R1",
        "transaction_id":"{TRANSACTION}","out_trade_no":"{NO}","refund_status":"{status}",
        "success_time":"2026-11-21T10:00:00+08:00","user_received_account":"招商银行信用卡0403",
        "amount":{{"total":990,"refund":300,"payer_total":890,"payer_refund":270}}}}"#
    )
}

/// A conversation with a script never waits.
pub fn run<T>(conversation: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(conversation).expect("a script answers at once")
}

/// What was asked, in order: verb, path, body.
pub fn asked_for(sent: &[crate::http::Request]) -> Vec<String> {
    let line = |request: &crate::http::Request| format!("{} {}", request.verb.as_str(), request.target);
    sent.iter().map(line).collect()
}

pub fn body_of(request: &crate::http::Request) -> &str {
    std::str::from_utf8(&request.body).unwrap()
}
