//! A callback: raw, then verified, then read. Its signature is verified over the received bytes before they are parsed. A
//! callback that is rejected here must not change an order.

use till_domain::id::{PaymentNo, RefundNo};
use till_domain::order::{RefundId, Says};
use till_domain::text::OutsideRefundNo;
use till_domain::time::Time;

use super::account::Merchant;
use super::calls::ALGORITHM;
use super::sign::{self, Signed, Unverified};
use super::{translate, wire};
use crate::callback_content::{self, CallbackContent, CallbackReply, CallbackSubject};
use crate::error::Distrust;
use crate::http::Headers;
use crate::time;

/// Limit for a field of the record. Real ones are shorter.
const MOST_FACT_CHARS: usize = 64;

/// A callback before verification.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    pub headers: &'a Headers,
    /// Byte for byte as it was sent.
    pub body: &'a [u8],
}

/// A callback that WeChat Pay signed recently with a key of this account.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    signed: Signed<'a>,
    /// When it was verified: replaces a time that is missing in the callback.
    at: Time,
}

/// Acknowledges a callback.
pub const TAKEN: CallbackReply = CallbackReply { status: 204, content_type: None, body: "" };

/// Asks for a valid callback again, for a reason on our side.
pub const NOT_NOW: CallbackReply = failure(500);

pub const fn rejection_status(why: &Distrust) -> u16 {
    match why {
        Distrust::TooLarge => 413,
        Distrust::Stale | Distrust::UnknownKey | Distrust::BadSignature | Distrust::Probe => 401,
        Distrust::Missing(_)
        | Distrust::Twice(_)
        | Distrust::Malformed(_)
        | Distrust::Sealed
        | Distrust::OtherMerchant(_)
        | Distrust::OtherSubject(_) => 400,
    }
}

const fn failure(status: u16) -> CallbackReply {
    CallbackReply { status, content_type: Some("application/json"), body: "{\"code\":\"FAIL\",\"message\":\"失败\"}" }
}

impl<'a> Raw<'a> {
    /// Says what is wrong with it already at a glance, without any key; and else the name of the key that it says it was
    /// signed with: a hint where to look for the account, it is not verified.
    pub fn glance(self, now: Time) -> Result<&'a str, Distrust> {
        Ok(Unverified::new(self.headers, self.body)?.glance(now)?.serial)
    }

    pub fn verify(self, merchant: &Merchant, now: Time) -> Result<Verified<'a>, Distrust> {
        let signed = merchant.keys.verify(Unverified::new(self.headers, self.body)?, now)?;
        Ok(Verified { signed, at: now })
    }
}

impl Verified<'_> {
    /// Decrypts and reads it, if it is about this account.
    pub fn content(self, merchant: &Merchant) -> Result<CallbackContent, Distrust> {
        let body = self.signed.0;
        let outer: wire::Notification = serde_json::from_slice(body).map_err(|_| Distrust::Malformed("body"))?;
        let mut facts = Vec::new();
        facts.extend(fact("id", outer.id.as_deref()));
        facts.extend(fact("event_type", Some(&outer.event_type)));
        facts.extend(fact("create_time", outer.create_time.as_deref()));
        let created = outer.create_time.as_deref().and_then(time::from_rfc3339).unwrap_or(self.at);
        let about = match outer.event_type.as_str() {
            "TRANSACTION.SUCCESS" => {
                let trade = serde_json::from_slice(&merchant.unseal(outer.resource.as_ref(), "transaction")?);
                merchant.trade(&trade.map_err(|_| Distrust::Malformed("transaction"))?, created, &mut facts)?
            }
            "REFUND.SUCCESS" | "REFUND.ABNORMAL" | "REFUND.CLOSED" => {
                let refund = serde_json::from_slice(&merchant.unseal(outer.resource.as_ref(), "refund")?);
                merchant.refund_notice(&refund.map_err(|_| Distrust::Malformed("refund"))?, &mut facts)?
            }
            _ => CallbackSubject::Nothing("an event that is not about a payment or a refund"),
        };
        Ok(CallbackContent { about, facts })
    }
}

