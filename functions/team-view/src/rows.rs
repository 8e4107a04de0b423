//! An order as a row of a list.

use serde::Serialize;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::Order;
use till_domain::provider::{Account, Method};
use till_lambda::shapes::{Amount, Instant};

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowShape {
    pub order_no: String,
    pub created_at: Instant,
    pub status: &'static str,
    pub fulfilment: &'static str,
    pub user_id: String,
    pub product_type: String,
    pub product_id: String,
    pub product_name: String,
    pub amount: Amount,
    pub amount_minor: u64,
    pub refunded_amount: Amount,
    pub currency: String,
    pub payment_method: Option<&'static str>,
    pub provider: Option<&'static str>,
    pub account: Option<String>,
    pub trade_no: Option<String>,
    pub payment_time: Option<Instant>,
    pub holds: Vec<&'static str>,
}

pub fn row(order: &Order) -> RowShape {
    let (kept, price, paid_by) = (order.kept(), order.sold.price, paid_by(order));
    let mut holds: Vec<&'static str> = order.holds().iter().map(|hold| hold.word.as_str()).collect();
    holds.dedup();
    RowShape {
        order_no: order.no.to_string(),
        created_at: Instant(order.created_at),
        status: order.status().as_str(),
        fulfilment: order.fulfilment().as_str(),
        user_id: order.sold.user.to_string(),
        product_type: order.sold.kind.to_string(),
        product_id: order.sold.product.to_string(),
        product_name: order.sold.name.to_string(),
        amount: Amount(price),
        amount_minor: price.minor(),
        refunded_amount: Amount(kept.map_or(Money::zero(price.currency()), |kept| order.back(kept))),
        currency: price.currency().to_string(),
        payment_method: paid_by.map(|(method, _)| method.as_str()),
        provider: paid_by.map(|(_, account)| account.provider.as_str()),
        account: paid_by.map(|(_, account)| account.id.to_string()),
        trade_no: kept.map(|kept| kept.trade_no.to_string()),
        payment_time: kept.map(|kept| Instant(kept.paid_at)),
        holds,
    }
}

/// Of orders that cannot be read there are only the numbers.
pub fn numbers(unreadable: &[OrderNo]) -> Vec<String> {
    unreadable.iter().map(ToString::to_string).collect()
}

/// The method and the account of the payment that is kept, or of the newest attempt.
pub fn paid_by(order: &Order) -> Option<(Method, &Account)> {
    let kept = order.kept();
    let attempt = kept.and_then(|kept| order.attempt(kept.attempt)).or_else(|| order.newest_attempt())?;
    Some((attempt.method, kept.map_or(&attempt.account, |kept| &kept.account)))
}
