//! Translates Stripe's words and amounts into the domain's. A word that is not in a table is never paid, never failed.

use till_domain::currency::Currency;
use till_domain::id::RefundNo;
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::{Buyer, DisputeNo, OutsideRefundNo, TradeNo};
use till_domain::time::Time;

use super::wire::{Charge, Dispute, Expandable, Metadata, Named, PaymentIntent, Refund, Said, Session};
use crate::error::{Distrust, Verdict};

/// How an amount goes over the wire. Where Stripe counts as we do, `Same`.
enum Wire {
    Same,
    /// Written without decimals, sent with two, which are 00: ISK and UGX.
    TwoMore,
    /// Three decimals, the last of which is 0.
    Tens,
}

fn wire(currency: Currency) -> Wire {
    match currency.code() {
        "ISK" | "UGX" => Wire::TwoMore,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => Wire::Tens,
        // Those without decimals are Stripe's "zero-decimal currencies"; all others have two, here and there.
        _ => Wire::Same,
    }
}

/// An amount as Stripe wants it; none, when it cannot charge exactly that.
pub fn to_wire(money: Money) -> Option<u64> {
    match wire(money.currency()) {
        Wire::Same => Some(money.minor()),
        Wire::TwoMore => money.minor().checked_mul(100),
        Wire::Tens => money.minor().is_multiple_of(10).then_some(money.minor()),
    }
}

/// An amount as Stripe says it.
pub fn from_wire(amount: u64, currency: &str) -> Result<Money, Distrust> {
    let currency = Currency::parse(currency).map_err(|_| Distrust::Malformed("currency"))?;
    let minor = match wire(currency) {
        Wire::Same | Wire::Tens => Some(amount),
        Wire::TwoMore => amount.is_multiple_of(100).then(|| amount.div_euclid(100)),
    };
    minor.and_then(|minor| Money::new(minor, currency).ok()).ok_or(Distrust::Malformed("amount"))
}

/// A moment as Stripe says it.
pub fn time(unix: i64) -> Result<Time, Distrust> {
    Time::from_unix(unix).map_err(|_| Distrust::Malformed("time"))
}

/// The number of a payment, which is its PaymentIntent's, whatever it was made through.
pub fn trade_no(intent: &str) -> Result<TradeNo, Distrust> {
    TradeNo::parse(intent).map_err(|_| Distrust::Malformed("payment_intent"))
}

fn buyer(customer: Option<&Expandable<Named>>) -> Option<Buyer> {
    Buyer::parse(customer?.id()).ok()
}

/// The state of a PaymentIntent.
///
/// | `status` | says |
/// |---|---|
/// | `succeeded` | paid |
/// | `processing` | processing |
/// | `canceled` | closed for good; on Stripe's own page without a promise, since that takes money while its session is open |
/// | `requires_payment_method` after a try that did not work | failed; Stripe's own page asks again by itself: not paid |
/// | `requires_payment_method`, `requires_confirmation`, `requires_action` | not paid |
/// | `requires_capture` (we never ask for it), any other | unknown |
pub fn intent(intent: &PaymentIntent, paid_at: Option<Time>) -> Result<Says, Distrust> {
    Ok(match intent.status.as_str() {
        "succeeded" => paid(intent, paid_at)?,
        "processing" => Says::Processing,
        "canceled" => Says::Closed { for_good: !on_their_page(intent.metadata.as_ref()) },
        "requires_payment_method"
            if intent.last_payment_error.is_some() && !on_their_page(intent.metadata.as_ref()) =>
        {
            Says::Failed
        }
        "requires_payment_method" | "requires_confirmation" | "requires_action" => Says::NotPaid,
        _ => Says::Unknown,
    })
}

/// A buyer whose card was declined on Stripe's page tries again there: the attempt goes on, and ends with its session.
fn on_their_page(metadata: Option<&Metadata>) -> bool {
    let method = metadata.and_then(|metadata| metadata.method.as_deref());
    method == Some(Method::StripeCheckout.as_str())
}

/// A PaymentIntent that succeeded. It was paid when its charge was made; where only the charge's name is there, when
/// Stripe told of it (`paid_at`); where it did not tell but was asked, when the PaymentIntent was made: a moment that is
/// the same at every look.
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

/// The state of a Checkout Session. Its PaymentIntent decides, where the answer includes it.
///
/// | PaymentIntent | `payment_status` | `status` | says |
/// |---|---|---|---|
/// | succeeded, processing | | | paid, processing |
/// | – | `paid` | | paid |
/// | failed or canceled | `unpaid` | `complete` | failed: no second try within a session that is complete |
/// | – | `unpaid` | `complete` | processing: a way to pay whose outcome comes later |
/// | – | | `expired` | closed for good |
/// | – | | `open` | not paid |
/// | – | any other | any other | unknown |
///
/// `no_payment_required` means that nothing is due, or not yet. We make no session of the kind, so nothing is paid by it
/// unless its PaymentIntent says so.
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
            Some("requires_payment_method" | "canceled") => Says::Failed,
            _ => Says::Processing,
        },
        _ => Says::Unknown,
    })
}

/// A session that says that it is paid, and names its PaymentIntent.
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

