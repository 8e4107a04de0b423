//! Expands `expand[]=payment_intent.latest_charge`: the object replaces its id.

use serde_json::Value;

use super::error::Refused;
use super::params::Params;
use super::{checkout, ids, objects};
use crate::books::Trade;

/// Stripe's own limit.
const MAX_LEVELS: usize = 4;
const MAX_PATHS: usize = 20;

/// Expandable objects that the sandbox does not play: always null.
const ALWAYS_NULL: &str = "\
    customer invoice setup_intent subscription payment_link application application_fee on_behalf_of \
    review source transfer_reversal failure_balance_transaction";

pub fn paths(params: &mut Params) -> Result<Vec<String>, Refused> {
    let paths: Vec<String> = params.texts("expand")?.into_iter().map(|(_, path)| path).collect();
    if paths.len() > MAX_PATHS {
        return Err(Refused::request(400, format!("You cannot expand more than {MAX_PATHS} properties.")));
    }
    match paths.iter().find(|path| path.split('.').count() > MAX_LEVELS) {
        None => Ok(paths),
        Some(path) => {
            Err(Refused::request(400, format!("You cannot expand more than {MAX_LEVELS} levels of a property: {path}")))
        }
    }
}

/// In a list's entries the paths begin with `data`.
pub fn expanded(mut object: Value, paths: &[String], trade: &Trade, is_entry: bool) -> Result<Value, Refused> {
    for path in paths {
        let inner = if is_entry { path.strip_prefix("data.") } else { Some(path.as_str()) };
        expand(&mut object, inner.ok_or_else(|| refused(path))?, trade)?;
    }
    Ok(object)
}

fn expand(object: &mut Value, path: &str, trade: &Trade) -> Result<(), Refused> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(fields) = object.as_object_mut() else { return Err(refused(path)) };
    let kind = fields.get("object").and_then(Value::as_str).unwrap_or_default();
    if kind == "checkout.session" && first == "line_items" {
        fields.entry("line_items").or_insert_with(|| checkout::line_items(trade));
    } else if kind == "charge" && first == "refunds" {
        let payment = fields.get("payment_intent").and_then(Value::as_str).unwrap_or_default().to_owned();
        fields.entry("refunds").or_insert_with(|| refunds_of(trade, &payment));
    }
    let Some(field) = fields.get_mut(first) else { return Err(refused(path)) };
    match field {
        Value::Null if is_expandable(first) => return Ok(()),
        Value::String(id) => {
            let id = id.clone();
            *field = by_id(trade, &id).filter(|_| is_expandable(first)).ok_or_else(|| refused(path))?;
        }
        Value::Object(_) => {}
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return Err(refused(path)),
    }
    rest.map_or(Ok(()), |rest| match rest.strip_prefix("data.") {
        None => expand(field, rest, trade),
        Some(inner) => match field.get_mut("data").and_then(Value::as_array_mut) {
            None => Err(refused(path)),
            Some(entries) => entries.iter_mut().try_for_each(|entry| expand(entry, inner, trade)),
        },
    })
}

fn is_expandable(name: &str) -> bool {
    matches!(name, "payment_intent" | "latest_charge" | "charge" | "payment_method" | "balance_transaction")
        || ALWAYS_NULL.split(' ').any(|never| never == name)
}

fn by_id(trade: &Trade, id: &str) -> Option<Value> {
    let (kind, _, nth) = ids::parts(id)?;
    match kind {
        "pi" => Some(objects::intent(trade, nth)),
        "ch" => objects::charge(trade, nth),
        "pm" => objects::payment_method(trade, nth),
        "txn" => objects::balance_transaction(trade, nth),
        _ => None,
    }
}

fn refunds_of(trade: &Trade, payment: &str) -> Value {
    let of = trade.refunds.iter().rev().filter(|refund| refund.payment == payment);
    let refunds: Vec<Value> = of.map(|refund| objects::refund(trade, refund)).collect();
    let charge = ids::other(payment, "ch");
    let url = format!("/v1/charges/{charge}/refunds");
    serde_json::json!({ "object": "list", "data": refunds, "has_more": false, "url": url })
}

fn refused(path: &str) -> Refused {
    Refused::request(400, format!("This property cannot be expanded ({path})."))
}
