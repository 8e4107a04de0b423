//! Queries and closings of a trade.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::fields::{logon_id, yuan};
use super::trades::{self, Target, TradeStatus, number, status_of};
use crate::books::{Payment, Trade};
use crate::ports::Ports;
use crate::sandbox::Sandbox;
use crate::time;

pub async fn query<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Answer, Answer> {
    let Some(trade) = trades::load(sandbox, call, target).await? else {
        let named = call.content.get("out_trade_no").and_then(Value::as_str).unwrap_or_default();
        return Err(amounts(no_such_trade(), 0).with("out_trade_no", named));
    };
    let paid = trade.payment(target.number.as_deref());
    let word = status_of(&trade, paid, call.now).word().ok_or_else(no_such_trade)?;
    let answer = Answer::success()
        .with("out_trade_no", trade.payment_no.as_str())
        .with("trade_no", number(&trade, paid))
        .with("trade_status", word)
        .with("total_amount", yuan(paid.map_or(trade.amount, |paid| paid.amount)));
    Ok(match paid {
        None => amounts(answer, 0),
        Some(paid) => with_buyer(amounts(answer, paid.amount), paid, call),
    })
}

/// Only a trade that waits for its buyer can be closed.
pub async fn close<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Answer, Answer> {
    let key = target.key.as_ref().ok_or_else(no_such_trade)?;
    let closed = sandbox
        .try_change(key, |trade, _| may_close(trade, target, call).map(|()| ((), trade.close().ok().flatten())))
        .await?;
    let (trade, outcome) = closed.ok_or_else(no_such_trade)?;
    outcome?;
    Ok(Answer::success().with("out_trade_no", trade.payment_no.as_str()).with("trade_no", number(&trade, None)))
}

pub fn no_such_trade() -> Answer {
    Answer::refused("ACQ.TRADE_NOT_EXIST", "交易不存在")
}

fn may_close(trade: &Trade, target: &Target, call: &Call) -> Result<(), Answer> {
    if !trades::is_there(trade, target.number.as_deref(), call.now) {
        return Err(no_such_trade());
    }
    let refused = match status_of(trade, trade.payment(None), call.now) {
        TradeStatus::WaitBuyerPay => return Ok(()),
        TradeStatus::NotFound => return Err(no_such_trade()),
        TradeStatus::Success => Answer::refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
        TradeStatus::Closed => Answer::refused("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常"),
    };
    Err(refused.with("out_trade_no", trade.payment_no.as_str()))
}

/// The amounts in every answer to a query, whether or not money moved.
fn amounts(answer: Answer, paid: u64) -> Answer {
    answer
        .with("buyer_pay_amount", yuan(paid))
        .with("receipt_amount", yuan(paid))
        .with("invoice_amount", yuan(paid))
        .with("point_amount", "0.00")
}

fn with_buyer(answer: Answer, paid: &Payment, call: &Call) -> Answer {
    let answer = answer
        .with("buyer_logon_id", logon_id(&paid.buyer))
        .with("buyer_user_id", paid.buyer.as_str())
        .with("buyer_user_type", "PRIVATE")
        .with("send_pay_date", time::alipay(paid.at));
    if wants(call, "fund_bill_list") {
        answer.with("fund_bill_list", json!([{ "amount": yuan(paid.amount), "fund_channel": "ALIPAYACCOUNT" }]))
    } else {
        answer
    }
}

/// Whether a call asks for a part that is only answered on request.
pub fn wants(call: &Call, option: &str) -> bool {
    let options = call.content.get("query_options").and_then(Value::as_array);
    options.is_some_and(|options| options.iter().any(|one| one == option))
}