/// What went back of a PaymentIntent's charge: each refund by its number, as far as they came along, and the running total
/// only where none of them did.
///
/// The total alone would not do: it counts a refund from the moment it is made, and shrinks again when one fails, which a
/// sum that was once believed cannot.
pub fn back(intent: &PaymentIntent, deployment: &str, order: &str) -> Result<Vec<Says>, Distrust> {
    let Some(charge) = intent.latest_charge.as_ref().and_then(Expandable::object) else { return Ok(Vec::new()) };
    let trade_no = trade_no(&intent.id)?;
    match &charge.refunds {
        Some(list) => list.data.iter().map(|one| refund(one, &trade_no, deployment, Some(order))).collect(),
        None => Ok(in_all(charge, trade_no)?.into_iter().collect()),
    }
}

/// Whether a PaymentIntent has more refunds than came along with it: ten do.
pub fn has_more_refunds(intent: &PaymentIntent) -> bool {
    let charge = intent.latest_charge.as_ref().and_then(Expandable::object);
    charge.and_then(|charge| charge.refunds.as_ref()).is_some_and(|list| list.has_more)
}

/// The running total of a charge, if anything went back.
fn in_all(charge: &Charge, trade_no: TradeNo) -> Result<Option<Says>, Distrust> {
    Ok(match (charge.amount_refunded, charge.refunded) {
        (0, false) => None,
        (0, true) => Some(Says::BackUnclear { trade_no }),
        (total, _) => Some(Says::BackInAll { trade_no, amount: from_wire(total, &charge.currency)? }),
    })
}

/// A refund of a payment, under our number if it has one.
pub fn refund(refund: &Refund, trade_no: &TradeNo, deployment: &str, order: Option<&str>) -> Result<Says, Distrust> {
    let metadata = refund.metadata.as_ref().filter(|metadata| metadata.deployment.as_deref() == Some(deployment));
    let ours = metadata.and_then(our_number).filter(|no| order.is_none_or(|o| no.order.as_str() == o));
    let id = match ours {
        Some(number) => RefundId::Ours(number.n),
        None => RefundId::Theirs(OutsideRefundNo::parse(&refund.id).map_err(|_| Distrust::Malformed("refund"))?),
    };
    Ok(Says::Refund {
        id,
        trade_no: trade_no.clone(),
        amount: from_wire(refund.amount, &refund.currency)?,
        word: refund_word(refund.status.as_deref()),
    })
}

/// Our number of a refund, if that is what its metadata says of its own order.
pub fn our_number(metadata: &Metadata) -> Option<RefundNo> {
    let number = RefundNo::parse(metadata.refund_no.as_deref()?).ok()?;
    (metadata.order_no.as_deref() == Some(number.order.as_str())).then_some(number)
}

/// The state of a refund. `pending` is taken on, even if Stripe waits for money in the account (`pending_reason`):
/// it goes out by itself then. `requires_action` waits for the buyer's bank details, and a person should see to it.
pub fn refund_word(status: Option<&str>) -> RefundWord {
    match status {
        Some("pending") => RefundWord::Processing,
        Some("requires_action") => RefundWord::Abnormal,
        Some("succeeded") => RefundWord::Succeeded,
        Some("failed" | "canceled") => RefundWord::Failed,
        _ => RefundWord::Unclear,
    }
}

/// The state of a dispute.
///
/// | `status` | state |
/// |---|---|
/// | `warning_needs_response`, `warning_under_review` (an inquiry), `needs_response`, `under_review` | opened |
/// | `won`; `warning_closed` (an inquiry that came to nothing) | won: the money stays |
/// | `charge_refunded` (of old: the buyer has a refund instead, which is told as a refund) | won |
/// | `lost` | lost |
/// | `prevented` (settled before it began, and not always by a refund), any other | opened: a person looks at it |
pub fn dispute_state(status: &str) -> DisputeState {
    match status {
        "won" | "warning_closed" | "charge_refunded" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        _ => DisputeState::Opened,
    }
}

pub fn dispute(dispute: &Dispute, trade_no: &TradeNo) -> Result<Says, Distrust> {
    Ok(Says::Dispute {
        no: DisputeNo::parse(&dispute.id).map_err(|_| Distrust::Malformed("dispute"))?,
        trade_no: trade_no.clone(),
        amount: from_wire(dispute.amount, &dispute.currency)?,
        state: dispute_state(&dispute.status),
    })
}

/// What to do about an error.
///
/// | | verdict |
/// |---|---|
/// | `Stripe-Should-Retry: true` | retry |
/// | `idempotency_error`; 401, 403; words about how we are set up | our fault |
/// | 409, 429 | retry; when Stripe says not to, ask |
/// | 400, 402, 404 | final |
/// | 5xx, any other | ask |
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

/// A refund that was refused: the word for it, where the refusal is certain.
///
/// | `code` | word |
/// |---|---|
/// | `balance_insufficient`, `insufficient_balance_for_refund`, `insufficient_funds` | no balance |
/// | `charge_already_refunded`, `charge_disputed`, `refund_disputed_payment` | failed |
/// | `amount_too_large`, or a request whose `amount` is wrong: Stripe names no code for "more than what is left" | failed |
/// | any other | none: it may be refused today and taken on tomorrow |
pub fn refund_refused(said: &Said) -> Option<RefundWord> {
    let invalid = said.kind.as_deref() == Some("invalid_request_error");
    match (said.code.as_deref(), said.param.as_deref()) {
        (Some("balance_insufficient" | "insufficient_balance_for_refund" | "insufficient_funds"), _) => {
            Some(RefundWord::NoBalance)
        }
        (Some("charge_already_refunded" | "charge_disputed" | "refund_disputed_payment" | "amount_too_large"), _) => {
            Some(RefundWord::Failed)
        }
        (None, Some("amount")) if invalid => Some(RefundWord::Failed),
        _ => None,
    }
}
