//! Refunds, full and partial, and the balance after them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::calls::Call;
use super::error::Refused;
use super::pagination::Page;
use super::params::Params;
use super::{expand, ids, objects};
use crate::books::{DisputeState, Refund, Trade};
use crate::fault::Fault;
use crate::money;
use crate::ports::Ports;
use crate::trade::{Refusal, TradeEvent};

/// A refund's place has three digits in its id.
const MAX_REFUNDS: usize = 1000;

struct RefundRequest {
    amount: Option<u64>,
    reason: Option<String>,
    metadata: Value,
    cause: Value,
}

pub async fn create<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    let mut params = std::mem::take(&mut call.params);
    let found = payment(call, &mut params).await;
    call.take_call_fault(found.as_ref().ok().and_then(Option::as_ref).map(|(trade, _)| trade)).await?;
    let (trade, nth) = found?.ok_or_else(|| {
        let message = "One of the following params should be provided for this request: payment_intent or charge.";
        Refused::parameter("parameter_missing", "payment_intent", message)
    })?;
    let paths = expand::paths(&mut params)?;
    let amount = params.number("amount")?;
    if amount == Some(0) {
        return Err(Refused::too_small("amount"));
    }
    let reason = params.word("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let metadata = objects::without_nulls(params.metadata()?);
    params.ignore("instructions_email origin refund_application_fee reverse_transfer");
    params.refuse_rest()?;
    let request = RefundRequest { amount, reason, metadata, cause: call.cause() };
    let refund = |trade: &mut Trade, now| {
        refund_payment(trade, nth, &request, now).map(|at| (at, Some(TradeEvent::Refunded(at))))
    };
    let (trade, at) = call.change(&trade, refund).await?;
    let refund = trade.refunds.get(at).map(|refund| objects::refund(&trade, refund)).unwrap_or_default();
    expand::expanded(refund, &paths, &trade, false)
}

pub async fn retrieve<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let found = call.by_object_id(id, "re").await?;
    call.take_call_fault(found.as_ref().map(|(trade, _)| trade)).await?;
    let paths = call.only_expand()?;
    let missing = || Refused::missing("refund", id, "refund");
    let (trade, nth) = found.ok_or_else(missing)?;
    let refund = trade.refunds.get(nth).map(|refund| objects::refund(&trade, refund)).ok_or_else(missing)?;
    expand::expanded(refund, &paths, &trade, false)
}

pub async fn list<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    let mut params = std::mem::take(&mut call.params);
    let found = payment(call, &mut params).await;
    call.take_call_fault(found.as_ref().ok().and_then(Option::as_ref).map(|(trade, _)| trade)).await?;
    let found = found?;
    let page = Page::take(&mut params)?;
    let paths = expand::paths(&mut params)?;
    params.refuse_rest()?;
    let (trades, payment) = match found {
        None => (call.trades().await?, None),
        Some((trade, nth)) => {
            let payment = trade.payments.get(nth).map(|payment| payment.id.clone()).unwrap_or_default();
            (vec![trade], Some(payment))
        }
    };
    let mut refunds = Vec::new();
    for trade in &trades {
        let of = |refund: &&Refund| payment.as_ref().is_none_or(|payment| refund.payment == *payment);
        for refund in trade.refunds.iter().rev().filter(of) {
            refunds.push(expand::expanded(objects::refund(trade, refund), &paths, trade, true)?);
        }
    }
    // The sort is stable: within a second, a trade's later refunds stay first.
    refunds.sort_by_key(|refund| std::cmp::Reverse(refund["created"].as_i64()));
    page.of(refunds, "refund", "/v1/refunds")
}

