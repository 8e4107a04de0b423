//! Translates Stripe's words and amounts into the domain's. A word without a row is never "paid" and never "failed".

use till_domain::currency::Currency;
use till_domain::id::RefundNo;
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::{Buyer, DisputeNo, OutsideRefundNo, TradeNo};
use till_domain::time::Time;

use super::wire::{Charge, Dispute, Expandable, Metadata, Named, PaymentIntent, Refund, Said, Session};
use crate::error::{Distrust, Verdict};

/// How Stripe counts a currency; `Same` is as we do.
enum Wire {
    Same,
    /// ISK and UGX have no decimals, but are sent with two, which are 00.
    TwoMore,
    /// Three decimals, the last of which is 0.
    Tens,
}

fn wire(currency: Currency) -> Wire {
    match currency.code() {
        "ISK" | "UGX" => Wire::TwoMore,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => Wire::Tens,
        // Stripe's other "zero-decimal currencies" have none here either; all others have two on both sides.
        _ => Wire::Same,
    }
}

/// An amount as Stripe counts it; `None` if Stripe cannot express it exactly.
pub fn to_wire(money: Money) -> Option<u64> {
    match wire(money.currency()) {
        Wire::Same => Some(money.minor()),
        Wire::TwoMore => money.minor().checked_mul(100),
        Wire::Tens => money.minor().is_multiple_of(10).then_some(money.minor()),
    }
}

pub fn from_wire(amount: u64, currency: &str) -> Result<Money, Distrust> {
    let currency = Currency::parse(currency).map_err(|_| Distrust::Malformed("currency"))?;
    let minor = match wire(currency) {
        Wire::Same | Wire::Tens => Some(amount),
        Wire::TwoMore => amount.is_multiple_of(100).then(|| amount.div_euclid(100)),
    };
    minor.and_then(|minor| Money::new(minor, currency).ok()).ok_or(Distrust::Malformed("amount"))
}

pub fn time(unix: i64) -> Result<Time, Distrust> {
    Time::from_unix(unix).map_err(|_| Distrust::Malformed("time"))
}

/// The number of a payment, which is always its PaymentIntent's id.
pub fn trade_no(intent: &str) -> Result<TradeNo, Distrust> {
    TradeNo::parse(intent).map_err(|_| Distrust::Malformed("payment_intent"))
}

fn buyer(customer: Option<&Expandable<Named>>) -> Option<Buyer> {
    Buyer::parse(customer?.id()).ok()
}

pub fn intent(intent: &PaymentIntent, paid_at: Option<Time>) -> Result<Says, Distrust> {
    Ok(match intent.status.as_str() {
        "succeeded" => paid(intent, paid_at)?,
        "processing" => Says::Processing,
        // Stripe's own page takes money as long as its session is open.
        "canceled" => Says::Closed { for_good: !on_their_page(intent.metadata.as_ref()) },
        // After a failed try. Stripe's own page lets the buyer try again.
        "requires_payment_method"
            if intent.last_payment_error.is_some() && !on_their_page(intent.metadata.as_ref()) =>
        {
            Says::Failed
        }
        "requires_payment_method" | "requires_confirmation" | "requires_action" => Says::NotPaid,
        // Also `requires_capture`, which we never ask for.
        _ => Says::Unknown,
    })
}

/// Whether the buyer pays on Stripe's own page, where the attempt goes on after a declined card and ends with its session.
fn on_their_page(metadata: Option<&Metadata>) -> bool {
    let method = metadata.and_then(|metadata| metadata.method.as_deref());
    method == Some(Method::StripeCheckout.as_str())
}

/// A PaymentIntent that succeeded. It is dated by its charge; without the charge by the event (`paid_at`); and in an answer
/// without either by its own creation, which is the same in every answer.
fn paid(intent: &PaymentIntent, paid_at: Option<Time>) -> Result<Says, Distrust> {
    let charge = intent.latest_charge.as_ref().and_then(Expandable::object);
    let amount = intent.amount_received.ok_or(Distrust::Missing("amount_received"))?;
    Ok(Says::Paid {
        trade_no: trade_no(&intent.id)?,
        amount: from_wire(amount, &intent.currency)?,
        paid_at: match (charge, paid_at) {
            (Some(charge), _) => time(charge.created)?,
            (None, Some(told)) => told,
            (None, None) => time(intent.created)?,
        },
        buyer: buyer(intent.customer.as_ref()),
    })
}