impl Merchant {
    fn unseal(&self, resource: Option<&wire::Resource>, kind: &str) -> Result<Vec<u8>, Distrust> {
        let resource = resource.ok_or(Distrust::Malformed("resource"))?;
        if resource.original_type.as_deref() != Some(kind) {
            return Err(Distrust::Malformed("resource.original_type"));
        }
        if resource.algorithm != ALGORITHM {
            return Err(Distrust::Malformed("resource.algorithm"));
        }
        let associated = resource.associated_data.as_deref().unwrap_or_default();
        sign::open(&self.seal, &resource.nonce, associated, &resource.ciphertext)
    }

    fn trade(&self, trade: &wire::Trade, created: Time, facts: &mut Vec<Fact>) -> Result<CallbackSubject, Distrust> {
        self.check_trade(trade)?;
        let out_trade_no = trade.out_trade_no.as_deref().ok_or(Distrust::Malformed("out_trade_no"))?;
        facts.extend(fact("out_trade_no", Some(out_trade_no)));
        facts.extend(fact("transaction_id", trade.transaction_id.as_deref()));
        facts.extend(fact("trade_state", trade.state.as_deref()));
        facts.extend(fact("success_time", trade.success_time.as_deref()));
        if let Some(amount) = &trade.amount {
            facts.extend(number("total", amount.total));
            facts.extend(fact("currency", amount.currency.as_deref()));
        }
        Ok(callback_content::about(out_trade_no, &self.account, translate::trade(trade, created)?))
    }

    fn refund_notice(&self, refund: &wire::Refunded, facts: &mut Vec<Fact>) -> Result<CallbackSubject, Distrust> {
        self.check_refund(refund)?;
        let out_trade_no = refund.out_trade_no.as_deref().ok_or(Distrust::Malformed("out_trade_no"))?;
        facts.extend(fact("out_trade_no", Some(out_trade_no)));
        facts.extend(fact("transaction_id", refund.transaction_id.as_deref()));
        facts.extend(fact("out_refund_no", refund.out_refund_no.as_deref()));
        facts.extend(fact("refund_id", refund.refund_id.as_deref()));
        facts.extend(fact("refund_status", refund.refund_status.as_deref()));
        let amount = refund.amount.as_ref().ok_or(Distrust::Malformed("amount"))?;
        facts.extend(number("refund", amount.refund));
        facts.extend(number("total", amount.total));
        let says = Says::Refund {
            id: refund_id(refund, out_trade_no)?,
            trade_no: translate::trade_no(refund.transaction_id.as_deref())?,
            amount: translate::money(amount, amount.refund, "amount.refund")?,
            word: translate::refund(refund.refund_status.as_deref()),
        };
        Ok(callback_content::about(out_trade_no, &self.account, vec![says]))
    }
}

/// A refund is ours if its number is one of ours and of the paid order. One of another order of ours, to which a person settled the
/// payment, is known by that number. Any other was made elsewhere and has WeChat Pay's own number.
fn refund_id(refund: &wire::Refunded, out_trade_no: &str) -> Result<RefundId, Distrust> {
    let number = refund.out_refund_no.as_deref().ok_or(Distrust::Malformed("out_refund_no"))?;
    let paid = PaymentNo::parse(out_trade_no).ok();
    if let Ok(refund_no) = RefundNo::parse(number) {
        if paid.is_some_and(|paid| paid.order == refund_no.order) {
            return Ok(RefundId::Ours(refund_no.n));
        }
        return OutsideRefundNo::parse(number).map(RefundId::Theirs).map_err(|_| Distrust::Malformed("out_refund_no"));
    }
    let bad = Distrust::Malformed("refund_id");
    let theirs = refund.refund_id.as_deref().ok_or(bad)?;
    OutsideRefundNo::parse(theirs).map(RefundId::Theirs).map_err(|_| bad)
}

type Fact = (&'static str, String);

/// A field for the record: short, visible ASCII. No personal data may be recorded.
fn fact(name: &'static str, value: Option<&str>) -> Option<Fact> {
    value.map(|value| (name, callback_content::fact(value, MOST_FACT_CHARS)))
}

fn number(name: &'static str, value: Option<u64>) -> Option<Fact> {
    value.map(|value| (name, value.to_string()))
}
