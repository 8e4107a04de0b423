//! One journey for each function: what it may touch and nothing more. They run with the emulator's permissions enforced, too:
//! a permission that is missing makes its function's journey fail.

use serde_json::json;
use till_journeys::emulator::Emulator;
use till_journeys::http::send;
use till_journeys::sandbox::Sandbox;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::Journey;
use super::steps::{is_push, somebody, text, until};

pub fn all() -> Vec<Journey> {
    vec![
        Journey::new("functions::create_order", create_order),
        Journey::new("functions::order_status", order_status),
        Journey::new("functions::cancel_order", cancel_order),
        Journey::new("functions::refund_order", refund_order),
        Journey::new("functions::spend_wallet", spend_wallet),
        Journey::new("functions::wechat_callback", |stack| callback(stack, "wechat")),
        Journey::new("functions::alipay_callback", |stack| callback(stack, "alipay")),
        Journey::new("functions::stripe_webhook", |stack| callback(stack, "stripe")),
        Journey::new("functions::fulfil_order", fulfil_order),
        Journey::new("functions::sweep_orders", sweep_orders),
        Journey::new("functions::push_connection", push_connection),
        Journey::new("functions::sandbox", sandbox),
    ]
}

async fn create_order(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    let wish = json!({"order_no": no, "payment_method": "stripe"});
    let keyed = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay"});
    let key = somebody("key");
    buyer.post_with("/create-order", &keyed, &[("idempotency-key", &key)]).await?.expect(200)?;
    // Stripe has another price; another method of the same currency goes on.
    let other = buyer.post("/retry-payment", &wish).await?;
    same("another currency", &[200, 422].contains(&other.status), &true)?;
    buyer.post("/retry-payment", &json!({"order_no": no, "payment_method": "alipay"})).await?.expect(200)?;
    Ok(())
}

async fn order_status(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    for path in [format!("/order-status?order_no={no}&refresh=1"), "/orders".to_owned(), "/wallet".to_owned()] {
        buyer.get(&path).await?.expect(200)?;
    }
    send("GET", &stack.api("/products")?, &[], b"").await?.expect(200)?;
    buyer.post("/push-ticket", &json!({})).await?.expect(200)?;
    Ok(())
}

async fn cancel_order(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let order = buyer.order("points", 1, "alipay").await?;
    buyer.post("/cancel-order", &json!({"order_no": order["order_no"]})).await?.expect(200)?;
    Ok(())
}

async fn refund_order(stack: Stack) -> Outcome {
    let (buyer, no) = paid(&stack, "stripe").await?;
    Caller::admin(&stack).await?.refund(&no, &somebody("refund")).await?;
    until(&buyer, &no, "fulfilment", "revoked").await?;
    Ok(())
}

async fn spend_wallet(stack: Stack) -> Outcome {
    let (buyer, _) = paid(&stack, "wechat").await?;
    let service = Caller::service(&stack).await?;
    let wish = json!({"user_id": buyer.user, "points": 1, "key": somebody("spend"), "reason": "a sticker"});
    service.post("/wallet/spend", &wish).await?.expect(200)?;
    Ok(())
}

async fn callback(stack: Stack, method: &'static str) -> Outcome {
    paid(&stack, method).await.map(|_| ())
}

async fn fulfil_order(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let mut page = buyer.socket().await?;
    let order = buyer.order("package", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    Sandbox::of(&stack)?.pay(no).await?;
    is_push(&page.pushed().await?, "payment_success", no)?;
    let wallet = buyer.get("/wallet").await?.expect(200)?.json()?;
    same("the membership of the package", &wallet["membership"]["tier"], &json!("pro"))
}

async fn sweep_orders(stack: Stack) -> Outcome {
    let swept = Emulator::of(&stack)?.sweep().await?;
    same("whether it tells what it found", &swept["found"].is_u64(), &true)
}

async fn push_connection(stack: Stack) -> Outcome {
    let mut page = Caller::buyer(&stack, &somebody("buyer")).await?.socket().await?;
    page.say("ping").await?;
    same("the answer", &page.heard().await?.as_str(), &"pong")
}

async fn sandbox(stack: Stack) -> Outcome {
    let (_, no) = paid(&stack, "alipay").await?;
    let books = Sandbox::of(&stack)?.books(&no).await?;
    same("the state in the books", &books["state"], &json!("paid"))
}

/// A buyer with a granted order.
async fn paid(stack: &Stack, method: &str) -> Outcome<(Caller, String)> {
    let buyer = Caller::buyer(stack, &somebody("buyer")).await?;
    let order = buyer.order("points", 1, method).await?;
    let no = text(&order, "order_no")?.to_owned();
    Sandbox::of(stack)?.pay(&no).await?;
    until(&buyer, &no, "fulfilment", "granted").await?;
    Ok((buyer, no))
}
