//! Checkout Sessions with `mode=payment`, on Stripe's own page.

use serde_json::{Value, json};

use super::calls::Call;
use super::error::Refused;
use super::pagination::Page;
use super::session_params::read_session;
use super::{checkout, expand, ids};
use crate::books::Trade;
use crate::ports::Ports;

pub async fn create<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    call.take_call_fault(None).await?;
    let now = call.sandbox.ports.now();
    let (params, paths) = call.take_params()?;
    let trade = read_session(params, &call.account.name, now)?;
    let id = ids::session(&trade).unwrap_or_default().to_owned();
    let trade = call.open(trade, &id).await?;
    show(call, &trade, &paths, false)
}

pub async fn retrieve<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let trade = found(call, id).await?;
    let paths = call.only_expand()?;
    show(call, &trade, &paths, false)
}

pub async fn line_items<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let trade = found(call, id).await?;
    Ok(checkout::line_items(&trade))
}

pub async fn list<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    call.take_call_fault(None).await?;
    let mut params = std::mem::take(&mut call.params);
    let page = Page::take(&mut params)?;
    let paths = expand::paths(&mut params)?;
    let status = params.word("status", &["complete", "expired", "open"])?;
    let intent = params.text("payment_intent", 255)?;
    params.refuse_rest()?;
    let trades = match intent {
        None => call.trades().await?,
        Some(id) => {
            let found = call.intent(&id).await?;
            vec![found.ok_or_else(|| Refused::missing("payment_intent", &id, "payment_intent"))?.0]
        }
    };
    let now = call.sandbox.ports.now();
    let mut sessions = Vec::new();
    for trade in trades.into_iter().filter(|trade| ids::session(trade).is_some()) {
        let trade = if is_overdue(&trade, now) { expire_overdue(call, trade).await? } else { trade };
        if status.as_deref().is_none_or(|status| status == checkout::session_status(&trade)) {
            sessions.push(show(call, &trade, &paths, true)?);
        }
    }
    page.of(sessions, "checkout.session", "/v1/checkout/sessions")
}

pub async fn expire<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let trade = found(call, id).await?;
    let paths = call.only_expand()?;
    let cause = call.cause();
    let (trade, ()) = call
        .change(&trade, |trade, now| {
            let status = checkout::session_status(trade);
            let closed = if status == "open" { trade.close().ok().flatten() } else { None };
            let Some(closed) = closed else {
                let message = format!(
                    "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a \
                     status of `{status}`."
                );
                return Err(Refused::state(None, None, message));
            };
            trade.details.insert("closed_by".to_owned(), cause.clone());
            trade.details.insert("closed_at".to_owned(), json!(now));
            Ok(((), Some(closed)))
        })
        .await?;
    show(call, &trade, &paths, false)
}

fn show<P: Ports>(call: &Call<'_, P>, trade: &Trade, paths: &[String], is_entry: bool) -> Result<Value, Refused> {
    expand::expanded(checkout::session(trade, &call.sandbox.config.public_url), paths, trade, is_entry)
}

/// The trade of a Session, expired if it is overdue.
async fn found<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Trade, Refused> {
    let Some(trade) = call.session(id).await? else {
        call.take_call_fault(None).await?;
        return Err(Refused::missing("checkout.session", id, "session"));
    };
    call.take_call_fault(Some(&trade)).await?;
    let now = call.sandbox.ports.now();
    if is_overdue(&trade, now) { expire_overdue(call, trade).await } else { Ok(trade) }
}

fn is_overdue(trade: &Trade, now: i64) -> bool {
    checkout::session_status(trade) == "open" && trade.payable_until.is_some_and(|until| until < now)
}

/// An overdue Session expires when a call reads it: the sandbox has no timer for it.
async fn expire_overdue<P: Ports>(call: &Call<'_, P>, trade: Trade) -> Result<Trade, Refused> {
    let changed = call
        .sandbox
        .change(&trade.key(), |trade, now| {
            let closed = if is_overdue(trade, now) { trade.close().ok().flatten() } else { None };
            trade.details.entry("closed_at").or_insert_with(|| json!(now));
            ((), closed)
        })
        .await?;
    Ok(changed.map_or(trade, |(trade, ())| trade))
}
