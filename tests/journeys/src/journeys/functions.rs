//! One journey for each function, over everything that it may touch. They also run with the emulator's permissions enforced:
//! then a missing permission makes the journey of its function fail.

use serde_json::json;
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, is_push, text, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("functions":
        create_order,
        order_status,
        cancel_order,
        refund_order,
        spend_wallet,
        wechat_callback,
        alipay_callback,
        stripe_webhook,
        fulfil_order,
        sweep_orders,
        push_connection,
        sandbox,
    )
}

async fn create_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("wechat").await?;
    let keyed = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay"});
    scene.buyer.post_with("/create-order", &keyed, &[("idempotency-key", &unique("key"))]).await?.expect(200)?;
    // Stripe has another price; another method of the same currency is accepted.
    let other = scene.buyer.post("/retry-payment", &json!({"order_no": no, "payment_method": "stripe"})).await?;
    same("another currency", &[200, 422].contains(&other.status), &true)?;
    let alipay = json!({"order_no": no, "payment_method": "alipay"});
    scene.buyer.post("/retry-payment", &alipay).await?.expect(200).map(drop)
}

async fn order_status(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("wechat").await?;
    for path in [format!("/order-status?order_no={no}&refresh=1"), "/orders".to_owned(), "/wallet".to_owned()] {
        scene.buyer.get(&path).await?.expect(200)?;
    }
    send("GET", &scene.stack.api("/products")?, &[], b"").await?.expect(200)?;
    scene.buyer.post("/push-ticket", &json!({})).await?.expect(200).map(drop)
}

async fn cancel_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("alipay").await?;
    scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200).map(drop)
}

async fn refund_order(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let no = scene.granted("stripe").await?;
    Caller::admin(&scene.stack).await?.refund(&no, &unique("refund")).await?;
    scene.until(&no, "fulfilment", "revoked").await.map(drop)
}

async fn spend_wallet(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    scene.granted("wechat").await?;
    let service = Caller::service(&scene.stack).await?;
    let wish = json!({"user_id": scene.buyer.user, "points": 1, "key": unique("spend"), "reason": "a sticker"});
    service.post("/wallet/spend", &wish).await?.expect(200).map(drop)
}

async fn wechat_callback(stack: Stack) -> Outcome {
    Scene::new(stack).await?.granted("wechat").await.map(drop)
}

async fn alipay_callback(stack: Stack) -> Outcome {
    Scene::new(stack).await?.granted("alipay").await.map(drop)
}

async fn stripe_webhook(stack: Stack) -> Outcome {
    Scene::new(stack).await?.granted("stripe").await.map(drop)
}

async fn fulfil_order(stack: Stack) -> Outcome {
    let Scene { buyer, sandbox, .. } = Scene::new(stack).await?;
    let mut page = buyer.socket().await?;
    let order = buyer.order("package", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    sandbox.pay(no).await?;
    is_push(&page.pushed().await?, "payment_success", no)?;
    let wallet = buyer.get("/wallet").await?.expect(200)?.json()?;
    same("the membership of the package", &wallet["membership"]["tier"], &json!("pro"))
}

async fn sweep_orders(stack: Stack) -> Outcome {
    let swept = Scene::new(stack).await?.emulator.sweep().await?;
    same("whether it tells what it found", &swept["found"].is_u64(), &true)
}

async fn push_connection(stack: Stack) -> Outcome {
    let mut page = Scene::new(stack).await?.buyer.socket().await?;
    page.say("ping").await?;
    same("the answer", &page.heard().await?.as_str(), &"pong")
}

async fn sandbox(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let no = scene.granted("alipay").await?;
    same("the state in the books", &scene.sandbox.books(&no).await?["state"], &json!("paid"))
}
