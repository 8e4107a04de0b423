//! PaymentIntents of merchants with their own payment form. They are not confirmed here: a tester pays on the
//! trade's page.

use serde_json::{Map, Value, json};

use super::calls::{Call, payment_no};
use super::error::Refused;
use super::params::Params;
use super::session_params::{methods, refuse_manual_capture};
use super::{expand, ids, money, objects};
use crate::books::Trade;
use crate::ports::Ports;
use crate::provider::Provider;
use crate::random;

/// Parameters that Stripe knows and that have no effect here.
const WITHOUT_EFFECT: &str = "\
    confirmation_method excluded_payment_method_types payment_method_configuration payment_method_data \
    payment_method_options radar_options setup_future_usage shipping statement_descriptor \
    statement_descriptor_suffix use_stripe_sdk error_on_requires_action";

pub async fn create<P: Ports>(call: &mut Call<'_, P>) -> Result<Value, Refused> {
    call.take_call_fault(None).await?;
    let now = call.sandbox.ports.now();
    let (params, paths) = call.take_params()?;
    let trade = read_intent(params, &call.account.name, now)?;
    let id = ids::of(&trade, "pi", 0);
    let trade = call.open(trade, &id).await?;
    expand::expanded(objects::intent(&trade, 0), &paths, &trade, false)
}

pub async fn retrieve<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let (trade, nth) = found(call, id).await?;
    let (mut params, paths) = call.take_params()?;
    params.ignore("client_secret");
    params.refuse_rest()?;
    expand::expanded(objects::intent(&trade, nth), &paths, &trade, false)
}

/// Changes texts and metadata, never the amount.
pub async fn update<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let (trade, nth) = found(call, id).await?;
    let (mut params, paths) = call.take_params()?;
    let (metadata, description) = (params.metadata()?, params.text("description", 1000)?);
    let email = params.text("receipt_email", 512)?;
    params.refuse_rest()?;
    let (trade, ()) = call
        .change(&trade, |trade, _| {
            if let Some(Value::Object(stored)) = trade.details.get_mut("intent_metadata") {
                stored.extend(metadata.clone());
                stored.retain(|_, value| !value.is_null());
            }
            let texts = [("description", &description), ("receipt_email", &email)];
            for (name, text) in texts.into_iter().filter_map(|(name, text)| text.as_ref().map(|text| (name, text))) {
                trade.details.insert(name.to_owned(), json!(text));
            }
            Ok(((), None))
        })
        .await?;
    expand::expanded(objects::intent(&trade, nth), &paths, &trade, false)
}

pub async fn cancel<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let (trade, nth) = found(call, id).await?;
    let (mut params, paths) = call.take_params()?;
    let reasons = ["abandoned", "duplicate", "fraudulent", "requested_by_customer"];
    let reason = params.word("cancellation_reason", &reasons)?;
    params.refuse_rest()?;
    if ids::session(&trade).is_some() {
        let message = "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the \
                       Checkout Session instead.";
        return Err(Refused::state(Some("payment_intent_unexpected_state"), None, message));
    }
    let cause = call.cause();
    let (trade, ()) = call
        .change(&trade, |trade, now| {
            let Some(closed) = trade.close().ok().flatten() else {
                let status = objects::intent(trade, nth)["status"].as_str().unwrap_or_default().to_owned();
                let message = format!(
                    "You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with \
                     one of the following statuses may be canceled: requires_payment_method, requires_capture, \
                     requires_confirmation, requires_action."
                );
                return Err(Refused::state(Some("payment_intent_unexpected_state"), None, message));
            };
            trade.details.insert("closed_by".to_owned(), cause.clone());
            trade.details.insert("closed_at".to_owned(), json!(now));
            trade.details.insert("cancellation_reason".to_owned(), json!(reason));
            Ok(((), Some(closed)))
        })
        .await?;
    expand::expanded(objects::intent(&trade, nth), &paths, &trade, false)
}

pub async fn charge<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<Value, Refused> {
    let found = call.charge(id).await?;
    call.take_call_fault(found.as_ref().map(|(trade, _)| trade)).await?;
    let paths = call.only_expand()?;
    let charge = found.and_then(|(trade, nth)| objects::charge(&trade, nth).map(|charge| (trade, charge)));
    let (trade, charge) = charge.ok_or_else(|| Refused::missing("charge", id, "charge"))?;
    expand::expanded(charge, &paths, &trade, false)
}

async fn found<P: Ports>(call: &mut Call<'_, P>, id: &str) -> Result<(Trade, usize), Refused> {
    let found = call.intent(id).await?;
    call.take_call_fault(found.as_ref().map(|(trade, _)| trade)).await?;
    found.ok_or_else(|| Refused::missing("payment_intent", id, "intent"))
}

fn read_intent(mut params: Params, merchant: &str, now: i64) -> Result<Trade, Refused> {
    params.ignore(WITHOUT_EFFECT);
    let amount = params.number("amount")?.ok_or_else(|| Refused::absent("amount"))?;
    let currency = money::currency(&params.required("currency", 40)?, "currency")?;
    money::check(amount, &currency, "amount")?;
    if params.flag("confirm")? == Some(true) {
        return Err(Refused::request(400, "This sandbox does not play confirmation by the server.").about("confirm"));
    }
    if let Some(customer) = params.text("customer", 255)? {
        return Err(Refused { status: 400, ..Refused::missing("customer", &customer, "customer") });
    }
    refuse_manual_capture(&mut params)?;
    let named = methods(&mut params)?;
    let automatic = match params.group("automatic_payment_methods")? {
        None => Value::Null,
        Some(mut group) => {
            let redirects = group.word("allow_redirects", &["always", "never"])?;
            let enabled =
                group.flag("enabled")?.ok_or_else(|| Refused::absent("automatic_payment_methods[enabled]"))?;
            group.refuse_rest()?;
            json!({ "enabled": enabled, "allow_redirects": redirects.unwrap_or_else(|| "always".to_owned()) })
        }
    };
    if named.is_some() && automatic["enabled"] == true {
        let message = "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.";
        return Err(Refused::request(400, message).about("payment_method_types"));
    }
    let metadata = objects::without_nulls(params.metadata()?);
    let description = params.text("description", 1000)?;
    let details = Map::from_iter([
        ("family".to_owned(), json!(random::letters(ids::FAMILY_LENGTH))),
        ("secret".to_owned(), json!(random::letters(25))),
        ("automatic_payment_methods".to_owned(), automatic),
        ("payment_method_types".to_owned(), json!(named.unwrap_or_else(|| vec!["card".to_owned()]))),
        ("receipt_email".to_owned(), json!(params.text("receipt_email", 512)?)),
        ("description".to_owned(), json!(description)),
        ("intent_metadata".to_owned(), metadata.clone()),
    ]);
    params.refuse_rest()?;
    let mut trade = Trade {
        method: "payment_intent".to_owned(),
        subject: description.unwrap_or_else(|| "PaymentIntent".to_owned()),
        amount,
        currency: currency.to_ascii_uppercase(),
        details,
        ..Trade::new(Provider::Stripe, merchant, "", now)
    };
    trade.payment_no = payment_no(&metadata, None).unwrap_or_else(|| ids::of(&trade, "pi", 0));
    Ok(trade)
}
