//! The capacity of each call of the table: the engine is asked for it, as a function does not need to know it.

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::counts::Counts;

/// Half units: an eventually consistent read of up to 4 KiB takes half a unit.
pub const WRITES: &str = "half write units";
pub const READS: &str = "half read units";

pub fn asked(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut request)) => {
            request.insert("ReturnConsumedCapacity".to_owned(), json!("TOTAL"));
            Bytes::from(Value::Object(request).to_string())
        }
        // The engine refuses it.
        Ok(_) | Err(_) => body.clone(),
    }
}

pub fn note(counts: &Counts, operation: &str, answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let told = &answer["ConsumedCapacity"];
    let tables = told.as_array().map_or(std::slice::from_ref(told), Vec::as_slice);
    let units: f64 = tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
    let reads = ["GetItem", "BatchGetItem", "Query"].contains(&operation);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "units are few, positive, and whole or halves"
    )]
    counts.add_many(if reads { READS } else { WRITES }, (units * 2.0).round() as u64);
}
