//! Steps that many journeys take.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use till_journeys::emulator::Emulator;
use till_journeys::shop::Caller;
use till_journeys::{Outcome, patience, same};
use tokio::time::{Instant, sleep};

/// A user that no other journey and no earlier run has.
pub fn somebody(name: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{name}-{:x}", now.as_nanos())
}

pub fn text<'a>(answer: &'a Value, field: &str) -> Outcome<&'a str> {
    answer[field].as_str().ok_or_else(|| format!("no {field} in {answer}"))
}

/// Waits until an order's field says this.
pub async fn until(buyer: &Caller, order_no: &str, field: &str, word: &str) -> Outcome<Value> {
    let begun = Instant::now();
    loop {
        let status = buyer.status(order_no).await?;
        if status[field] == word {
            return Ok(status);
        }
        if begun.elapsed() > patience() {
            return Err(format!("{field} did not become {word} in {} s: {status}", patience().as_secs()));
        }
        sleep(Duration::from_millis(30)).await;
    }
}

/// Sweeps until an order's field says this. What is being done in the background may take a moment.
pub async fn sweep_until(
    emulator: &Emulator,
    buyer: &Caller,
    order_no: &str,
    field: &str,
    word: &str,
) -> Outcome<Value> {
    let begun = Instant::now();
    loop {
        emulator.sweep().await?;
        sleep(Duration::from_millis(200)).await;
        let status = buyer.status(order_no).await?;
        if status[field] == word {
            return Ok(status);
        }
        if begun.elapsed() > patience() {
            return Err(format!("{field} did not become {word} in {} s of sweeping: {status}", patience().as_secs()));
        }
    }
}

pub fn is_push(push: &Value, word: &str, order_no: &str) -> Outcome {
    same("the push", push, &json!({"type": word, "order_no": order_no}))
}
