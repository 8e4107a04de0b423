//! Notifications: raw, then verified, then read. The signature is verified over bytes in any character set. The fields that
//! we read are ASCII in all of them; a field that is not is rejected or left out. Only [`Raw::app_id`] reads unsigned bytes.

use std::borrow::Cow;

use till_domain::money::Money;
use till_domain::order::Says;
use till_domain::text::{Buyer, TradeNo};
use till_domain::time::Time;

use super::account::Merchant;
use super::translate::{self, Back, Status, Taken};
use super::{sign, wire};
use crate::callback_content::{self, CallbackContent, CallbackReply, CallbackSubject};
use crate::error::Distrust;
use crate::hex;
use crate::http::MOST_BODY_BYTES;

/// Real notifications have about thirty.
const MOST_PARAMETERS: usize = 128;
/// Limit for a field of the record.
const MOST_FACT_CHARACTERS: usize = 128;

/// The fields for the record: numbers, states, amounts and times. Nothing about the buyer, and no free text.
const FACTS: [&str; 18] = [
    "notify_id",
    "notify_type",
    "notify_time",
    "charset",
    "app_id",
    "seller_id",
    "out_trade_no",
    "trade_no",
    "out_biz_no",
    "trade_status",
    "total_amount",
    "receipt_amount",
    "refund_fee",
    "send_back_fee",
    "gmt_create",
    "gmt_payment",
    "gmt_refund",
    "gmt_close",
];

const BUYERS: [&str; 2] = ["buyer_id", "buyer_open_id"];

/// Acknowledges a callback: Alipay does not send it again.
pub const TAKEN: CallbackReply = CallbackReply { status: 200, content_type: Some("text/plain"), body: "success" };

/// Asks for the callback again: Alipay repeats it seven times within about a day.
pub const NOT_NOW: CallbackReply = CallbackReply { status: 200, content_type: Some("text/plain"), body: "fail" };

/// A notification before verification. Its headers are not read, because nothing in them is signed.
#[derive(Clone, Copy)]
pub struct Raw<'a> {
    pub body: &'a [u8],
}

/// A notification that Alipay signed for this account's key.
pub struct Verified<'a>(Parameters<'a>);

impl<'a> Raw<'a> {
    pub fn glance(self) -> Result<(), Distrust> {
        let parameters = Parameters::parse(self.body)?;
        parameters.signature().map(drop)
    }

    /// The application that it names. It is not verified, but a hint which account to try first.
    pub fn app_id(self) -> Option<String> {
        let parameters = Parameters::parse(self.body).ok()?;
        let app_id = parameters.text("app_id").ok()??;
        let is_number = app_id.len() <= 32 && app_id.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| app_id.to_owned())
    }

    /// Verifies its signature with the account's key of Alipay.
    ///
    /// Alipay's own libraries differ in whether the signed text contains empty parameters and the certificate's name, so each
    /// combination is tried.
    pub fn verify(self, merchant: &Merchant) -> Result<Verified<'a>, Distrust> {
        let parameters = Parameters::parse(self.body)?;
        let signature = parameters.signature()?;
        let name = parameters.bytes("alipay_cert_sn").filter(|name| !name.is_empty());
        if let (Some(serials), Some(name)) = (&merchant.serials, name) {
            sign::is_ours(serials, name)?;
        }
        let has_empty = parameters.0.iter().any(|(_, value)| value.is_empty());
        let mut verdict = Err(Distrust::BadSignature);
        for (with_empty, with_name) in [(true, true), (false, true), (true, false), (false, false)] {
            let is_another_text = (with_empty || has_empty) && (with_name || name.is_some());
            if verdict.is_err() && is_another_text {
                let text = parameters.signed_text(with_empty, with_name);
                verdict = merchant.alipay_key.verify(&text, &signature);
            }
        }
        verdict.map(|()| Verified(parameters))
    }
}

