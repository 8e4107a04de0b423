//! What the team sets up by the interface: an account that is bought through, keys that its provider refuses, and products.

use serde_json::{Value, json};
use till_journeys::http::Answer;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, eventually, text, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("setup":
        account_is_created_and_bought_through,
        account_is_switched_off_and_on,
        wrong_key_is_refused_before_it_is_saved,
        product_is_made_changed_and_taken_off_sale,
        buyers_set_nothing_up,
    )
}

/// The team at the running stack.
pub struct Team {
    admin: Caller,
}

impl Team {
    pub async fn of(stack: &Stack) -> Outcome<Self> {
        Ok(Self { admin: Caller::admin(stack).await? })
    }

    /// Sends a change twice under one key, and returns the answer, which is the same.
    pub async fn twice(&self, method: &str, path: &str, body: &Value) -> Outcome<Value> {
        let key = unique("setup");
        let first = self.once(method, path, body, &key).await?.expect(200)?.json()?;
        let again = self.once(method, path, body, &key).await?.expect(200)?.json()?;
        same("the answer to the repetition", &again, &first)?;
        Ok(first)
    }

    pub async fn once(&self, method: &str, path: &str, body: &Value, key: &str) -> Outcome<Answer> {
        self.admin.admin_call(method, path, Some(body), &[("idempotency-key", key)]).await
    }

    pub async fn all(&self, what: &str) -> Outcome<Vec<Value>> {
        let listed = self.admin.admin_call("GET", &format!("/{what}"), None, &[]).await?.expect(200)?.json()?;
        Ok(listed[what].as_array().ok_or("no list")?.clone())
    }
}

/// The wish for another account of the sandbox's merchant at Alipay.
pub async fn another_alipay(scene: &Scene, id: &str) -> Outcome<Value> {
    let settings = scene.emulator.secret("account/sandbox-alipay").await?;
    Ok(json!({
        "provider": "alipay", "id": id, "mode": "test", "settings": settings, "same_merchant": true,
        "base_url": scene.stack.output("sandbox_url")?, "remark": "made by a journey", "reason": "a journey",
    }))
}

/// Makes this account the default at Alipay, for a process that has read no other yet.
pub async fn make_default(scene: &Scene, team: &Team, id: &str) -> Outcome {
    let wish = json!({"is_default": true, "reason": "a journey"});
    let answer = team.twice("PATCH", &format!("/accounts/alipay/{id}"), &wish).await?;
    same("whether it is the default", &answer["is_default"], &json!(true))?;
    scene.emulator.restart("create-order").await
}

async fn account_is_created_and_bought_through(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (team, id) = (Team::of(&scene.stack).await?, unique("alipay"));
    let made = team.twice("POST", "/accounts", &another_alipay(&scene, &id).await?).await?;
    same("who made it", &made["changed"]["by"], &json!("ada"))?;
    let shown = made.to_string();
    ensure(!shown.contains("PRIVATE KEY"), || "the answer shows a key".to_owned())?;
    make_default(&scene, &team, &id).await?;
    // Orders of other journeys go through it too meanwhile, which is the same merchant.
    let bought = buy_through(&scene, &id).await;
    make_default(&scene, &team, "sandbox-alipay").await?;
    bought?;
    let accounts = team.all("accounts").await?;
    let defaults = accounts.iter().filter(|one| one["provider"] == "alipay" && one["is_default"] == true);
    same("the accounts that are the default", &defaults.count(), &1)
}

/// Buys something, whose order is of this account.
pub async fn buy_through(scene: &Scene, id: &str) -> Outcome {
    let no = scene.granted("alipay").await?;
    let order = scene.emulator.item(&format!("ORDER#{no}"), "ORDER").await?.ok_or("the order is not kept")?;
    let account = format!("alipay:{id}");
    ensure(order.to_string().contains(&account), || format!("the order is not of {account}: {order}"))
}

