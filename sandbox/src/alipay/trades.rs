//! A trade as Alipay sees it: which one a call means, its number, and its status.

use super::answer::Answer;
use super::call::Call;
use super::fields;
use crate::books::{NEXT_PAYMENT_ID, Payment, Trade, TradeState, key};
use crate::desk::{Sandbox, TRANSACTION, name};
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;

pub struct Target {
    /// `None` if no trade can have the number.
    pub key: Option<String>,
    /// Alipay's number, if the call gave it.
    pub number: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The code has not been scanned: for Alipay the trade does not exist.
    NotThere,
    WaitBuyerPay,
    Success,
    /// It was not paid in time, or all of the payment was refunded.
    Closed,
}

impl Standing {
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::NotThere => None,
            Self::WaitBuyerPay => Some("WAIT_BUYER_PAY"),
            Self::Success => Some("TRADE_SUCCESS"),
            Self::Closed => Some("TRADE_CLOSED"),
        }
    }
}

/// Alipay's number takes precedence over the merchant's, except in calls that open a trade.
pub async fn find<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>) -> Result<Target, Answer> {
    let ours = if call.method.is_an_opening() { None } else { fields::short(&call.content, "trade_no", 64)? };
    if let Some(number) = ours {
        let key = by_number(sandbox, call, &number).await?;
        return Ok(Target { key, number: Some(number) });
    }
    let theirs = fields::out_trade_no(&call.content)?;
    let key = theirs.map(|number| key(Provider::Alipay, &call.app.app_id, &number));
    match key {
        Some(key) => Ok(Target { key: Some(key), number: None }),
        None => Err(Answer::invalid("out_trade_no")),
    }
}

async fn by_number<P: Ports>(
    sandbox: &Sandbox<P>,
    call: &Call<'_>,
    number: &str,
) -> Result<Option<String>, StoreError> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let found = sandbox.named(&name(Provider::Alipay, TRANSACTION, number)).await?;
    Ok(found.filter(|trade| trade.merchant == call.app.app_id).map(|trade| trade.key()))
}

pub async fn load<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Option<Trade>, Answer> {
    let Some(key) = &target.key else { return Ok(None) };
    let trade = sandbox.trade(key).await?;
    Ok(trade.filter(|trade| is_there(trade, target.number.as_deref(), call.now)))
}

/// Whether the trade exists for Alipay, under that number if one is given.
pub fn is_there(trade: &Trade, number: Option<&str>, now: i64) -> bool {
    let has = |number: &str| {
        next_number(trade).is_some_and(|next| next == number) || trade.payments.iter().any(|one| one.id == number)
    };
    number.is_none_or(has) && standing(trade, payment(trade, number), now) != Standing::NotThere
}

/// The first payment, unless Alipay's number names another.
pub fn payment<'a>(trade: &'a Trade, number: Option<&str>) -> Option<&'a Payment> {
    trade.payments.iter().find(|one| number.is_none_or(|number| one.id == number))
}

/// The status of one payment, or of the trade before its first payment.
pub fn standing(trade: &Trade, payment: Option<&Payment>, now: i64) -> Standing {
    if let Some(payment) = payment {
        return if trade.back(&payment.id) >= payment.amount { Standing::Closed } else { Standing::Success };
    }
    match trade.state {
        TradeState::Unseen => Standing::NotThere,
        TradeState::Closed => Standing::Closed,
        TradeState::Open | TradeState::Failed | TradeState::Processing | TradeState::Paid => {
            if trade.payable_until.is_some_and(|until| now > until) { Standing::Closed } else { Standing::WaitBuyerPay }
        }
    }
}

/// Alipay's number exists before the payment.
pub fn number(trade: &Trade, payment: Option<&Payment>) -> String {
    let number = payment.map(|payment| payment.id.as_str()).or_else(|| next_number(trade));
    number.unwrap_or_default().to_owned()
}

fn next_number(trade: &Trade) -> Option<&str> {
    trade.details.get(NEXT_PAYMENT_ID).and_then(|number| number.as_str())
}
