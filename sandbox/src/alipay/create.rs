//! Calls that open a trade: QR codes, and the pages and apps for buyers. A number belongs to one order for ever:
//! the same call again finds that order, and a different call is refused.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::{Call, Method};
use super::fields;
use super::trades::{TradeStatus, status_of};
use crate::books::{NEXT_PAYMENT_ID, Trade, TradeState};
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::sandbox::{Sandbox, TRANSACTION, name};
use crate::time;
use crate::{page, random};

/// How often a code can be requested under one number.
const MAX_CODES: u64 = 20;
/// Another call may open the same trade at the same moment.
const MAX_TRIES: u32 = 3;

/// The trade does not exist for Alipay until its code is scanned.
pub async fn precreate<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>) -> Result<Answer, Answer> {
    let trade = open(sandbox, call).await?;
    let code = trade.detail("qr_code").unwrap_or_default();
    Ok(Answer::success().with("out_trade_no", trade.payment_no.as_str()).with("qr_code", code))
}

/// Returns the page to which the buyer's browser is sent.
pub async fn visit<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>) -> Result<String, Answer> {
    let trade = open(sandbox, call).await?;
    Ok(page::address(&sandbox.config.public_url, &trade.payment_no))
}

async fn open<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>) -> Result<Trade, Answer> {
    let order = order(call)?;
    for _ in 0..MAX_TRIES {
        let again = sandbox.change(&order.key(), |trade, _| (repeat(trade, &order, call), None)).await?;
        if let Some((trade, outcome)) = again {
            return outcome.map(|()| trade);
        }
        let number = order.detail(NEXT_PAYMENT_ID).unwrap_or_default();
        match sandbox.add(&order, &[name(Provider::Alipay, TRANSACTION, number)]).await {
            Ok(()) => return Ok(order),
            Err(StoreError::Conflict) => {}
            Err(StoreError::TooLarge | StoreError::Unavailable) => break,
        }
    }
    Err(Answer::unavailable())
}

fn order(call: &Call) -> Result<Trade, Answer> {
    let payment_no = fields::out_trade_no(&call.content)?.ok_or_else(|| Answer::invalid("out_trade_no"))?;
    let subject = fields::subject(&call.content)?;
    let amount = fields::amount(&call.content, "total_amount")?;
    fields::product(call)?;
    if fields::text(&call.content, "seller_id").is_some_and(|seller| seller != call.app.seller_id) {
        return Err(Answer::invalid("seller_id"));
    }
    let (state, method) = match call.method {
        Method::Precreate => (TradeState::Unseen, "precreate"),
        Method::PagePay => (TradeState::Open, "page.pay"),
        Method::WapPay => (TradeState::Open, "wap.pay"),
        Method::AppPay => (TradeState::Open, "app.pay"),
        Method::Query | Method::Close | Method::Refund | Method::RefundQuery => return Err(Answer::unavailable()),
    };
    Ok(Trade {
        state,
        method: method.to_owned(),
        subject,
        amount,
        currency: "CNY".to_owned(),
        payable_until: Some(fields::payable_until(call)?),
        details: details(call)?,
        ..Trade::new(Provider::Alipay, &call.app.app_id, &payment_no, call.now)
    })
}

fn details(call: &Call) -> Result<Map<String, Value>, Answer> {
    let mut details = Map::new();
    let mut keep = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            details.insert(name.to_owned(), Value::from(value));
        }
    };
    keep("charset", Some(call.charset.clone()));
    keep("body", fields::short(&call.content, "body", 128)?);
    keep("passback_params", fields::short(&call.content, "passback_params", 512)?);
    keep("notify_url", fields::address(call.notify_url.as_ref(), "notify_url")?);
    keep("return_url", fields::address(call.return_url.as_ref(), "return_url")?);
    // Alipay's number exists before the payment; it begins with the day.
    keep(NEXT_PAYMENT_ID, Some(format!("{}22001{}", time::day(call.now), random::digits(15))));
    if call.method == Method::Precreate {
        keep("qr_code", Some(new_code()));
        details.insert("codes".to_owned(), Value::from(1));
    }
    Ok(details)
}

/// Repeats an opening, or refuses another order under the same number.
fn repeat(trade: &mut Trade, order: &Trade, call: &Call) -> Result<(), Answer> {
    match status_of(trade, trade.payment(None), call.now) {
        TradeStatus::Success => return Err(Answer::refused("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")),
        TradeStatus::Closed => return Err(Answer::refused("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")),
        TradeStatus::NotFound | TradeStatus::WaitBuyerPay => {}
    }
    let of = |trade: &Trade| (trade.amount, trade.subject.clone(), trade.method.clone());
    if of(trade) != of(order) {
        return Err(Answer::refused("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"));
    }
    if call.method != Method::Precreate {
        return Ok(());
    }
    let codes = trade.details.get("codes").and_then(Value::as_u64).unwrap_or(0);
    if codes >= MAX_CODES {
        return Err(Answer::refused("ACQ.APPLY_PC_MERCHANT_CODE_ERROR", "二维码创建失败"));
    }
    trade.details.insert("codes".to_owned(), Value::from(codes.saturating_add(1)));
    // An expired code is replaced; a valid one is returned again, with its old end.
    if trade.payable_until.is_some_and(|until| call.now > until) {
        trade.details.insert("qr_code".to_owned(), Value::from(new_code()));
        trade.payable_until = order.payable_until;
    }
    Ok(())
}

fn new_code() -> String {
    format!("https://qr.alipay.com/bax{}", random::hex(21))
}
