//! Builds and signs requests, and checks answers. No I/O and no clock: the time and the nonce are parameters.

use std::net::IpAddr;

use percent_encoding::utf8_percent_encode;
use serde::de::DeserializeOwned;
use till_app::ports::{NewTrade, Payer, RefundOrder};
use till_domain::currency::Currency;
use till_domain::id::PaymentNo;
use till_domain::order::{Says, Sold};
use till_domain::provider::Method;
use till_domain::text::{Handle, TradeNo};
use till_domain::time::{Seconds, Time};

use super::account::Merchant;
use super::keys::Certified;
use super::sign::{SCHEME, Signed, Unverified, lines};
use super::translate::{self, Call};
use super::wire;
use crate::account::consists_of;
use crate::callback_content::refund_is;
use crate::error::{Code, Distrust, Error, SaysResult};
use crate::http::{PLAIN, Request, Response, Verb};
use crate::key::{PublicKey, certificates};
use crate::time;

/// Refund endpoints refuse requests without a `User-Agent`.
const USER_AGENT: &str = concat!("Till/", env!("CARGO_PKG_VERSION"));
/// WeChat Pay's limits are in bytes; it refuses longer texts.
const MOST_DESCRIPTION_BYTES: usize = 127;
const MOST_REASON_BYTES: usize = 80;
/// WeChat Pay moves a nearer end of a trade to a later time.
const SHORTEST_LIFE: Seconds = Seconds::minutes(1);
/// WeChat Pay's limit for an openid.
const MOST_OPENID_BYTES: usize = 128;
pub(super) const CERTIFICATES: &str = "/v3/certificates";
/// The only encryption for merchants with RSA keys.
pub(super) const ALGORITHM: &str = "AEAD_AES_256_GCM";

pub(super) struct Unsigned {
    pub call: Call,
    pub verb: Verb,
    pub target: String,
    pub body: Vec<u8>,
}

impl Merchant {
    fn authorization(&self, verb: Verb, target: &str, body: &[u8], now: Time, nonce: &str) -> Result<String, Error> {
        let at = now.unix().to_string();
        let parts: [&[u8]; 5] = [verb.as_str().as_bytes(), target.as_bytes(), at.as_bytes(), nonce.as_bytes(), body];
        let signature = self.key.sign(&lines(&parts))?;
        let Self { mchid, serial, .. } = self;
        Ok(format!(
            "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{at}\",serial_no=\"{serial}\",signature=\"{signature}\""
        ))
    }

