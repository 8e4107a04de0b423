//! Upgrades of memberships, priced on the running stack.

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, text, unique};
use super::{Journey, journeys};

/// Each grants 100 queries beside its membership.
const BUNDLES: u64 = 10;

pub fn all() -> Vec<Journey> {
    journeys!("upgrades": used_up_bundles_count_for_their_memberships_only)
}

async fn used_up_bundles_count_for_their_memberships_only(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let bundle = price_of(&scene.stack, "package", "1").await?;
    let higher = price_of(&scene.stack, "package", "3").await?;
    let worth = minor(&bundle, "upgrade_worth_minor")?;
    ensure(worth < minor(&bundle, "amount_minor")?, || format!("the bundle states all of its price: {bundle}"))?;
    for _ in 0..BUNDLES {
        let order = scene.buyer.order("package", 1, "wechat").await?;
        let no = text(&order, "order_no")?;
        scene.sandbox.pay(no).await?;
        scene.until(no, "fulfilment", "granted").await?;
    }
    let all = json!({"name": "queries", "count": 100 * BUNDLES});
    let wish = json!({"user_id": scene.buyer.user, "quota": all, "key": unique("queries"), "reason": "reports"});
    let wallet = Caller::service(&scene.stack).await?.post("/wallet/spend", &wish).await?.expect(200)?.json()?;
    same("the queries left", &wallet["quotas"], &json!([]))?;

    let wish = json!({"product_type": "package", "product_id": 3, "payment_method": "wechat", "is_upgrade": true});
    let upgrade = scene.buyer.post("/create-order", &wish).await?.expect(200)?.json()?;
    let cost = minor(&higher, "amount_minor")?.saturating_sub(BUNDLES.saturating_mul(worth));
    let found = minor(&upgrade, "amount_minor")?;
    // A membership that has run for some seconds counts for up to one unit less. More than one may have run: they run by the
    // numbers of their orders, which are random within a second.
    ensure((cost..=cost.saturating_add(BUNDLES)).contains(&found), || {
        format!("the upgrade costs {found}, which is not {cost} to {cost} + {BUNDLES}")
    })
}

/// The price of a product in yuan.
async fn price_of(stack: &Stack, kind: &str, id: &str) -> Outcome<Value> {
    let products = send("GET", &stack.api("/products")?, &[], b"").await?.expect(200)?.json()?;
    let is_wanted = |product: &&Value| product["product_type"] == kind && product["product_id"] == id;
    let product = products["products"].as_array().into_iter().flatten().find(is_wanted);
    let prices = product.and_then(|product| product["prices"].as_array()).into_iter().flatten();
    prices
        .into_iter()
        .find(|price| price["currency"] == "CNY")
        .cloned()
        .ok_or_else(|| format!("no price of {kind} {id} in yuan"))
}

fn minor(answer: &Value, field: &str) -> Outcome<u64> {
    answer[field].as_u64().ok_or_else(|| format!("no {field} in {answer}"))
}