/// The amount paid, less refunds and disputes that are open or lost.
pub async fn balance<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    call.take_call_fault(None).await?;
    std::mem::take(&mut call.params).refuse_rest()?;
    let mut sums: BTreeMap<String, i128> = BTreeMap::new();
    for trade in call.trades().await? {
        let sum = sums.entry(trade.currency.to_ascii_lowercase()).or_default();
        for payment in &trade.payments {
            *sum =
                sum.saturating_add(payment.amount.into()).saturating_sub(trade.refunded_or_pending(&payment.id).into());
        }
        for dispute in trade.disputes.iter().filter(|dispute| dispute.state != DisputeState::Won) {
            *sum = sum.saturating_sub(dispute.amount.into());
        }
    }
    let available: Vec<Value> = sums
        .into_iter()
        .map(|(currency, sum)| {
            let amount = i64::try_from(sum).unwrap_or(i64::MAX);
            json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } })
        })
        .collect();
    Ok(json!({ "object": "balance", "available": available, "livemode": false, "pending": [] }))
}

/// The payment that `payment_intent` or `charge` names; `None` if neither is given.
async fn payment<P: Ports>(call: &Call<'_, P>, params: &mut Params) -> Result<Option<(Trade, usize)>, Refused> {
    let (intent, charge) = (params.text("payment_intent", 255)?, params.text("charge", 255)?);
    let by_intent = match &intent {
        None => None,
        Some(id) => {
            Some(call.intent(id).await?.ok_or_else(|| Refused::missing("payment_intent", id, "payment_intent"))?)
        }
    };
    let by_charge = match &charge {
        None => None,
        Some(id) => Some(call.charge(id).await?.ok_or_else(|| Refused::missing("charge", id, "charge"))?),
    };
    match (by_intent, by_charge) {
        (Some((trade, nth)), Some((other, place))) if trade.key() != other.key() || nth != place => {
            let message = "The payment_intent and the charge given do not belong together.";
            Err(Refused::request(400, message).about("charge"))
        }
        (found, other) => Ok(found.or(other)),
    }
}

fn refund_payment(trade: &mut Trade, nth: usize, request: &RefundRequest, now: i64) -> Result<usize, Refused> {
    let Some(payment) = trade.payments.get(nth).cloned() else {
        let id = ids::of(trade, "pi", nth);
        let message = format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
        return Err(Refused::state(None, Some("payment_intent"), message));
    };
    let charge = ids::of(trade, "ch", nth);
    if trade.disputes.iter().any(|dispute| dispute.payment == payment.id && dispute.state != DisputeState::Won) {
        let message = format!("Charge {charge} has been charged back; cannot issue a refund.");
        return Err(Refused::state(Some("charge_disputed"), None, message));
    }
    let left = payment.amount.saturating_sub(trade.refunded_or_pending(&payment.id));
    if left == 0 {
        let message = format!("Charge {charge} has already been refunded.");
        return Err(Refused::state(Some("charge_already_refunded"), None, message));
    }
    let amount = request.amount.unwrap_or(left);
    if amount > left || trade.refunds.len() >= MAX_REFUNDS {
        let currency = trade.currency.to_ascii_lowercase();
        let message = format!(
            "Refund amount ({}) is greater than unrefunded amount on charge ({})",
            money::shown(amount, &currency),
            money::shown(left, &currency)
        );
        return Err(Refused::state(None, Some("amount"), message));
    }
    if trade.use_fault(Fault::RefuseRefund) {
        let message = "Insufficient funds in your Stripe balance to refund this amount.";
        return Err(Refused::state(Some("balance_insufficient"), None, message));
    }
    let state = trade.next_refund();
    let number = request.metadata.get("refund_no").and_then(Value::as_str);
    let refused = |refusal: Refusal| Refused::state(None, Some("amount"), refusal.to_string());
    trade.refund(now, Some(&payment.id), number, amount, state).map_err(refused)?;
    let at = trade.refunds.len().saturating_sub(1);
    if let Some(refund) = trade.refunds.get_mut(at) {
        refund.details = Map::from_iter([
            ("metadata".to_owned(), request.metadata.clone()),
            ("reason".to_owned(), json!(request.reason)),
            ("made_by".to_owned(), request.cause.clone()),
        ]);
    }
    Ok(at)
}
