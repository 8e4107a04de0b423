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

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::keys::Keys;
use super::notify::Raw;
use super::sign::Unverified;
use super::translate::Call;
use super::{Merchant, Settings, notify, sign, translate, wire};
use crate::testing::keys::{certificate_for, provider as platform, stranger};
use crate::testing::prelude::*;

pub const APPID: &str = "wxd678efh567hg6787";
pub const MCHID: &str = "1900007291";
pub const MERCHANT_SERIAL: &str = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB";
pub const APIV3_KEY: &str = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
pub const NOTIFY_URL: &str = "https://shop.example/wechat/main";
pub const NO: &str = "ORD20261121100000TESTTEST";
pub const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
pub const NATIVE: Method = Method::WechatNative;
pub const CODE: &str = "weixin://wxpay/bizpayurl?pr=JyC91EIz1";
pub const QUERY: &str = "GET /v3/pay/transactions/out-trade-no/ORD20261121100000TESTTEST?mchid=1900007291";
pub const TRANSACTION: &str = "4200001234202611211234567890";

const ISSUER: [(u8, &str); 2] = [(10, "Example"), (3, "Platform")];

/// A platform certificate in PEM.
pub fn platform_certificate(key: &Pair, serial: &str) -> String {
    pem("CERTIFICATE", &certificate(&ISSUER, &hex::decode(serial).unwrap(), &key.spki))
}

pub fn platform_certificate_for(key: &Pair, serial: &str, from: i64, until: i64) -> String {
    pem("CERTIFICATE", &certificate_for(&ISSUER, &ISSUER, &hex::decode(serial).unwrap(), &key.spki, from, until))
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
    Place { mode: AccountMode::Live, notify_url: NOTIFY_URL, base_url: None }
}

pub fn merchant_of(settings: &Settings) -> Merchant {
    Merchant::parse(main_id(), settings, live()).unwrap()
}

pub fn merchant() -> Merchant {
    merchant_of(&settings())
}

/// What a signature stands on, and who made it.
pub struct Stamp<'a> {
    pub key: &'a Pair,
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

pub fn good(status: u16, body: &str) -> Response {
    Stamp::default().answer(status, body)
}

/// An error: unsigned.
pub fn bad(status: u16, code: &str) -> Response {
    let body = if code.is_empty() { String::new() } else { format!("{{\"code\":\"{code}\",\"message\":\"…\"}}") };
    answer(status, &[], &body)
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

pub fn notification(event: &str, kind: &str, plain: &str) -> String {
    let ciphertext = sealed(APIV3_KEY, kind, plain);
    format!(
        r#"{{"id":"EV-2018022511223320873","create_time":"2026-11-21T09:59:58+08:00","resource_type":"encrypt-resource",
        "event_type":"{event}","summary":"支付成功","resource":{{"original_type":"{kind}","algorithm":"AEAD_AES_256_GCM",
        "ciphertext":"{ciphertext}","associated_data":"{kind}","nonce":"{SEAL_NONCE}"}}}}"#
    )
}

pub fn trade_notice(plain: &str) -> String {
    notification("TRANSACTION.SUCCESS", "transaction", plain)
}

/// A trade as WeChat Pay tells of it; what is to be different is put in by replacing.
pub fn trade(state: &str) -> String {
    format!(
        r#"{{"appid":"{APPID}","mchid":"{MCHID}","out_trade_no":"{NO}","transaction_id":"{TRANSACTION}",
        "trade_type":"NATIVE","trade_state":"{state}","trade_state_desc":"…","bank_type":"CMC","attach":"",
        "success_time":"2026-11-21T09:59:57+08:00","payer":{{"openid":"{OPENID}"}},
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

pub fn asked_for(sent: &[Request]) -> Vec<String> {
    sent.iter().map(|request| format!("{} {}", request.verb.as_str(), request.target)).collect()
}

pub fn requests(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

pub fn body_of(request: &Request) -> &str {
    str::from_utf8(&request.body).unwrap()
}

/// Sends a refund of 3.00 of 9.90, changed as `change` says, to a conversation.
pub fn with_refund<T>(change: impl FnOnce(&mut Refund), conversation: impl FnOnce(RefundOrder<'_>) -> T) -> T {
    let order = native_order();
    let mut refund = testing::refund(&order, TRANSACTION, 300);
    change(&mut refund);
    conversation(refund_order(&order, &refund))
}

/// An order of 9.90 whose QR code was shown.
pub fn native_order() -> Order {
    order(NATIVE, Currency::CNY, Some(CODE))
}
