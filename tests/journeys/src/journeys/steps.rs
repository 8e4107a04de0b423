//! What most journeys begin with, and the steps that many of them take.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use till_journeys::emulator::Emulator;
use till_journeys::http::send;
use till_journeys::sandbox::Sandbox;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, patience, same};
use tokio::time::{Instant, sleep};

/// A new buyer on the running stack, with the tools of the test around the stack.
pub struct Scene {
    pub stack: Stack,
    pub buyer: Caller,
    pub sandbox: Sandbox,
    pub emulator: Emulator,
}

impl Scene {
    pub async fn new(stack: Stack) -> Outcome<Self> {
        let buyer = Caller::buyer(&stack, &unique("buyer")).await?;
        Ok(Self { sandbox: Sandbox::of(&stack)?, emulator: Emulator::of(&stack), buyer, stack })
    }

    /// WeChat Pay took the money of an order that is gone. Its own number of it.
    pub async fn paid_without_an_order(&self) -> Outcome<String> {
        let (gone, _) = self.order("wechat").await?;
        self.emulator.delete(&format!("ORDER#{gone}"), "ORDER").await?;
        self.sandbox.pay(&gone).await?;
        eventually("the payment without an order is kept", Duration::from_millis(50), async || {
            let orphans = self.emulator.items("ORPHAN#wechat").await?;
            let found = orphans.iter().find(|orphan| orphan["number"]["S"] == gone.as_str());
            let trade_no = found.and_then(|orphan| orphan["sk"]["S"].as_str()).map(str::to_owned);
            Ok(trade_no.ok_or_else(|| format!("{} orphans, none of {gone}", orphans.len())))
        })
        .await
    }

    /// Orders 100 points: the order's number, and the whole answer.
    pub async fn order(&self, method: &str) -> Outcome<(String, Value)> {
        let order = self.buyer.order("points", 1, method).await?;
        Ok((text(&order, "order_no")?.to_owned(), order))
    }

    /// An order of 100 points that is paid and granted.
    pub async fn granted(&self, method: &str) -> Outcome<String> {
        let (no, _) = self.order(method).await?;
        self.sandbox.pay(&no).await?;
        self.until(&no, "fulfilment", "granted").await?;
        Ok(no)
    }

    pub async fn until(&self, no: &str, field: &str, word: &str) -> Outcome<Value> {
        until(&self.buyer, no, field, word).await
    }

    /// Sweeps until an order's field has this value. Work in the background may take a moment.
    pub async fn sweep_until(&self, no: &str, field: &str, word: &str) -> Outcome<Value> {
        eventually(&format!("{field} is {word} after sweeps"), Duration::from_millis(200), async || {
            self.emulator.sweep().await?;
            sleep(Duration::from_millis(200)).await;
            let status = self.buyer.status(no).await?;
            Ok(if status[field] == word { Ok(status) } else { Err(status.to_string()) })
        })
        .await
    }

    /// Sweeps with the list of disputes due, which is asked for once an hour.
    pub async fn list_disputes_now(&self) -> Outcome {
        if let Some(mut look) = self.emulator.item("DISPUTES#stripe", "sandbox-stripe").await? {
            look["next"] = json!({"N": "0"});
            self.emulator.put(&look).await?;
        }
        self.emulator.sweep().await.map(drop)
    }

    /// Opens a payment at Stripe under a number of Till's that has no order.
    pub async fn strange_intent(&self, no: &str) -> Outcome {
        let bearer = format!("Bearer {}", self.stack.provider("stripe/secret_key")?);
        let url = format!("{}/v1/payment_intents", self.stack.output("sandbox_url")?.trim_end_matches('/'));
        let form = format!(
            "amount=199&currency=usd&payment_method_types[0]=card&metadata[deployment]=local&metadata[order_no]={no}\
             &metadata[payment_no]={no}&metadata[method]=stripe_intent"
        );
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        send("POST", &url, &headers, form.as_bytes()).await?.expect(200).map(drop)
    }

    pub async fn has_status(&self, no: &str, field: &str, word: &str) -> Outcome {
        same(&format!("the order's {field}"), &self.buyer.status(no).await?[field], &json!(word))
    }

    pub async fn has_points(&self, points: i64) -> Outcome {
        same("the points", &self.buyer.points().await?, &points)
    }
}

/// A name that no other journey and no earlier run has.
pub fn unique(name: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{name}-{:x}", now.as_nanos())
}

pub fn text<'a>(answer: &'a Value, field: &str) -> Outcome<&'a str> {
    answer[field].as_str().ok_or_else(|| format!("no {field} in {answer}"))
}

/// Waits until an order's field has this value.
pub async fn until(buyer: &Caller, no: &str, field: &str, word: &str) -> Outcome<Value> {
    eventually(&format!("{field} is {word}"), Duration::from_millis(30), async || {
        let status = buyer.status(no).await?;
        Ok(if status[field] == word { Ok(status) } else { Err(status.to_string()) })
    })
    .await
}

/// Tries until it succeeds. A try that fails says what it found instead.
pub async fn eventually<T>(
    what: &str,
    pause: Duration,
    attempt: impl AsyncFn() -> Outcome<Result<T, String>>,
) -> Outcome<T> {
    let begun = Instant::now();
    loop {
        match attempt().await? {
            Ok(found) => return Ok(found),
            Err(found) if begun.elapsed() > patience() => {
                return Err(format!("not in {} s: {what}; last: {found}", patience().as_secs()));
            }
            Err(_) => sleep(pause).await,
        }
    }
}

pub fn is_push(push: &Value, word: &str, no: &str) -> Outcome {
    same("the push", push, &json!({"type": word, "order_no": no}))
}