    /// The parameters with which WeChat's own script lets a buyer pay inside WeChat.
    pub(super) fn pay_params(&self, prepay_id: &str, now: Time, nonce: &str) -> Result<Vec<(String, String)>, Error> {
        let at = now.unix().to_string();
        let package = format!("prepay_id={prepay_id}");
        let parts = [self.appid.as_bytes(), at.as_bytes(), nonce.as_bytes(), package.as_bytes()];
        let signature = self.key.sign(&lines(&parts))?;
        let params = [
            ("appId", self.appid.clone()),
            ("timeStamp", at),
            ("nonceStr", nonce.to_owned()),
            ("package", package),
            ("signType", "RSA".to_owned()),
            ("paySign", signature),
        ];
        Ok(params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A signed request to the first host. The signature does not cover the host, but the whole path that is called, with
    /// the path that a test account's address may have.
    pub fn request(&self, verb: Verb, target: &str, body: &[u8], now: Time, nonce: &str) -> Result<Request, Error> {
        let base = self.bases.first().cloned().unwrap_or_default();
        let called = format!("{}{target}", path_of(&base));
        let mut headers = vec![
            ("Authorization", self.authorization(verb, &called, body, now, nonce)?),
            ("Accept", "application/json".to_owned()),
            ("User-Agent", USER_AGENT.to_owned()),
        ];
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json".to_owned()));
        }
        if let Some(id) = &self.public_key_id {
            headers.push(("Wechatpay-Serial", id.clone()));
        }
        Ok(Request { verb, base, target: target.to_owned(), headers, body: body.to_vec() })
    }

    pub(super) fn create_call(&self, trade: &NewTrade<'_>, now: Time) -> Result<Unsigned, Error> {
        let Sold { name, price, .. } = trade.sold;
        if price.currency() != Currency::CNY || price.is_zero() {
            return Err(Error::Cannot("WeChat Pay takes whole fen of CNY alone, and at least one"));
        }
        if trade.expire_at < now.plus(SHORTEST_LIFE) {
            return Err(Error::Cannot("WeChat Pay opens no trade that ends within a minute"));
        }
        let (path, payer, scene_info) = match trade.method {
            Method::WechatNative => ("native", None, None),
            Method::WechatJsapi => ("jsapi", Some(openid(trade.payer)?), None),
            Method::WechatH5 => ("h5", None, Some(scene(trade.payer)?)),
            Method::AlipayQr
            | Method::AlipayPage
            | Method::AlipayWap
            | Method::StripeCheckout
            | Method::StripeIntent => return Err(Error::Cannot("this is no method of WeChat Pay")),
        };
        let currency = price.currency();
        let body = wire::Create {
            appid: &self.appid,
            mchid: &self.mchid,
            description: cut(name.as_str(), MOST_DESCRIPTION_BYTES),
            out_trade_no: trade.payment_no.to_string(),
            time_expire: time::to_rfc3339(trade.expire_at),
            notify_url: &self.notify_url,
            amount: wire::Price { refund: None, total: price.minor(), currency: currency.code() },
            payer,
            scene_info,
        };
        post(Call::Create, format!("/v3/pay/transactions/{path}"), &body)
    }

    pub(super) fn query_call(&self, payment_no: PaymentNo) -> Unsigned {
        let target = format!("/v3/pay/transactions/out-trade-no/{payment_no}?mchid={}", self.mchid);
        Unsigned { call: Call::Query, verb: Verb::Get, target, body: Vec::new() }
    }

    /// By WeChat Pay's own number.
    pub(super) fn trade_call(&self, trade_no: &TradeNo) -> Unsigned {
        let id = utf8_percent_encode(trade_no.as_str(), PLAIN);
        let target = format!("/v3/pay/transactions/id/{id}?mchid={}", self.mchid);
        Unsigned { call: Call::Query, verb: Verb::Get, target, body: Vec::new() }
    }

    pub(super) fn close_call(&self, payment_no: PaymentNo) -> Result<Unsigned, Error> {
        let target = format!("/v3/pay/transactions/out-trade-no/{payment_no}/close");
        post(Call::Close, target, &wire::Close { mchid: &self.mchid })
    }

    pub(super) fn refund_call(&self, order: &RefundOrder<'_>) -> Result<Unsigned, Error> {
        let no = order.refund_no.ok_or(NOT_OUR_REFUND)?;
        let (_, total) = order.paid.ok_or(Error::Cannot("a refund needs its payment's amount, which is not known"))?;
        let amount = order.refund.amount;
        if amount.currency() != total.currency() {
            return Err(Error::Cannot("a refund is made in the currency of its payment"));
        }
        let currency = total.currency();
        let body = wire::Refund {
            transaction_id: order.trade_no.as_str(),
            out_refund_no: no.to_string(),
            reason: order.refund.reason.as_ref().map(|reason| cut(reason.as_str(), MOST_REASON_BYTES)),
            // Without it WeChat Pay may send the refund's notification in the form of interface v2.
            notify_url: &self.notify_url,
            amount: wire::Price { refund: Some(amount.minor()), total: total.minor(), currency: currency.code() },
        };
        post(Call::Refund, "/v3/refund/domestic/refunds".to_owned(), &body)
    }

    /// Checks that a trade is this merchant's, through this app.
    pub(super) fn check_trade(&self, trade: &wire::Trade) -> Result<(), Distrust> {
        check(trade.mchid.as_deref(), &self.mchid, "mchid", Distrust::OtherMerchant)?;
        check(trade.appid.as_deref(), &self.appid, "appid", Distrust::OtherMerchant)
    }

    pub(super) fn check_refund(&self, refund: &wire::Refunded) -> Result<(), Distrust> {
        check(refund.mchid.as_deref(), &self.mchid, "mchid", Distrust::OtherMerchant)
    }

    /// The trade's state, if the answer is about the trade that was queried.
    pub(super) fn read_trade(&self, signed: Signed<'_>, asked: PaymentNo, now: Time) -> Result<Vec<Says>, Distrust> {
        let trade: wire::Trade = read(signed)?;
        check_subject("out_trade_no", trade.out_trade_no.as_deref(), &asked.to_string())?;
        self.check_trade(&trade)?;
        translate::trade(&trade, now)
    }

    /// The trade's state, if the answer is about the trade that was queried by WeChat Pay's number.
    pub(super) fn read_trade_of(&self, signed: Signed<'_>, asked: &TradeNo, now: Time) -> Result<Vec<Says>, Distrust> {
        let trade: wire::Trade = read(signed)?;
        check_subject("transaction_id", trade.transaction_id.as_deref(), asked.as_str())?;
        self.check_trade(&trade)?;
        translate::trade(&trade, now)
    }

    /// The certificates of an unverified answer, which is then verified with them. Only a holder of the APIv3
    /// key can have made them.
    pub(super) fn read_certificates(&self, body: &[u8]) -> Result<Vec<Certified>, Distrust> {
        let certificates: wire::Certificates =
            serde_json::from_slice(body).map_err(|_| Distrust::Malformed("certificates"))?;
        let own = certificates.data.iter().filter(|entry| entry.encrypt_certificate.algorithm == ALGORITHM);
        own.map(|entry| self.read_certificate(entry)).collect()
    }

    fn read_certificate(&self, entry: &wire::CertificateEntry) -> Result<Certified, Distrust> {
        let sealed = &entry.encrypt_certificate;
        let associated = sealed.associated_data.as_deref().unwrap_or_default();
        let pem = super::sign::open(&self.seal, &sealed.nonce, associated, &sealed.ciphertext)?;
        let bad = Distrust::Malformed("certificate");
        let found = certificates(std::str::from_utf8(&pem).map_err(|_| bad)?).map_err(|_| bad)?;
        let certificate = found.first().ok_or(bad)?;
        let bare = |serial: &str| serial.trim_start_matches('0').to_ascii_uppercase();
        if bare(&entry.serial_no) != bare(&certificate.serial_hex()) {
            return Err(Distrust::Malformed("serial_no"));
        }
        let key = PublicKey::of(certificate).map_err(|_| bad)?;
        Ok(Certified::new(entry.serial_no.clone(), key, certificate))
    }
}

pub(super) const NOT_OUR_REFUND: Error =
    Error::Cannot("WeChat Pay cannot be asked about a refund that was made elsewhere");

pub(super) fn query_refund_call(order: &RefundOrder<'_>) -> Result<Unsigned, Error> {
    let no = order.refund_no.ok_or(NOT_OUR_REFUND)?;
    let target = format!("/v3/refund/domestic/refunds/{no}");
    Ok(Unsigned { call: Call::QueryRefund, verb: Verb::Get, target, body: Vec::new() })
}

/// The refund's state, if the answer has the number, payment and amount of the refund that was queried.
pub(super) fn read_refund(signed: Signed<'_>, order: &RefundOrder<'_>) -> SaysResult {
    let said: wire::Refunded = read(signed)?;
    let no = order.refund_no.ok_or(NOT_OUR_REFUND)?;
    check_subject("out_refund_no", said.out_refund_no.as_deref(), &no.to_string())?;
    check_subject("transaction_id", said.transaction_id.as_deref(), order.trade_no.as_str())?;
    if let Some((Some(paid_as), _)) = order.paid {
        check_subject("out_trade_no", said.out_trade_no.as_deref(), &paid_as.to_string())?;
    }
    let amount = said.amount.as_ref().ok_or(Distrust::Malformed("amount"))?;
    let amount = translate::money(amount, amount.refund, "amount.refund")?;
    if amount != order.refund.amount {
        return Err(Distrust::OtherSubject("amount.refund").into());
    }
    Ok(vec![refund_is(order, translate::refund(said.status.as_deref()))])
}

/// The handle of a new trade: the QR code's text, the id for WeChat's script, or the page's address.
pub(super) fn read_created(signed: Signed<'_>, method: Method) -> Result<Handle, Distrust> {
    let created: wire::Created = read(signed)?;
    let (what, text) = match method {
        Method::WechatJsapi => ("prepay_id", created.prepay_id),
        Method::WechatH5 => ("h5_url", created.h5_url),
        Method::WechatNative
        | Method::AlipayQr
        | Method::AlipayPage
        | Method::AlipayWap
        | Method::StripeCheckout
        | Method::StripeIntent => ("code_url", created.code_url),
    };
    Handle::parse(&text.unwrap_or_default()).map_err(|_| Distrust::Malformed(what))
}

/// An answer to be verified. Only successes are signed, so the status is checked first. A 202 is no success: it asks for the
/// same request again.
pub(super) fn answered(call: Call, response: &Response) -> Result<Unverified<'_>, Error> {
    match response.status {
        200 | 201 | 203..=299 => Ok(Unverified::new(&response.headers, &response.body)?),
        status => Err(refused(call, status, &response.body)),
    }
}

