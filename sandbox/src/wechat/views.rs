//! Orders and refunds as merchants see them, in answers and in callbacks.

use serde_json::{Value, json};

use crate::books::{Payment, Refund, RefundState, Trade, TradeState};
use crate::time;

pub fn detail<'a>(trade: &'a Trade, name: &str) -> &'a str {
    trade.detail(name).unwrap_or_default()
}

pub fn paid(trade: &Trade, payment: &Payment, state: &str) -> Value {
    json!({
        "amount": {
            "currency": trade.currency,
            "payer_currency": trade.currency,
            "payer_total": payment.amount,
            "total": payment.amount,
        },
        "appid": detail(trade, "appid"),
        "attach": detail(trade, "attach"),
        "bank_type": "OTHERS",
        "mchid": trade.merchant,
        "out_trade_no": trade.payment_no,
        "payer": { "openid": payer(trade, payment) },
        "promotion_detail": [],
        "success_time": time::rfc3339(payment.at),
        "trade_state": state,
        "trade_state_desc": description(state),
        "trade_type": trade.method,
        "transaction_id": payment.id,
    })
}

/// An unpaid order shows little.
pub fn order(trade: &Trade, payment: Option<&Payment>) -> Value {
    let Some(payment) = payment else {
        let state = match trade.state {
            TradeState::Unseen | TradeState::Open | TradeState::Failed => "NOTPAY",
            TradeState::Processing => "USERPAYING",
            TradeState::Closed => "CLOSED",
            TradeState::Paid => "PAYERROR",
        };
        return json!({
            "amount": { "payer_currency": trade.currency, "total": trade.amount },
            "appid": detail(trade, "appid"),
            "mchid": trade.merchant,
            "out_trade_no": trade.payment_no,
            "promotion_detail": [],
            "scene_info": { "device_id": "" },
            "trade_state": state,
            "trade_state_desc": description(state),
        });
    };
    // A partial refund is enough for this state.
    let is_refunded = trade.refunded_or_pending(&payment.id) > 0;
    paid(trade, payment, if is_refunded { "REFUND" } else { "SUCCESS" })
}

pub fn refund(trade: &Trade, refund: &Refund, state: RefundState) -> Value {
    let total = total(trade, refund);
    let mut shown = json!({
        "amount": {
            "currency": trade.currency,
            "discount_refund": 0,
            "from": [],
            "payer_refund": refund.amount,
            "payer_total": total,
            "refund": refund.amount,
            "refund_fee": 0,
            "settlement_refund": refund.amount,
            "settlement_total": total,
            "total": total,
        },
        "channel": "ORIGINAL",
        "create_time": time::rfc3339(refund.at),
        "funds_account": "AVAILABLE",
        "out_refund_no": number(refund),
        "out_trade_no": trade.payment_no,
        "promotion_detail": [],
        "refund_id": refund.id,
        "status": refund_state(state),
        "transaction_id": refund.payment,
        "user_received_account": "支付用户零钱",
    });
    add_success_time(&mut shown, refund, state);
    shown
}

/// A refund in a callback, where the state has another name.
pub fn refund_in_callback(trade: &Trade, refund: &Refund) -> Value {
    let total = total(trade, refund);
    let mut shown = json!({
        "amount": {
            "payer_refund": refund.amount,
            "payer_total": total,
            "refund": refund.amount,
            "total": total,
        },
        "mchid": trade.merchant,
        "out_refund_no": number(refund),
        "out_trade_no": trade.payment_no,
        "refund_id": refund.id,
        "refund_status": refund_state(refund.state),
        "transaction_id": refund.payment,
        "user_received_account": "支付用户零钱",
    });
    add_success_time(&mut shown, refund, refund.state);
    shown
}

/// The merchant's number of a refund; WeChat's own if it was made on the platform.
pub fn number(refund: &Refund) -> &str {
    refund.number.as_deref().unwrap_or(&refund.id)
}

const fn refund_state(state: RefundState) -> &'static str {
    match state {
        RefundState::Processing => "PROCESSING",
        RefundState::Succeeded => "SUCCESS",
        RefundState::Failed => "CLOSED",
        RefundState::Abnormal => "ABNORMAL",
    }
}

fn add_success_time(shown: &mut Value, refund: &Refund, state: RefundState) {
    if let (RefundState::Succeeded, Some(shown)) = (state, shown.as_object_mut()) {
        shown.insert("success_time".to_owned(), time::rfc3339(refund.changed_at).into());
    }
}

/// The amount of the refunded payment.
fn total(trade: &Trade, refund: &Refund) -> u64 {
    trade.payment(Some(&refund.payment)).map_or(trade.amount, |payment| payment.amount)
}

/// The buyer that the merchant's request named, else the payment's.
fn payer<'a>(trade: &'a Trade, payment: &'a Payment) -> &'a str {
    match detail(trade, "openid") {
        "" => &payment.buyer,
        named => named,
    }
}

fn description(state: &str) -> &'static str {
    match state {
        "SUCCESS" => "支付成功",
        "REFUND" => "订单发生过退款，退款详情请查询退款单",
        "NOTPAY" => "订单未支付",
        "CLOSED" => "订单已关闭",
        "USERPAYING" => "用户支付中",
        _ => "支付失败",
    }
}
