//! New orders, suspended and resumed: what is refused meanwhile, and what goes on.

use serde_json::{Value, json};
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::setup::Team;
use super::steps::{Scene, text, unique};
use super::{Journey, journeys};

const TEXT: &str = "We are back at noon";

pub fn all() -> Vec<Journey> {
    journeys!("sales":
        suspension_refuses_new_orders_and_nothing_else,
        suspension_is_shown_with_the_products,
    )
}

/// Every other journey needs open sales, so that they are resumed however this ends.
async fn while_suspended(team: &Team, steps: impl AsyncFnOnce() -> Outcome) -> Outcome {
    let wish = json!({"texts": {"en": TEXT}, "reason": "a journey"});
    let suspended = team.twice("POST", "/sales/suspend", &wish).await;
    let done = match &suspended {
        Ok(_) => steps().await,
        Err(_) => Ok(()),
    };
    let resumed = team.twice("POST", "/sales/resume", &json!({"reason": "a journey"})).await?;
    same("whether they are suspended", &suspended?["suspended"], &json!(true))?;
    done?;
    same("whether they are suspended after all", &resumed["suspended"], &json!(false))
}

fn wish() -> Value {
    json!({"product_type": "points", "product_id": 1, "payment_method": "wechat"})
}

async fn suspension_refuses_new_orders_and_nothing_else(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let team = Team::of(&scene.stack).await?;
    let key = unique("key");
    let before = order(&scene, &key).await?;
    let no = text(&before, "order_no")?;
    while_suspended(&team, async || {
        refused(&scene, &unique("key")).await?;
        same("the order of a key that was used before", &order(&scene, &key).await?["order_no"], &before["order_no"])?;
        let retry = json!({"order_no": no, "payment_method": "alipay"});
        scene.buyer.post("/retry-payment", &retry).await?.expect(200)?;
        scene.sandbox.pay(&format!("{no}_2")).await?;
        scene.until(no, "fulfilment", "granted").await?;
        scene.has_points(100).await
    })
    .await?;
    order(&scene, &unique("key")).await.map(drop)
}

/// Makes an order under a key, or gets the one that the key made.
async fn order(scene: &Scene, key: &str) -> Outcome<Value> {
    scene.buyer.post_with("/create-order", &wish(), &[("idempotency-key", key)]).await?.expect(200)?.json()
}

async fn refused(scene: &Scene, key: &str) -> Outcome {
    for headers in [vec![("accept-language", "en")], vec![("accept-language", "en"), ("idempotency-key", key)]] {
        let answer = scene.buyer.post_with("/create-order", &wish(), &headers).await?.expect(503)?;
        same("after how many seconds to ask again", &answer.header("retry-after"), &Some("60"))?;
        let problem = answer.json()?;
        same("the refusal", &(&problem["error"], &problem["msg"]), &(&json!("paused"), &json!(TEXT)))?;
    }
    let chinese = scene.buyer.post("/create-order", &wish()).await?.expect(503)?.json()?;
    same("the usual sentence", &chinese["msg"], &json!("暂停接受新订单"))
}

async fn suspension_is_shown_with_the_products(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let team = Team::of(&scene.stack).await?;
    let shown = while_suspended(&team, async || products(&scene, &json!([true, TEXT])).await).await;
    scene.emulator.restart("list-products").await?;
    shown?;
    products(&scene, &json!([false, null])).await
}

/// A process shows what it read for a minute: another one reads anew.
async fn products(scene: &Scene, expected: &Value) -> Outcome {
    scene.emulator.restart("list-products").await?;
    let products = scene.buyer.get_in("/products", "en").await?.expect(200)?.json()?;
    same("what is shown with the products", &json!([products["paused"], products["paused_text"]]), expected)
}
