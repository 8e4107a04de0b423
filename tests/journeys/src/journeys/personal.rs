//! A user's personal data: exported, and erased while everything runs, by the program `till`.

use serde_json::{Value, json};
use till_journeys::program::Program;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, text, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("personal":
        erased_user_stands_nowhere_in_the_table,
        user_with_a_pending_order_is_not_erased,
    )
}

async fn erased_user_stands_nowhere_in_the_table(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let user = scene.buyer.user.clone();
    let paid = scene.granted("wechat_jsapi").await?;
    let refunded = scene.granted("alipay").await?;
    Caller::admin(&scene.stack).await?.refund(&refunded, &unique("refund")).await?;
    scene.until(&refunded, "fulfilment", "revoked").await?;
    let _page = scene.buyer.socket().await?;
    let order = scene.emulator.item(&format!("ORDER#{paid}"), "ORDER").await?.ok_or("there is no order")?;
    let openid = order["pa"]["L"][0]["M"]["by"]["S"].as_str().ok_or("the payment names no buyer")?;

    let exported = till(&scene, &["export-user", "--user", &user]).await?;
    let exported: Value = serde_json::from_str(&exported).map_err(|error| format!("{error} in {exported}"))?;
    for no in [&paid, &refunded] {
        ensure(exported["orders"][no.as_str()].is_array(), || format!("{no} is not exported: {exported}"))?;
    }
    till(&scene, &["erase-user", "--user", &user, "--dry-run"]).await?;
    ensure(!named(&scene, &user).await?.is_empty(), || "a dry run has erased something".to_owned())?;

    let told = till(&scene, &["erase-user", "--user", &user, "--yes"]).await?;
    same("the items that name the user", &named(&scene, &user).await?, &Vec::new())?;
    // All buyers of the sandbox have one openid, so it may stand in what others bought.
    let mut of_the_order = named(&scene, openid).await?;
    of_the_order.retain(|item| item.contains(&paid));
    same("the items of the order that name the buyer", &of_the_order, &Vec::new())?;
    let name = told.split_whitespace().find(|word| word.starts_with("erased-")).ok_or_else(|| told.clone())?;
    let name = name.trim_end_matches(',').to_owned();
    let order = scene.emulator.item(&format!("ORDER#{paid}"), "ORDER").await?.ok_or("the order is gone")?;
    same("the order's user", &order["u"]["S"], &json!(name))?;
    same("the points under the pseudonym", &Caller::buyer(&scene.stack, &name).await?.points().await?, &100)?;
    scene.has_points(0).await?;
    let again = till(&scene, &["erase-user", "--user", &user, "--yes"]).await?;
    ensure(again.contains("nothing is kept"), || again.clone())
}

async fn user_with_a_pending_order_is_not_erased(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, order) = scene.order("wechat").await?;
    scene.emulator.url()?;
    let refused = till(&scene, &["erase-user", "--user", &scene.buyer.user, "--yes"]).await;
    let why = refused.err().ok_or("a user with a pending order was erased")?;
    ensure(why.contains(&no), || format!("the order is not named: {why}"))?;
    same("the order", &scene.buyer.status(text(&order, "order_no")?).await?["status"], &json!("pending"))
}

/// The items of the table that contain a text, but for the sandbox's: those are the providers' own books.
async fn named(scene: &Scene, what: &str) -> Outcome<Vec<String>> {
    let all = scene.emulator.all_items().await?;
    let ours = all.iter().filter(|item| !item["pk"]["S"].as_str().unwrap_or_default().starts_with("SANDBOX#"));
    Ok(ours.map(Value::to_string).filter(|item| item.contains(what)).collect())
}

/// What the program `till` prints for the stage; an error is why it ended otherwise.
async fn till(scene: &Scene, words: &[&str]) -> Outcome<String> {
    scene.emulator.url()?;
    let ended = Program::of(&scene.stack).await?.run(words)?;
    if ended.exit == 0 { Ok(ended.out) } else { Err(ended.notes) }
}
