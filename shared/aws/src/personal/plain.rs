//! Items as plain JSON: for people who ask what is kept about them.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Number, Value, json};

use super::Personal;
use crate::item::Attributes;

pub fn json(of: &Personal) -> Value {
    let Personal { orders, wallet, records, orphans, passing, buyers, unfinished: _ } = of;
    let items = |items: &[Attributes]| -> Vec<Value> { items.iter().map(item).collect() };
    let orders: Map<String, Value> = orders.iter().map(|(no, found)| (no.to_string(), json!(items(found)))).collect();
    json!({
        "orders": orders,
        "wallet_and_ledger": items(wallet),
        "changes_by_the_team": items(records),
        "payments_without_an_order": items(orphans),
        "keys_sockets_and_counters": items(passing),
        "buyer_ids": buyers,
    })
}

fn item(item: &Attributes) -> Value {
    Value::Object(item.iter().map(|(name, attribute)| (name.clone(), value(attribute))).collect())
}

fn value(attribute: &AttributeValue) -> Value {
    match attribute {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => {
            number.parse::<i64>().map_or_else(|_| json!(number), |whole| Number::from(whole).into())
        }
        AttributeValue::Bool(flag) => json!(flag),
        AttributeValue::L(list) => list.iter().map(value).collect(),
        AttributeValue::M(map) => item(map),
        AttributeValue::B(bytes) => json!(hex(bytes.as_ref())),
        // Till writes neither sets nor nulls; a later release may.
        other => json!(format!("{other:?}")),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}
