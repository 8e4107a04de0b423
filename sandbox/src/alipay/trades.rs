//! A trade as Alipay sees it: which one a call means, its number, and how it stands.

use super::answer::Answer;
use super::call::Call;
use super::fields;
use crate::books::{NEXT_PAYMENT_ID, Payment, Trade, TradeState, key};
use crate::desk::{Sandbox, TRANSACTION, name};
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;

/// The trade that a call names.
pub struct Target {
    /// Its document, if a document can have that name.
    pub key: Option<String>,
    /// Alipay's number, if the call gave it.
    pub number: Option<String>,
}

/// How a trade stands, in Alipay's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has scanned its code: there is no trade.
    NotThere,
    /// It can be paid.
    WaitBuyerPay,
    /// It was paid.
    Success,
    /// It was not paid and cannot be any more, or all of it went back.
    Closed,
}

impl Standing {
    /// Its word.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::NotThere => None,
            Self::WaitBuyerPay => Some("WAIT_BUYER_PAY"),
            Self::Success => Some("TRADE_SUCCESS"),
            Self::Closed => Some("TRADE_CLOSED"),
        }
    }
}

/// Finds what a call means: Alipay's number goes before the merchant's, except where a trade is opened.
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

/// The trade that a call means, if there is one for Alipay.
pub async fn load<P: Ports>(sandbox: &Sandbox<P>, call: &Call<'_>, target: &Target) -> Result<Option<Trade>, Answer> {
    let Some(key) = &target.key else { return Ok(None) };
    let trade = sandbox.trade(key).await?;
    Ok(trade.filter(|trade| is_there(trade, target.number.as_deref(), call.now)))
}

/// Whether there is such a trade for Alipay, under that number if one is given.
pub fn is_there(trade: &Trade, number: Option<&str>, now: i64) -> bool {
    let has = |number: &str| {
        next_number(trade).is_some_and(|next| next == number) || trade.payments.iter().any(|one| one.id == number)
    };
    number.is_none_or(has) && standing(trade, payment(trade, number), now) != Standing::NotThere
}

/// The payment that is meant: the first, unless Alipay's number says another.
pub fn payment<'a>(trade: &'a Trade, number: Option<&str>) -> Option<&'a Payment> {
    trade.payments.iter().find(|one| number.is_none_or(|number| one.id == number))
}

/// How it stands: a payment of it, or, before any came in, the trade itself.
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

/// Alipay's number: it is there before the money.
pub fn number(trade: &Trade, payment: Option<&Payment>) -> String {
    let number = payment.map(|payment| payment.id.as_str()).or_else(|| next_number(trade));
    number.unwrap_or_default().to_owned()
}

fn next_number(trade: &Trade) -> Option<&str> {
    trade.details.get(NEXT_PAYMENT_ID).and_then(|number| number.as_str())
}
