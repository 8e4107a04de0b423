//! What happens when time passes and nobody calls. No journey waits for it: the order is made older, and the sweep is called.

use serde_json::json;
use till_journeys::emulator::Emulator;
use till_journeys::sandbox::Sandbox;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::Journey;
use super::steps::{is_push, somebody, sweep_until, text};

pub fn all() -> Vec<Journey> {
    let expires = |method: &'static str| {
        Journey::new(format!("time::an_unpaid_order_of_{method}_ends"), move |stack| ends_unpaid(stack, method))
    };
    let found = |method: &'static str| {
        Journey::new(format!("time::a_payment_of_{method}_that_nobody_told_is_found"), move |stack| {
            found(stack, method)
        })
    };
    let mut all: Vec<Journey> =
        ["wechat", "alipay", "stripe"].into_iter().flat_map(|m| [expires(m), found(m)]).collect();
    all.push(Journey::new("time::a_page_is_reminded_before_the_end", reminded));
    all
}

async fn ends_unpaid(stack: Stack, method: &'static str) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let (sandbox, emulator) = (Sandbox::of(&stack)?, Emulator::of(&stack)?);
    let mut page = buyer.socket().await?;
    let order = buyer.order("points", 1, method).await?;
    let no = text(&order, "order_no")?;
    emulator.age(no, 31 * 60).await?;
    sweep_until(&emulator, &buyer, no, "status", "cancelled").await?;
    is_push(&page.pushed().await?, "order_cancelled", no)?;
    // Alipay knows of no trade whose code nobody has scanned: there is nothing to close.
    let state = if method == "alipay" { "unseen" } else { "closed" };
    same("the trade at its provider", &sandbox.books(no).await?["state"], &json!(state))
}

async fn found(stack: Stack, method: &'static str) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let (sandbox, emulator) = (Sandbox::of(&stack)?, Emulator::of(&stack)?);
    let order = buyer.order("points", 1, method).await?;
    let no = text(&order, "order_no")?;
    sandbox.arm(no, "lose_callback").await?;
    sandbox.pay(no).await?;
    emulator.age(no, 6 * 60).await?;
    sweep_until(&emulator, &buyer, no, "fulfilment", "granted").await?;
    same("the points", &buyer.points().await?, &100)
}

async fn reminded(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let emulator = Emulator::of(&stack)?;
    let mut page = buyer.socket().await?;
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    emulator.age(no, 26 * 60).await?;
    emulator.sweep().await?;
    is_push(&page.pushed().await?, "order_expiring", no)?;
    same("the status", &buyer.status(no).await?["status"], &json!("pending"))
}