impl Verified<'_> {
    pub fn content(&self, merchant: &Merchant) -> Result<CallbackContent, Distrust> {
        let fields = &self.0;
        if fields.needed("app_id")? != merchant.app_id {
            return Err(Distrust::OtherMerchant("app_id"));
        }
        let facts = fields.facts();
        if fields.needed("notify_type")? != "trade_status_sync" {
            return Ok(CallbackContent { about: CallbackSubject::Nothing("not about a trade's state"), facts });
        }
        if fields.needed("seller_id")? != merchant.seller_id {
            return Err(Distrust::OtherMerchant("seller_id"));
        }
        let number = fields.needed("out_trade_no")?;
        Ok(CallbackContent { about: callback_content::about(number, &merchant.account, self.says()?), facts })
    }

    fn says(&self) -> Result<Vec<Says>, Distrust> {
        Ok(match translate::status(self.0.needed("trade_status")?) {
            Status::Waiting => vec![Says::NotPaid],
            Status::Unknown => vec![Says::Unknown],
            Status::Paid => self.taken()?.and_back(self.back()?),
            Status::Closed if self.was_paid()? => self.taken()?.and_back(Back::Whole),
            Status::Closed => vec![Says::Closed { for_good: true }],
        })
    }

    /// Whether a closed trade was paid before it was closed. Unpaid ones carry a refund of 0.00.
    fn was_paid(&self) -> Result<bool, Distrust> {
        let is_dated = |key| self.0.text(key).map(|at| at.is_some());
        Ok(is_dated("gmt_payment")? || is_dated("gmt_refund")? || self.refund_fee()?.is_some())
    }

    /// What was refunded of a trade that is not closed.
    fn back(&self) -> Result<Back, Distrust> {
        Ok(match self.refund_fee()? {
            Some(amount) => Back::InAll(amount),
            None if self.0.text("gmt_refund")?.is_some() => Back::Unclear,
            None => Back::Nothing,
        })
    }

    /// The running total of refunds; `None` if it is zero.
    fn refund_fee(&self) -> Result<Option<Money>, Distrust> {
        let amount = self.0.text("refund_fee")?.map(|fee| wire::money(fee, "refund_fee")).transpose()?;
        Ok(amount.filter(|amount| !amount.is_zero()))
    }

    fn taken(&self) -> Result<Taken, Distrust> {
        let trade_no = TradeNo::parse(self.0.needed("trade_no")?).map_err(|_| Distrust::Malformed("trade_no"))?;
        let amount = wire::money(self.0.needed("total_amount")?, "total_amount")?;
        let buyer = match self.0.text("buyer_id")? {
            Some(id) => Some(id),
            None => self.0.text("buyer_open_id")?,
        };
        Ok(Taken { trade_no, amount, paid_at: self.paid_at()?, buyer: buyer.and_then(|id| Buyer::parse(id).ok()) })
    }

    /// When it was paid, or else the notification's time, which is never earlier than the payment.
    fn paid_at(&self) -> Result<Time, Distrust> {
        match self.0.text("gmt_payment")? {
            Some(at) => wire::time(at, "gmt_payment"),
            None => wire::time(self.0.needed("notify_time")?, "notify_time"),
        }
    }
}

/// A form's parameters, decoded once and sorted by key, without duplicate keys.
struct Parameters<'a>(Vec<(Bytes<'a>, Bytes<'a>)>);

type Bytes<'a> = Cow<'a, [u8]>;

