//! A trade as Alipay sees it: which one a call means, its number, and its status.

use super::answer::Answer;
use super::call::Call;
use super::fields;
use crate::books::{NEXT_PAYMENT_ID, Payment, Trade, TradeState, key};
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::sandbox::{Sandbox, TRANSACTION, name};

pub struct Target {
    /// `None` if no trade can have the number.
    pub key: Option<String>,
    /// Alipay's number, if the call gave it.
    pub number: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// The code has not been scanned: for Alipay the trade does not exist.
    NotFound,
    WaitBuyerPay,
    Success,
    /// It was not paid in time, or all of the payment was refunded.
    Closed,
}

impl TradeStatus {
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::NotFound => None,
            Self::WaitBuyerPay => Some("WAIT_BUYER_PAY"),
            Self::Success => Some("TRADE_SUCCESS"),
            Self::Closed => Some("TRADE_CLOSED"),
        }
    }
}

/// Alipay's number takes precedence over the merchant's, except in calls that open a trade.
pub async fn find<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>) -> Result<Target, Answer> {
    let number = if call.method.opens_a_trade() { None } else { fields::short(&call.content, "trade_no", 64)? };
    if let Some(number) = number {
        let key = by_number(sandbox, call, &number).await?;
        return Ok(Target { key, number: Some(number) });
    }
    let number = fields::out_trade_no(&call.content)?.ok_or_else(|| Answer::invalid("out_trade_no"))?;
    Ok(Target { key: Some(key(Provider::Alipay, &call.app.app_id, &number)), number: None })
}

async fn by_number<P: Ports>(
    sandbox: &Sandbox<P>,
    call: &Call<'_>,
    number: &str,
) -> Result<Option<String>, StoreError> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let name = name(Provider::Alipay, TRANSACTION, number);
    Ok(sandbox.find(Provider::Alipay, &call.app.app_id, &name).await?.map(|trade| trade.key()))
}

pub async fn load<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Option<Trade>, Answer> {
    let Some(key) = &target.key else { return Ok(None) };
    let trade = sandbox.trade(key).await?;
    Ok(trade.filter(|trade| is_there(trade, target.number.as_deref(), call.now)))
}

/// Whether the trade exists for Alipay, under that number if one is given.
pub fn is_there(trade: &Trade, number: Option<&str>, now: i64) -> bool {
    let has = |number: &str| {
        trade.detail(NEXT_PAYMENT_ID) == Some(number) || trade.payments.iter().any(|one| one.id == number)
    };
    number.is_none_or(has) && status_of(trade, trade.payment(number), now) != TradeStatus::NotFound
}

/// The status of one payment, or of the trade before its first payment.
pub fn status_of(trade: &Trade, payment: Option<&Payment>, now: i64) -> TradeStatus {
    if let Some(payment) = payment {
        return if trade.refunded(&payment.id) >= payment.amount { TradeStatus::Closed } else { TradeStatus::Success };
    }
    match trade.state {
        TradeState::Unseen => TradeStatus::NotFound,
        TradeState::Closed => TradeStatus::Closed,
        TradeState::Open | TradeState::Failed | TradeState::Processing | TradeState::Paid => {
            if trade.payable_until.is_some_and(|until| now > until) {
                TradeStatus::Closed
            } else {
                TradeStatus::WaitBuyerPay
            }
        }
    }
}

/// Alipay's number exists before the payment.
pub fn number(trade: &Trade, payment: Option<&Payment>) -> String {
    let number = payment.map(|payment| payment.id.as_str()).or_else(|| trade.detail(NEXT_PAYMENT_ID));
    number.unwrap_or_default().to_owned()
}