/// An error is unsigned, and may have no body.
fn refused(call: Call, status: u16, body: &[u8]) -> Error {
    let said: Option<wire::Refusal> = serde_json::from_slice(body).ok();
    let code = Code::new(&said.and_then(|said| said.code).unwrap_or_default());
    let verdict = translate::verdict(call, status, code.as_str());
    Error::Said { status, code, verdict }
}

fn read<T: DeserializeOwned>(signed: Signed<'_>) -> Result<T, Distrust> {
    serde_json::from_slice(signed.0).map_err(|_| Distrust::Malformed("body"))
}

fn post(call: Call, target: String, body: &impl serde::Serialize) -> Result<Unsigned, Error> {
    let body = serde_json::to_vec(body).map_err(|_| Error::Cannot("this request cannot be written as JSON"))?;
    Ok(Unsigned { call, verb: Verb::Post, target, body })
}

fn check_subject(what: &'static str, stated: Option<&str>, asked: &str) -> Result<(), Distrust> {
    check(stated, asked, what, Distrust::OtherSubject)
}

/// Checks that a field is there and has the expected value.
fn check(
    stated: Option<&str>,
    expected: &str,
    what: &'static str,
    other: fn(&'static str) -> Distrust,
) -> Result<(), Distrust> {
    let stated = stated.ok_or(Distrust::Malformed(what))?;
    if stated == expected { Ok(()) } else { Err(other(what)) }
}

/// The path of an address. Only test accounts' addresses have one.
fn path_of(base: &str) -> &str {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    host.find('/').map_or("", |at| host.split_at(at).1)
}

fn openid(payer: &Payer) -> Result<wire::Openid<'_>, Error> {
    let is_openid = |id: &&str| consists_of(id, 1..=MOST_OPENID_BYTES, u8::is_ascii_graphic);
    let openid = payer.openid.as_deref().filter(is_openid);
    let openid = openid.ok_or(Error::Cannot("paying inside WeChat needs the buyer's openid"))?;
    Ok(wire::Openid { openid })
}

fn scene(payer: &Payer) -> Result<wire::Scene<'_>, Error> {
    let ip = payer.ip.as_deref().filter(|ip| ip.parse::<IpAddr>().is_ok());
    let payer_client_ip = ip.ok_or(Error::Cannot("paying in a phone's browser needs the buyer's address"))?;
    Ok(wire::Scene { payer_client_ip, h5_info: wire::H5 { kind: "Wap" } })
}

/// The beginning of a text: as many whole characters as fit into `most` bytes.
fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}