/// The state of a Checkout Session. Its PaymentIntent decides, if the answer includes it.
///
/// `no_payment_required` means that nothing is due, or not yet. We make no such session, so it is paid only if its
/// PaymentIntent says so.
pub fn session(session: &Session, paid_at: Option<Time>) -> Result<Says, Distrust> {
    let whole = session.payment_intent.as_ref().and_then(Expandable::object);
    let known = whole.map(|whole| intent(whole, paid_at)).transpose()?;
    if let Some(says @ (Says::Paid { .. } | Says::Processing)) = known {
        return Ok(says);
    }
    Ok(match (session.payment_status.as_str(), session.status.as_deref()) {
        ("paid", _) if whole.is_none() => session_paid(session, paid_at)?,
        ("unpaid" | "no_payment_required", Some("expired")) => Says::Closed { for_good: true },
        ("unpaid" | "no_payment_required", Some("open")) => Says::NotPaid,
        ("unpaid", Some("complete")) => match whole.map(|whole| whole.status.as_str()) {
            // A complete session allows no second try.
            Some("requires_payment_method" | "canceled") => Says::Failed,
            // The outcome of some ways to pay comes later.
            _ => Says::Processing,
        },
        _ => Says::Unknown,
    })
}

/// A paid session of which only the PaymentIntent's id is known.
fn session_paid(session: &Session, paid_at: Option<Time>) -> Result<Says, Distrust> {
    let intent = session.payment_intent.as_ref().ok_or(Distrust::Missing("payment_intent"))?;
    let amount = session.amount_total.ok_or(Distrust::Missing("amount_total"))?;
    let currency = session.currency.as_deref().ok_or(Distrust::Missing("currency"))?;
    Ok(Says::Paid {
        trade_no: trade_no(intent.id())?,
        amount: from_wire(amount, currency)?,
        paid_at: paid_at.ok_or(Distrust::Missing("payment_intent"))?,
        buyer: buyer(session.customer.as_ref()),
    })
}

/// The refunds of a PaymentIntent's charge: each one that the answer holds, or the running total if it holds no list.
///
/// The total alone is not enough: it counts refunds from their creation and shrinks when one fails, but a reported total is
/// never reduced.
pub fn back(intent: &PaymentIntent, deployment: &str, order: &str) -> Result<Vec<Says>, Distrust> {
    let Some(charge) = intent.latest_charge.as_ref().and_then(Expandable::object) else { return Ok(Vec::new()) };
    let trade_no = trade_no(&intent.id)?;
    match &charge.refunds {
        Some(list) => list.data.iter().map(|one| refund(one, &trade_no, deployment, Some(order))).collect(),
        None => Ok(in_all(charge, trade_no)?.into_iter().collect()),
    }
}

/// Whether a PaymentIntent has more refunds than the ten that an answer holds.
pub fn has_more_refunds(intent: &PaymentIntent) -> bool {
    let charge = intent.latest_charge.as_ref().and_then(Expandable::object);
    charge.and_then(|charge| charge.refunds.as_ref()).is_some_and(|list| list.has_more)
}

fn in_all(charge: &Charge, trade_no: TradeNo) -> Result<Option<Says>, Distrust> {
    Ok(match (charge.amount_refunded, charge.refunded) {
        (0, false) => None,
        (0, true) => Some(Says::BackUnclear { trade_no }),
        (total, _) => Some(Says::BackInAll { trade_no, amount: from_wire(total, &charge.currency)? }),
    })
}

pub fn refund(refund: &Refund, trade_no: &TradeNo, deployment: &str, order: Option<&str>) -> Result<Says, Distrust> {
    let metadata = refund.metadata.as_ref().filter(|metadata| metadata.deployment.as_deref() == Some(deployment));
    let id = match metadata.and_then(our_number) {
        Some(number) if order.is_none_or(|order| number.order.as_str() == order) => RefundId::Ours(number.n),
        // Of another order of ours, to which a person settled the payment.
        Some(number) => theirs(&number.to_string())?,
        None => theirs(&refund.id)?,
    };
    Ok(Says::Refund {
        id,
        trade_no: trade_no.clone(),
        amount: from_wire(refund.amount, &refund.currency)?,
        word: refund_word(refund.status.as_deref()),
    })
}

