//! Callbacks: what a merchant is told, and how it is encrypted and signed.

use serde_json::{Value, json};

use super::{shown, sign};
use crate::books::{RefundState, Trade};
use crate::config::{Config, WeChatMerchant};
use crate::happen::Happened;
use crate::http::Outgoing;
use crate::notice::{News, Notice, Signing};
use crate::random;
use crate::time;

/// Only payments and decided refunds are told.
pub fn news(trade: &Trade, happened: Happened) -> Vec<News> {
    let told = match happened {
        Happened::Paid(at) => trade.payments.get(at).map(|payment| {
            let content = shown::paid(trade, payment, "SUCCESS");
            ("TRANSACTION.SUCCESS", Some(shown::detail(trade, "notify_url")), content)
        }),
        Happened::Refunded(at) => trade.refunds.get(at).and_then(|refund| {
            let kind = match refund.state {
                RefundState::Processing => return None,
                RefundState::Succeeded => "REFUND.SUCCESS",
                RefundState::Failed => "REFUND.CLOSED",
                RefundState::Abnormal => "REFUND.ABNORMAL",
            };
            // A refund that the merchant requested without an address is not told; one made on the platform goes to the order's.
            let url = match refund.number {
                Some(_) => refund.details.get("notify_url").and_then(Value::as_str),
                None => Some(shown::detail(trade, "notify_url")),
            };
            Some((kind, url, shown::told_refund(trade, refund)))
        }),
        Happened::Processing | Happened::Failed | Happened::Closed | Happened::Disputed(_) => None,
    };
    let Some((kind, Some(url), content)) = told else { return Vec::new() };
    vec![News { id: id(), kind: kind.to_owned(), url: url.to_owned(), content: content.to_string() }]
}

pub fn outgoing(config: &Config, trade: &Trade, notice: &Notice, signing: Signing, now: i64) -> Option<Outgoing> {
    let merchant = config.wechat.iter().find(|merchant| merchant.mchid == trade.merchant)?;
    let body = envelope(merchant, notice)?;
    let mut headers = sign::headers(merchant, merchant.signs_with, signing, now, &body)?;
    for (name, value) in [("Accept", "*/*"), ("Content-Type", "application/json"), ("User-Agent", "Mozilla/4.0")] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    headers.push(("Request-ID".to_owned(), super::request_id()));
    Some(Outgoing { url: notice.url.clone(), headers, body })
}

fn envelope(merchant: &WeChatMerchant, notice: &Notice) -> Option<Vec<u8>> {
    let original_type = if notice.kind.starts_with("REFUND.") { "refund" } else { "transaction" };
    let (nonce, ciphertext) = sign::seal(merchant, original_type, notice.content.as_bytes())?;
    let body = json!({
        "id": notice.id,
        "create_time": time::rfc3339(notice.at),
        "event_type": notice.kind,
        "resource_type": "encrypt-resource",
        "summary": summary(&notice.kind),
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
