//! Callbacks as signed forms, and the signed address to which a buyer returns.

use serde_json::json;

use super::call::Method;
use super::fields::{logon_id, yuan};
use super::rsa2;
use crate::books::{Payment, Refund, RefundState, Trade};
use crate::callback::{Callback, Signing};
use crate::config::{AlipayApp, Config};
use crate::http::{Outgoing, form, percent_encoded};
use crate::random;
use crate::rsa_sha256;
use crate::time;
use crate::trade::TradeEvent;

const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

type Pairs = Vec<(String, String)>;

pub fn of_event(config: &Config, trade: &Trade, event: TradeEvent, now: i64) -> Option<Callback> {
    let (paid, refund) = match event {
        TradeEvent::Paid(at) => trade.payments.get(at).map(|paid| (paid, None)),
        TradeEvent::Refunded(at) => succeeded_refund(trade, at).map(|(paid, refund)| (paid, Some(refund))),
        TradeEvent::Processing | TradeEvent::Failed | TradeEvent::Closed | TradeEvent::Disputed(_) => None,
    }?;
    let (app, url) = (app(config, trade)?, trade.detail("notify_url")?);
    let id = format!("{}{}", time::day(now), random::digits(26));
    let is_closed = refund.is_some() && trade.refunded(&paid.id) >= paid.amount;
    let status = if is_closed { "TRADE_CLOSED" } else { "TRADE_SUCCESS" };
    let mut pairs = common_pairs(app, trade, paid);
    add(&mut pairs, &[("notify_id", &id), ("trade_status", status)]);
    match refund {
        None => add_payment(&mut pairs, paid),
        Some(refund) => add_refund(&mut pairs, trade, paid, refund, is_closed),
    }
    Some(Callback::new(id, status, url, form_text(&pairs), now))
}

pub fn sign(config: &Config, trade: &Trade, callback: &Callback, signing: Signing, now: i64) -> Option<Outgoing> {
    let app = app(config, trade)?;
    let mut pairs = form(callback.content.as_bytes());
    add(&mut pairs, &[("notify_time", &time::alipay(now)), ("sign_type", "RSA2")]);
    let text = rsa2::text(&pairs, &["sign", "sign_type"]);
    let text = match signing {
        Signing::Valid => text,
        // A signature of another text.
        Signing::Invalid | Signing::Probe => format!("{text}&"),
    };
    add(&mut pairs, &[("sign", &rsa_sha256::sign(&app.alipay_private_key, text.as_bytes())?)]);
    let headers = vec![("Content-Type".to_owned(), FORM.to_owned())];
    Some(Outgoing { url: callback.url.clone(), headers, body: form_text(&pairs).into_bytes() })
}

pub fn return_url(config: &Config, trade: &Trade, now: i64) -> Option<String> {
    let (app, url, paid) = (app(config, trade)?, trade.detail("return_url")?, trade.payments.first()?);
    let method = if trade.method == "wap.pay" { Method::WapPay } else { Method::PagePay };
    let mut pairs = Vec::new();
    add(
        &mut pairs,
        &[
            ("charset", trade.detail("charset").unwrap_or("utf-8")),
            ("out_trade_no", &trade.payment_no),
            ("method", &format!("{}.return", method.word())),
            ("total_amount", &yuan(paid.amount)),
            ("trade_no", &paid.id),
            ("auth_app_id", &app.app_id),
            ("version", "1.0"),
            ("app_id", &app.app_id),
            ("sign_type", "RSA2"),
            ("seller_id", &app.seller_id),
            ("timestamp", &time::alipay(now)),
        ],
    );
    let text = rsa2::text(&pairs, &["sign", "sign_type"]);
    add(&mut pairs, &[("sign", &rsa_sha256::sign(&app.alipay_private_key, text.as_bytes())?)]);
    let (address, place) = url.split_once('#').map_or((url, None), |(address, place)| (address, Some(place)));
    let join = if address.contains('?') { '&' } else { '?' };
    let place = place.map_or_else(String::new, |place| format!("#{place}"));
    Some(format!("{address}{join}{}{place}", form_text(&pairs)))
}

/// A refund causes a callback when the buyer has the money.
fn succeeded_refund(trade: &Trade, at: usize) -> Option<(&Payment, &Refund)> {
    let refund = trade.refunds.get(at).filter(|refund| refund.state == RefundState::Succeeded)?;
    Some((trade.payment(Some(&refund.payment))?, refund))
}

fn common_pairs(app: &AlipayApp, trade: &Trade, paid: &Payment) -> Pairs {
    let mut pairs = Vec::new();
    add(
        &mut pairs,
        &[
            ("gmt_create", &time::alipay(trade.created_at)),
            ("charset", trade.detail("charset").unwrap_or("utf-8")),
            ("seller_email", &format!("seller{}@sandbox.com", app.seller_id.chars().skip(12).collect::<String>())),
            ("subject", &trade.subject),
        ],
    );
    for name in ["body", "passback_params"] {
        if let Some(value) = trade.detail(name) {
            add(&mut pairs, &[(name, value)]);
        }
    }
    add(
        &mut pairs,
        &[
            ("buyer_id", &paid.buyer),
            ("buyer_logon_id", &logon_id(&paid.buyer)),
            ("notify_type", "trade_status_sync"),
            ("app_id", &app.app_id),
            ("auth_app_id", &app.app_id),
            ("seller_id", &app.seller_id),
            ("version", "1.0"),
            ("out_trade_no", &trade.payment_no),
            ("trade_no", &paid.id),
            ("total_amount", &yuan(paid.amount)),
            ("gmt_payment", &time::alipay(paid.at)),
        ],
    );
    pairs
}

fn add_payment(pairs: &mut Pairs, paid: &Payment) {
    let amount = yuan(paid.amount);
    let funds = json!([{ "amount": amount, "fundChannel": "ALIPAYACCOUNT" }]);
    add(
        pairs,
        &[
            ("receipt_amount", &amount),
            ("invoice_amount", &amount),
            ("buyer_pay_amount", &amount),
            ("point_amount", "0.00"),
            ("fund_bill_list", &funds.to_string()),
        ],
    );
}

/// The sum covers all refunds so far. Only this time has thousandths of a second.
fn add_refund(pairs: &mut Pairs, trade: &Trade, paid: &Payment, refund: &Refund, is_closed: bool) {
    let at = time::alipay(refund.changed_at);
    add(
        pairs,
        &[
            ("refund_fee", &yuan(trade.refunded(&paid.id))),
            ("send_back_fee", &yuan(refund.amount)),
            ("gmt_refund", &format!("{at}.{}", random::digits(3))),
            ("out_biz_no", refund.number.as_deref().unwrap_or(&refund.id)),
        ],
    );
    if is_closed {
        add(pairs, &[("gmt_close", &at)]);
    }
}

fn app<'a>(config: &'a Config, trade: &Trade) -> Option<&'a AlipayApp> {
    config.alipay.iter().find(|app| app.app_id == trade.merchant)
}

fn add(pairs: &mut Pairs, more: &[(&str, &str)]) {
    pairs.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
}

/// As a form: a space becomes a plus.
fn form_text(pairs: &Pairs) -> String {
    let one = |text: &str| percent_encoded(text).replace("%20", "+");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect();
    pairs.join("&")
}
