//! Verifies merchants' requests by their `Authorization` header, and signs answers and callbacks with one of the
//! platform's two keys.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use x509_cert::Certificate;
use x509_cert::der::DecodePem as _;

use super::problem::Problem;
use crate::callback::Signing;
use crate::config::{Config, PlatformKey, WeChatMerchant};
use crate::http::Request;
use crate::random;
use crate::rsa_sha256;

/// The scheme of requests, answers and callbacks.
pub const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// The beginning of a probe's signature.
pub const PROBE: &str = "WECHATPAY/SIGNTEST/";

/// How far a merchant's clock may be off.
const MAX_SKEW_SECONDS: u64 = 300;
const MAX_NONCE: usize = 32;
/// How much of a body a signature error shows.
const SHOWN_CHARACTERS: usize = 8;

pub fn verify<'a>(config: &'a Config, request: &Request, now: i64) -> Result<&'a WeChatMerchant, Problem> {
    let authorization = request.header("authorization").and_then(Authorization::parse);
    let Some(authorization) = authorization else { return Err(malformed(request)) };
    let at: i64 = authorization.timestamp.parse().map_err(|_| malformed(request))?;
    if at.abs_diff(now) > MAX_SKEW_SECONDS {
        return Err(refused("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"));
    }
    let merchant = config.wechat.iter().find(|merchant| merchant.mchid == authorization.mchid);
    let merchant = merchant.ok_or_else(|| refused("签名错误"))?;
    if merchant.merchant_serial != authorization.serial {
        return Err(mismatch(request, &authorization, "商户证书序列号有误。"));
    }
    for target in request.targets() {
        let message = authorization.message(request, &target, &request.body);
        let is_signed = rsa_sha256::is_signed(&merchant.merchant_public_key, &message, authorization.signature);
        if is_signed.ok_or_else(Problem::system)? {
            return Ok(merchant);
        }
    }
    Err(mismatch(request, &authorization, "错误的签名，验签失败"))
}

/// `None` if the configured keys cannot be read.
pub fn headers(
    merchant: &WeChatMerchant,
    with: PlatformKey,
    signing: Signing,
    now: i64,
    body: &[u8],
) -> Option<Vec<(String, String)>> {
    let (serial, key) = match with {
        PlatformKey::PublicKey => (merchant.platform_public_key_id.clone(), &merchant.platform_private_key),
        PlatformKey::Certificate => (PlatformCertificate::read(merchant)?.serial, &merchant.platform_certificate_key),
    };
    let nonce = random::letters(32);
    let message = [format!("{now}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
    let signature = match signing {
        Signing::Valid => rsa_sha256::sign(key, &message)?,
        // A signature of another text.
        Signing::Invalid => rsa_sha256::sign(key, &[message.as_slice(), b"\n"].concat())?,
        // A probe need not be valid base64: 345 is not a multiple of four.
        Signing::Probe => format!("{PROBE}{}", random::letters(345_usize.saturating_sub(PROBE.len()))),
    };
    Some(vec![
        ("Wechatpay-Nonce".to_owned(), nonce),
        ("Wechatpay-Serial".to_owned(), serial),
        ("Wechatpay-Signature".to_owned(), signature),
        ("Wechatpay-Signature-Type".to_owned(), SCHEME.to_owned()),
        ("Wechatpay-Timestamp".to_owned(), now.to_string()),
    ])
}

/// The key that `Wechatpay-Serial` asks for, else the configured one.
pub fn wanted_key(merchant: &WeChatMerchant, request: &Request) -> PlatformKey {
    match request.header("wechatpay-serial") {
        Some(serial) if serial == merchant.platform_public_key_id => PlatformKey::PublicKey,
        Some(serial) if PlatformCertificate::read(merchant).is_some_and(|certificate| certificate.serial == serial) => {
            PlatformKey::Certificate
        }
        Some(_) | None => merchant.signs_with,
    }
}

/// Encrypts with the merchant's key; returns the nonce and the encoded ciphertext.
pub fn seal(merchant: &WeChatMerchant, associated_data: &str, content: &[u8]) -> Option<(String, String)> {
    let cipher = Aes256Gcm::new_from_slice(merchant.apiv3_key.as_bytes()).ok()?;
    let nonce = random::letters(12);
    let payload = Payload { msg: content, aad: associated_data.as_bytes() };
    let sealed = cipher.encrypt(Nonce::from_slice(nonce.as_bytes()), payload).ok()?;
    Some((nonce, STANDARD.encode(sealed)))
}

pub struct PlatformCertificate {
    /// In upper-case hexadecimal digits.
    pub serial: String,
    pub from: i64,
    pub until: i64,
}

impl PlatformCertificate {
    pub fn read(merchant: &WeChatMerchant) -> Option<Self> {
        let certificate = Certificate::from_pem(&merchant.platform_certificate).ok()?.tbs_certificate;
        let serial = certificate.serial_number.to_string().replace(':', "");
        let at = |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).ok();
        Some(Self {
            // DER puts a zero byte before a number whose first bit is 1.
            serial: serial.strip_prefix("00").map(str::to_owned).unwrap_or(serial),
            from: at(certificate.validity.not_before)?,
            until: at(certificate.validity.not_after)?,
        })
    }
}

/// The header's parts, each present once.
struct Authorization<'a> {
    mchid: &'a str,
    nonce: &'a str,
    timestamp: &'a str,
    serial: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// `SCHEME a="…",b="…"`, in any order, without spaces.
    fn parse(header: &'a str) -> Option<Self> {
        let (scheme, rest) = header.split_once(' ')?;
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for pair in rest.split(',') {
            let (name, value) = pair.split_once('=')?;
            pairs.push((name, value.strip_prefix('"')?.strip_suffix('"')?));
        }
        let only = |name: &str| {
            let mut found = pairs.iter().filter(|(other, _)| *other == name).map(|(_, value)| *value);
            found.next().filter(|value| !value.is_empty() && found.next().is_none())
        };
        let authorization = Self {
            mchid: only("mchid")?,
            nonce: only("nonce_str")?,
            timestamp: only("timestamp")?,
            serial: only("serial_no")?,
            signature: only("signature")?,
        };
        let is_plain = authorization.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let is_short = authorization.nonce.len() <= MAX_NONCE;
        (scheme == SCHEME && pairs.len() == 5 && is_plain && is_short).then_some(authorization)
    }

    /// What the merchant has signed, with the path exactly as it was called.
    fn message(&self, request: &Request, target: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("{}\n{target}\n{}\n{}\n", request.method, self.timestamp, self.nonce);
        [head.as_bytes(), body, b"\n"].concat()
    }
}

fn refused(message: &str) -> Problem {
    Problem::new(401, "SIGN_ERROR", message)
}

/// The part of the service that takes payments says less than the others.
fn malformed(request: &Request) -> Problem {
    refused(if super::is_payment(request) {
        "签名信息错误，验签失败"
    } else {
        "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"
    })
}

/// Shows what should have been signed, up to the beginning of the body, in the form that merchants quote in issues of
/// wechatpay-go and wechatpayv3.
fn mismatch(request: &Request, authorization: &Authorization<'_>, message: &str) -> Problem {
    let body = String::from_utf8_lossy(&request.body);
    let target = request.target();
    let shown: String = body.chars().take(SHOWN_CHARACTERS).collect();
    let detail = json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "sign_message_length": authorization.message(request, &target, &request.body).len(),
            "truncated_sign_message": String::from_utf8_lossy(&authorization.message(request, &target, shown.as_bytes())),
            "url": target,
        },
    });
    Problem { detail: Some(detail), ..refused(message) }
}
