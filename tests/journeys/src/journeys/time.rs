//! What happens as time passes without a call. No journey waits for it: it makes the order older, and runs the sweep.

use serde_json::json;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, is_push};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    let of_provider = |method: &'static str| {
        let unpaid = format!("time::unpaid_order_of_{method}_is_cancelled");
        let paid = format!("time::unannounced_payment_of_{method}_is_found");
        [
            Journey::new(unpaid, move |stack| unpaid_order(stack, method)),
            Journey::new(paid, move |stack| unannounced_payment(stack, method)),
        ]
    };
    let all = ["wechat", "alipay", "stripe"].into_iter().flat_map(of_provider);
    all.chain(journeys!("time": page_is_reminded_before_the_order_expires)).collect()
}

async fn unpaid_order(stack: Stack, method: &'static str) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    let (no, _) = scene.order(method).await?;
    scene.emulator.age(&no, 31 * 60).await?;
    scene.sweep_until(&no, "status", "cancelled").await?;
    is_push(&page.pushed().await?, "order_cancelled", &no)?;
    // Alipay has no trade before its code is scanned, so there is nothing to close.
    let state = if method == "alipay" { "unseen" } else { "closed" };
    same("the trade at its provider", &scene.sandbox.books(&no).await?["state"], &json!(state))
}

async fn unannounced_payment(stack: Stack, method: &'static str) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order(method).await?;
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.pay(&no).await?;
    scene.emulator.age(&no, 6 * 60).await?;
    scene.sweep_until(&no, "fulfilment", "granted").await?;
    scene.has_points(100).await
}

async fn page_is_reminded_before_the_order_expires(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    let (no, _) = scene.order("wechat").await?;
    scene.emulator.age(&no, 26 * 60).await?;
    scene.emulator.sweep().await?;
    is_push(&page.pushed().await?, "order_expiring", &no)?;
    scene.has_status(&no, "status", "pending").await
}
