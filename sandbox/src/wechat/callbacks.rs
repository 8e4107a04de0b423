//! The callbacks that a trade causes, how they are encrypted and signed.

use serde_json::{Value, json};

use super::{sign, views};
use crate::books::{RefundState, Trade};
use crate::callback::{Callback, Signing};
use crate::config::{Config, WeChatMerchant};
use crate::http::Outgoing;
use crate::random;
use crate::time;
use crate::trade::TradeEvent;

/// Only payments and decided refunds cause callbacks.
pub fn of_event(trade: &Trade, event: TradeEvent, now: i64) -> Option<Callback> {
    let (kind, url, content) = match event {
        TradeEvent::Paid(at) => trade.payments.get(at).map(|payment| {
            let content = views::paid(trade, payment, "SUCCESS");
            ("TRANSACTION.SUCCESS", Some(views::detail(trade, "notify_url")), content)
        }),
        TradeEvent::Refunded(at) => trade.refunds.get(at).and_then(|refund| {
            let kind = match refund.state {
                RefundState::Processing => return None,
                RefundState::Succeeded => "REFUND.SUCCESS",
                RefundState::Failed => "REFUND.CLOSED",
                RefundState::Abnormal => "REFUND.ABNORMAL",
            };
            // The merchant's request may have no address: then there is no callback. One about a refund on the platform
            // goes to the order's address.
            let url = match refund.number {
                Some(_) => refund.details.get("notify_url").and_then(Value::as_str),
                None => Some(views::detail(trade, "notify_url")),
            };
            Some((kind, url, views::refund_in_callback(trade, refund)))
        }),
        TradeEvent::Processing | TradeEvent::Failed | TradeEvent::Closed | TradeEvent::Disputed(_) => None,
    }?;
    Some(Callback::new(id(), kind, url?, content.to_string(), now))
}

pub fn sign(config: &Config, trade: &Trade, callback: &Callback, signing: Signing, now: i64) -> Option<Outgoing> {
    let merchant = config.wechat.iter().find(|merchant| merchant.mchid == trade.merchant)?;
    let body = envelope(merchant, callback)?;
    let mut headers = sign::headers(merchant, merchant.signs_with, signing, now, &body)?;
    for (name, value) in [("Accept", "*/*"), ("Content-Type", "application/json"), ("User-Agent", "Mozilla/4.0")] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    headers.push(("Request-ID".to_owned(), super::request_id()));
    Some(Outgoing { url: callback.url.clone(), headers, body })
}

fn envelope(merchant: &WeChatMerchant, callback: &Callback) -> Option<Vec<u8>> {
    let original_type = if callback.kind.starts_with("REFUND.") { "refund" } else { "transaction" };
    let (nonce, ciphertext) = sign::seal(merchant, original_type, callback.content.as_bytes())?;
    let body = json!({
        "id": callback.id,
        "create_time": time::rfc3339(callback.at),
        "event_type": callback.kind,
        "resource_type": "encrypt-resource",
        "summary": summary(&callback.kind),
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "original_type": original_type,
            "ciphertext": ciphertext,
            "associated_data": original_type,
            "nonce": nonce,
        },
    });
    Some(body.to_string().into_bytes())
}

fn summary(kind: &str) -> &'static str {
    match kind {
        "REFUND.SUCCESS" => "退款成功",
        "REFUND.CLOSED" => "退款关闭",
        "REFUND.ABNORMAL" => "退款异常",
        _ => "支付成功",
    }
}

/// 36 characters, as the service's own ids.
fn id() -> String {
    let part = random::hex;
    format!("{}-{}-{}-{}-{}", part(8), part(4), part(4), part(4), part(12))
}
