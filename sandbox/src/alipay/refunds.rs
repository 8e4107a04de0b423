//! Refunds: the merchant's number identifies a refund, which is made once however often it is requested.

use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::calls::{no_such_trade, wants};
use super::fields::{self, yuan};
use super::trades::{self, Target, TradeStatus, status_of};
use crate::books::{Payment, Refund, RefundState, Trade};
use crate::fault::Fault;
use crate::ports::Ports;
use crate::sandbox::Sandbox;
use crate::time;
use crate::trade::{Refusal, TradeEvent};

struct RefundRequest {
    amount: u64,
    number: Option<String>,
}

struct Outcome {
    at: usize,
    /// Whether money moved because of this call.
    has_moved: bool,
}

pub async fn refund<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Answer, Answer> {
    let request = RefundRequest { amount: fields::amount(&call.content, "refund_amount")?, number: request_no(call)? };
    fields::short(&call.content, "refund_reason", 256)?;
    if fields::text(&call.content, "refund_currency").is_some_and(|currency| currency != "CNY") {
        return Err(Answer::refused("ACQ.CURRENCY_NOT_SUPPORT", "币种不支持"));
    }
    let key = target.key.as_ref().ok_or_else(|| nothing_refunded(no_such_trade()))?;
    let changed = sandbox
        .try_change(key, |trade, now| refund_payment(trade, target, &request, call, now).map_err(nothing_refunded))
        .await?;
    let (trade, outcome) = changed.ok_or_else(|| nothing_refunded(no_such_trade()))?;
    let outcome = outcome?;
    let made = trade.refunds.get(outcome.at).ok_or_else(Answer::unavailable)?;
    let paid = trade.payment(Some(&made.payment)).ok_or_else(Answer::unavailable)?;
    let is_done = made.state == RefundState::Succeeded;
    let answer = Answer::success()
        .with("out_trade_no", trade.payment_no.as_str())
        .with("trade_no", paid.id.as_str())
        .with("buyer_logon_id", fields::logon_id(&paid.buyer))
        .with("buyer_user_id", paid.buyer.as_str())
        .with("fund_change", if outcome.has_moved { "Y" } else { "N" })
        .with("gmt_refund_pay", time::alipay(made.changed_at))
        // The sum of the payment's refunds, not only this one.
        .with("refund_fee", yuan(trade.refunded(&paid.id)))
        .with("send_back_fee", yuan(if is_done { made.amount } else { 0 }));
    Ok(if wants(call, "refund_detail_item_list") && is_done { itemised(answer, made) } else { answer })
}

/// An unknown or failed refund is answered without any detail.
pub async fn query<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Answer, Answer> {
    let number = request_no(call)?.ok_or_else(|| Answer::invalid("out_request_no"))?;
    let trade = trades::load(sandbox, call, target).await?.ok_or_else(no_such_trade)?;
    let found = find(&trade, target.number.as_deref(), &number).and_then(|at| trade.refunds.get(at));
    let known = found.and_then(|refund| Some((refund, trade.payment(Some(&refund.payment))?)));
    let Some((refund, paid)) = known else { return Ok(Answer::success()) };
    let answer = Answer::success()
        .with("out_request_no", number)
        .with("out_trade_no", trade.payment_no.as_str())
        .with("trade_no", paid.id.as_str())
        .with("total_amount", yuan(paid.amount))
        .with("refund_amount", yuan(refund.amount));
    Ok(match refund.state {
        RefundState::Failed => Answer::success(),
        // The status is present only when the refund is done.
        RefundState::Processing | RefundState::Abnormal => answer,
        RefundState::Succeeded => {
            let answer = answer.with("refund_status", "REFUND_SUCCESS").with("send_back_fee", yuan(refund.amount));
            let answer = if wants(call, "gmt_refund_pay") {
                answer.with("gmt_refund_pay", time::alipay(refund.changed_at))
            } else {
                answer
            };
            if wants(call, "refund_detail_item_list") { itemised(answer, refund) } else { answer }
        }
    })
}