impl<'a> Parameters<'a> {
    fn parse(body: &'a [u8]) -> Result<Self, Distrust> {
        if body.len() > MOST_BODY_BYTES {
            return Err(Distrust::TooLarge);
        }
        let mut parameters: Vec<(Bytes<'a>, Bytes<'a>)> = Vec::with_capacity(40);
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MOST_PARAMETERS {
                return Err(Distrust::TooLarge);
            }
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let key = decoded(parts.next().unwrap_or_default())?;
            let value = decoded(parts.next().unwrap_or_default())?;
            parameters.push((key, value));
        }
        if parameters.iter().any(|(key, value)| is_ambiguous(key, value)) {
            return Err(Distrust::Malformed("a parameter"));
        }
        parameters.sort_unstable();
        if parameters.is_sorted_by(|(one, _), (next, _)| one < next) {
            Ok(Self(parameters))
        } else {
            Err(Distrust::Twice("a parameter"))
        }
    }

    fn signature(&self) -> Result<Vec<u8>, Distrust> {
        if self.needed("sign_type")? != "RSA2" {
            return Err(Distrust::Malformed("sign_type"));
        }
        sign::signature(self.bytes("sign").ok_or(Distrust::Missing("sign"))?)
    }

    fn signed_text(&self, with_empty: bool, with_name: bool) -> Vec<u8> {
        let is_part = |key: &[u8], value: &[u8]| {
            let is_about_signing = matches!(key, b"sign" | b"sign_type") || (key == b"alipay_cert_sn" && !with_name);
            !is_about_signing && (with_empty || !value.is_empty())
        };
        let all = self.0.iter().map(|(key, value)| (key.as_ref(), value.as_ref()));
        sign::joined(all.filter(|(key, value)| is_part(key, value)))
    }

    fn bytes(&self, key: &str) -> Option<&[u8]> {
        let place = self.0.binary_search_by(|(other, _)| other.as_ref().cmp(key.as_bytes())).ok()?;
        self.0.get(place).map(|(_, value)| value.as_ref())
    }

    /// A field that we read: ASCII, or `None` if it is missing or empty.
    fn text(&self, key: &'static str) -> Result<Option<&str>, Distrust> {
        let Some(bytes) = self.bytes(key).filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
        let text = if bytes.is_ascii() { std::str::from_utf8(bytes).ok() } else { None };
        text.map(Some).ok_or(Distrust::Malformed(key))
    }

    fn needed(&self, key: &'static str) -> Result<&str, Distrust> {
        self.text(key)?.ok_or(Distrust::Missing(key))
    }

    /// The fields for the record. A text that is too long or has control characters is left out.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let is_kept =
            |text: &&str| text.len() <= MOST_FACT_CHARACTERS && !text.bytes().any(|byte| byte.is_ascii_control());
        let mut facts = Vec::with_capacity(FACTS.len());
        for key in FACTS {
            if let Some(text) = self.text(key).ok().flatten().filter(is_kept) {
                facts.push((key, text.to_owned()));
            }
        }
        facts
    }
}

/// Whether a parameter could be read as several. The signed text is not encoded: `a=1&refund_fee=5` is the same text as one
/// value of `a` and as two parameters, so that an attacker could turn one into the other. The fields that we read never
/// contain `&`; other values may look like parameters that we do not read.
fn is_ambiguous(key: &[u8], value: &[u8]) -> bool {
    let is_read = |key: &[u8]| FACTS.iter().chain(&BUYERS).any(|name| name.as_bytes() == key);
    let mut hidden = value.split(|byte| *byte == b'&').skip(1).peekable();
    let is_torn = key.iter().any(|byte| matches!(byte, b'&' | b'=')) || (hidden.peek().is_some() && is_read(key));
    is_torn || hidden.any(|part| part.contains(&b'=') && part.split(|byte| *byte == b'=').next().is_some_and(is_read))
}

/// Decodes one key or value: `+` is a space, a decoded `+` stays.
fn decoded(text: &[u8]) -> Result<Bytes<'_>, Distrust> {
    if !text.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = rest.next().zip(rest.next());
                digits.and_then(|(high, low)| hex::byte(high, low)).ok_or(Distrust::Malformed("the form"))?
            }
            _ => byte,
        });
    }
    Ok(Cow::Owned(out))
}

// `Debug` prints no personal data.

impl std::fmt::Debug for Raw<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raw ({} bytes)", self.body.len())
    }
}

impl std::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verified ({} parameters)", self.0.0.len())
    }
}