async fn account_is_switched_off_and_on(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (team, id) = (Team::of(&scene.stack).await?, unique("alipay"));
    team.twice("POST", "/accounts", &another_alipay(&scene, &id).await?).await?;
    let path = format!("/accounts/alipay/{id}");
    for is_on in [false, true] {
        let answer = team.twice("PATCH", &path, &json!({"is_on": is_on, "reason": "a journey"})).await?;
        same("whether it is on", &answer["is_on"], &json!(is_on))?;
        let accounts = team.all("accounts").await?;
        let shown = accounts.iter().find(|one| one["id"] == id.as_str()).ok_or("it is not listed")?;
        same("whether it is listed as on", &shown["is_on"], &json!(is_on))?;
    }
    Ok(())
}

async fn wrong_key_is_refused_before_it_is_saved(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (team, id) = (Team::of(&scene.stack).await?, unique("stripe"));
    let key = "sk_test_OfNobodyAtAll";
    let mut settings = scene.emulator.secret("account/sandbox-stripe").await?;
    settings["secret_key"] = json!(key);
    let wish = json!({
        "provider": "stripe", "id": id, "mode": "test", "settings": settings, "same_merchant": true,
        "base_url": scene.stack.output("sandbox_url")?, "reason": "a journey",
    });
    let refused = team.once("POST", "/accounts", &wish, &unique("setup")).await?.expect(422)?;
    same("the word", &refused.json()?["error"], &json!("settings_refused"))?;
    ensure(!refused.body.contains(key), || format!("the key is shown: {}", refused.body))?;
    ensure(team.all("accounts").await?.iter().all(|one| one["id"] != id.as_str()), || "it is there".to_owned())?;
    let kept = scene.emulator.item("ACCOUNT#stripe", &id).await?;
    same("what is kept of it", &kept.is_none(), &true)?;
    ensure(scene.emulator.secret(&format!("account/{id}")).await.is_err(), || "its keys are kept".to_owned())
}

async fn product_is_made_changed_and_taken_off_sale(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (team, id) = (Team::of(&scene.stack).await?, unique("pack"));
    let wish = json!({
        "type": "points", "id": id, "name": "七点", "prices": {"CNY": "0.70"}, "grants": [{"points": 7}], "sort": 900,
        "reason": "a journey",
    });
    team.twice("POST", "/products", &wish).await?;
    let path = format!("/products/points/{id}");
    let changed = team.twice("PATCH", &path, &json!({"prices": {"CNY": "0.77"}, "reason": "a journey"})).await?;
    same("the price", &changed["prices"], &json!({"CNY": "0.77"}))?;
    scene.emulator.restart("create-order").await?;
    let order = json!({"product_type": "points", "product_id": id, "payment_method": "wechat"});
    let bought = scene.buyer.post("/create-order", &order).await?.expect(200)?.json()?;
    same("what it costs", &bought["amount"], &json!(0.77))?;
    scene.sandbox.pay(text(&bought, "order_no")?).await?;
    eventually("the points are there", std::time::Duration::from_millis(50), async || {
        let points = scene.buyer.points().await?;
        Ok(if points == 7 { Ok(()) } else { Err(format!("{points} points")) })
    })
    .await?;
    let off = team.twice("PATCH", &path, &json!({"active": false, "reason": "a journey"})).await?;
    same("whether it is on sale", &off["active"], &json!(false))?;
    scene.emulator.restart("create-order").await?;
    let gone = scene.buyer.post("/create-order", &order).await?.expect(404)?.json()?;
    same("what the buyer is told", &gone["error"], &json!("product_not_found"))
}

async fn buyers_set_nothing_up(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let key = [("idempotency-key", "a-buyers-key")];
    let wish = json!({"active": false, "reason": "a journey"});
    for caller in [&scene.buyer, &Caller::service(&scene.stack).await?] {
        for what in ["/accounts", "/products"] {
            caller.admin_call("GET", what, None, &[]).await?.expect(403)?;
            caller.admin_call("POST", what, Some(&wish), &key).await?.expect(403)?;
        }
        caller.admin_call("PATCH", "/products/points/1", Some(&wish), &key).await?.expect(403)?;
        caller.admin_call("GET", "/sales", None, &[]).await?.expect(403)?;
        for what in ["/sales/suspend", "/sales/resume"] {
            caller.admin_call("POST", what, Some(&json!({"reason": "a journey"})), &key).await?.expect(403)?;
        }
    }
    Ok(())
}