fn request_no(call: &Call) -> Result<Option<String>, Answer> {
    let number = fields::short(&call.content, "out_request_no", 64)?;
    if number.as_ref().is_some_and(|number| !number.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(Answer::invalid("out_request_no"));
    }
    Ok(number)
}

fn refund_payment(
    trade: &mut Trade,
    target: &Target,
    request: &RefundRequest,
    call: &Call,
    now: i64,
) -> Result<(Outcome, Option<TradeEvent>), Answer> {
    if !trades::is_there(trade, target.number.as_deref(), call.now) {
        return Err(no_such_trade());
    }
    let paid = match trade.payment(target.number.as_deref()) {
        Some(paid) => paid.clone(),
        None => return Err(unpaid(trade, now)),
    };
    // A full refund needs no number: it takes the trade's.
    let number = request.number.clone().unwrap_or_else(|| trade.payment_no.clone());
    let asked = find(trade, Some(&paid.id), &number).and_then(|at| Some((at, trade.refunds.get(at)?)));
    if let Some((at, asked)) = asked.filter(|(_, asked)| asked.state != RefundState::Failed) {
        return if asked.amount == request.amount {
            Ok((Outcome { at, has_moved: false }, None))
        } else {
            Err(Answer::refused("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"))
        };
    }
    if status_of(trade, Some(&paid), now) == TradeStatus::Closed {
        return Err(Answer::refused("ACQ.TRADE_HAS_CLOSE", "交易已关闭"));
    }
    if request.number.is_none() && request.amount != paid.amount {
        return Err(too_much());
    }
    make(trade, &paid, &number, request.amount, now)
}

fn make(
    trade: &mut Trade,
    paid: &Payment,
    number: &str,
    amount: u64,
    now: i64,
) -> Result<(Outcome, Option<TradeEvent>), Answer> {
    if trade.refunded_or_pending(&paid.id).saturating_add(amount) > paid.amount {
        return Err(too_much());
    }
    if trade.use_fault(Fault::RefuseRefund) {
        return Err(Answer::refused("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"));
    }
    let is_later = trade.use_fault(Fault::RefundLater);
    let state = if is_later { RefundState::Processing } else { RefundState::Succeeded };
    let event = trade.refund(now, Some(&paid.id), Some(number), amount, state).map_err(|refusal| match refusal {
        Refusal::TooMuch => too_much(),
        Refusal::NotPaid | Refusal::Closed | Refusal::Paid | Refusal::Expired | Refusal::NothingToDecide => {
            Answer::unavailable()
        }
    })?;
    Ok((Outcome { at: trade.refunds.len().saturating_sub(1), has_moved: !is_later }, Some(event)))
}

/// The last refund with that number, of one payment or of any.
fn find(trade: &Trade, payment: Option<&str>, number: &str) -> Option<usize> {
    trade.refunds.iter().rposition(|refund| {
        refund.number.as_deref() == Some(number) && payment.is_none_or(|payment| refund.payment == payment)
    })
}

fn unpaid(trade: &Trade, now: i64) -> Answer {
    match status_of(trade, None, now) {
        TradeStatus::NotFound => no_such_trade(),
        TradeStatus::Closed => Answer::refused("ACQ.TRADE_HAS_CLOSE", "交易已关闭"),
        TradeStatus::WaitBuyerPay | TradeStatus::Success => Answer::refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    }
}

fn too_much() -> Answer {
    Answer::refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
}

/// A refusal shows that no money moved.
fn nothing_refunded(refused: Answer) -> Answer {
    refused.with("refund_fee", "0.00").with("send_back_fee", "0.00")
}

fn itemised(answer: Answer, refund: &Refund) -> Answer {
    let items = json!([{ "amount": yuan(refund.amount), "fund_channel": "ALIPAYACCOUNT" }]);
    answer.with("refund_detail_item_list", items)
}
