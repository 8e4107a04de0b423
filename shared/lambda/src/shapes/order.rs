//! An order as its buyer sees it at a moment: how it stands, how its newest attempt stands, and what can be done now.

use serde::Serialize;
use till_domain::money::Money;
use till_domain::order::{Attempt, AttemptState, Decline, OddState, Order, Payment};
use till_domain::time::{Seconds, Time};

use super::{Amount, Instant};

/// What the answer depends on besides the order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct View {
    pub now: Time,
    pub qr_code_lives: Seconds,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderShape {
    pub order_no: String,
    pub status: &'static str,
    pub fulfilment: &'static str,
    pub amount: Amount,
    pub amount_minor: u64,
    pub refunded_amount: Amount,
    pub currency: String,
    /// Of the payment that is kept, or of the newest attempt.
    pub payment_method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_time: Option<Instant>,
    pub created_at: Instant,
    pub expire_at: Instant,
    pub on_hold: bool,
    pub product: ProductShape,
    /// The newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odd_payment: Option<OddPaymentShape>,
    pub can_retry: bool,
    pub can_cancel: bool,
    pub attempts_left: usize,
    pub server_time: Instant,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProductShape {
    pub product_type: String,
    pub product_id: String,
    pub name: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AttemptShape {
    pub method: &'static str,
    pub state: &'static str,
    /// Of a QR code that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_expire_at: Option<Instant>,
    /// Why its last payment was declined, unless another came since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OddPaymentShape {
    pub amount: Amount,
    pub amount_minor: u64,
    pub currency: String,
    pub refunded_amount: Amount,
    pub state: &'static str,
}

pub fn order(order: &Order, view: View) -> OrderShape {
    let kept = order.kept();
    let price = order.sold.price;
    let method = kept.and_then(|kept| order.attempt(kept.attempt)).or_else(|| order.newest_attempt());
    OrderShape {
        order_no: order.no.to_string(),
        status: order.status().as_str(),
        fulfilment: order.fulfilment().as_str(),
        amount: Amount(price),
        amount_minor: price.minor(),
        refunded_amount: Amount(kept.map_or(Money::zero(price.currency()), |kept| order.back(kept))),
        currency: price.currency().to_string(),
        payment_method: method.map(|attempt| attempt.method.as_str()),
        payment_time: kept.map(|kept| Instant(kept.paid_at)),
        created_at: Instant(order.created_at),
        expire_at: Instant(order.expire_at),
        on_hold: !order.holds().is_empty(),
        product: ProductShape {
            product_type: order.sold.kind.to_string(),
            product_id: order.sold.product.to_string(),
            name: order.sold.name.to_string(),
        },
        attempt: order.newest_attempt().map(|newest| attempt(order, newest, view.qr_code_lives)),
        odd_payment: order.odd_payment().map(|(payment, state)| odd_payment(order, payment, state)),
        can_retry: order.may_retry(view.now).is_ok(),
        can_cancel: order.may_cancel(view.now).is_ok(),
        attempts_left: order.attempts_left(),
        server_time: Instant(view.now),
    }
}

/// When the page should ask for a fresh code: after `qr_code_lives`, and no later than the attempt or the order can be paid.
pub fn qr_code_end(order: &Order, attempt: &Attempt, qr_code_lives: Seconds) -> Time {
    let end = attempt.begun_at.plus(qr_code_lives).min(order.expire_at);
    attempt.payable_until.map_or(end, |until| until.min(end))
}

fn attempt(order: &Order, attempt: &Attempt, qr_code_lives: Seconds) -> AttemptShape {
    let decline = match attempt.state {
        AttemptState::Opening | AttemptState::Open | AttemptState::Failed | AttemptState::Closed => attempt.decline,
        AttemptState::Processing | AttemptState::Paid => None,
    };
    let is_open_code = attempt.state == AttemptState::Open && attempt.method.is_qr_code();
    AttemptShape {
        method: attempt.method.as_str(),
        state: attempt.state.as_str(),
        qr_code_expire_at: is_open_code.then(|| Instant(qr_code_end(order, attempt, qr_code_lives))),
        reason: decline.map(Decline::as_str),
    }
}

fn odd_payment(order: &Order, payment: &Payment, state: OddState) -> OddPaymentShape {
    OddPaymentShape {
        amount: Amount(payment.amount),
        amount_minor: payment.amount.minor(),
        currency: payment.amount.currency().to_string(),
        refunded_amount: Amount(order.back(payment)),
        state: state.as_str(),
    }
}