fn theirs(number: &str) -> Result<RefundId, Distrust> {
    OutsideRefundNo::parse(number).map(RefundId::Theirs).map_err(|_| Distrust::Malformed("refund"))
}

/// Our number of a refund, if its metadata has one of its own order.
pub fn our_number(metadata: &Metadata) -> Option<RefundNo> {
    let number = RefundNo::parse(metadata.refund_no.as_deref()?).ok()?;
    (metadata.order_no.as_deref() == Some(number.order.as_str())).then_some(number)
}

/// The state of a refund. A `pending` one is sent by Stripe itself, even if it waits for balance (`pending_reason`).
/// `requires_action` waits for the buyer's bank details, which a person should ask for.
pub fn refund_word(status: Option<&str>) -> RefundWord {
    match status {
        Some("pending") => RefundWord::Processing,
        Some("requires_action") => RefundWord::Abnormal,
        Some("succeeded") => RefundWord::Succeeded,
        Some("failed" | "canceled") => RefundWord::Failed,
        _ => RefundWord::Unclear,
    }
}

pub fn dispute_state(status: &str) -> DisputeState {
    match status {
        // An inquiry without consequences, or of old: the buyer has a refund instead, which is reported as one.
        "won" | "warning_closed" | "charge_refunded" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        // Also `prevented` (settled before it began, not always by a refund): a person has to look.
        _ => DisputeState::Opened,
    }
}

pub fn dispute<I>(dispute: &Dispute<I>, trade_no: &TradeNo) -> Result<Says, Distrust> {
    Ok(Says::Dispute {
        no: DisputeNo::parse(&dispute.id).map_err(|_| Distrust::Malformed("dispute"))?,
        trade_no: trade_no.clone(),
        amount: from_wire(dispute.amount, &dispute.currency)?,
        state: dispute_state(&dispute.status),
    })
}

/// What to do about an error. `should_retry` is the header `Stripe-Should-Retry`.
pub fn verdict(status: u16, should_retry: Option<bool>, said: &Said) -> Verdict {
    let (kind, code) = (said.kind.as_deref(), said.code.as_deref());
    match (status, should_retry) {
        (_, Some(true)) => Verdict::Retry,
        _ if kind == Some("idempotency_error") => Verdict::OurFault,
        (401 | 403, _) => Verdict::OurFault,
        (409 | 429, None) => Verdict::Retry,
        (400 | 402 | 404, _) if kind == Some("api_error") => Verdict::Ask,
        (400 | 402 | 404, _) if code.is_some_and(is_our_fault) => Verdict::OurFault,
        (400 | 402 | 404, _) => Verdict::Final,
        _ => Verdict::Ask,
    }
}

fn is_our_fault(code: &str) -> bool {
    matches!(
        code,
        "account_invalid"
            | "api_key_expired"
            | "livemode_mismatch"
            | "parameter_invalid_empty"
            | "parameter_invalid_integer"
            | "parameter_invalid_string_blank"
            | "parameter_invalid_string_empty"
            | "parameter_missing"
            | "parameter_unknown"
            | "parameters_exclusive"
            | "payment_intent_incompatible_payment_method"
            | "payment_method_unactivated"
            | "platform_api_key_expired"
            | "secret_key_required"
            | "testmode_charges_only"
            | "tls_version_unsupported"
            | "url_invalid"
    )
}

/// The word for a refused refund, if the refusal is certain: others may be refused today and accepted tomorrow.
pub fn refund_refused(said: &Said) -> Option<RefundWord> {
    let invalid = said.kind.as_deref() == Some("invalid_request_error");
    match (said.code.as_deref(), said.param.as_deref()) {
        (Some("balance_insufficient" | "insufficient_balance_for_refund" | "insufficient_funds"), _) => {
            Some(RefundWord::NoBalance)
        }
        (Some("charge_already_refunded" | "charge_disputed" | "refund_disputed_payment" | "amount_too_large"), _) => {
            Some(RefundWord::Failed)
        }
        // Stripe has no code for "more than what is left".
        (None, Some("amount")) if invalid => Some(RefundWord::Failed),
        _ => None,
    }
}
