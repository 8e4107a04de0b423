//! Wallets that the team changes by hand, and that its services read.

use serde_json::{Value, json};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("by_hand":
        grant_with_one_key_happens_once,
        extension_with_one_key_happens_once,
        revoke_with_one_key_happens_once_and_its_order_spares_it,
        only_admins_change_wallets_by_hand,
        service_reads_the_wallet_of_a_user,
    )
}

struct ByHand {
    scene: Scene,
    admin: Caller,
}

impl ByHand {
    async fn new(stack: Stack) -> Outcome<Self> {
        let scene = Scene::new(stack).await?;
        let admin = Caller::admin(&scene.stack).await?;
        Ok(Self { scene, admin })
    }

    fn path(&self, action: &str) -> String {
        format!("/admin/users/{}/{action}", self.scene.buyer.user)
    }

    /// Sends a change twice under one key, and then another one, which is refused. Returns the second answer.
    async fn change_once(&self, action: &str, body: &Value) -> Outcome<Value> {
        let (path, key) = (self.path(action), unique("case"));
        let headers = [("idempotency-key", key.as_str())];
        let first = self.admin.post_with(&path, body, &headers).await?.expect(200)?.json()?;
        let again = self.admin.post_with(&path, body, &headers).await?.expect(200)?.json()?;
        same("what the repeated request did", &again["entry"], &first["entry"])?;
        let mut other = body.clone();
        other["reason"] = json!("another reason");
        let conflict = self.admin.post_with(&path, &other, &headers).await?.expect(409)?.json()?;
        same("the error", &conflict["error"], &json!("idempotency_conflict"))?;
        Ok(again)
    }
}

async fn grant_with_one_key_happens_once(stack: Stack) -> Outcome {
    let by_hand = ByHand::new(stack).await?;
    let grants =
        json!([{"type": "points", "amount": 50}, {"type": "quota", "name": "queries", "count": 20, "days": 10}]);
    let after = by_hand.change_once("grant", &json!({"grants": grants, "reason": "an outage"})).await?;
    same("the points", &after["points"], &json!(50))?;
    same("the quota", &after["quotas"][0]["left"], &json!(20))?;
    same("whose order gave it", &after["quotas"][0]["lots"][0]["order_no"], &Value::Null)?;
    by_hand.scene.has_points(50).await
}

async fn extension_with_one_key_happens_once(stack: Stack) -> Outcome {
    let by_hand = ByHand::new(stack).await?;
    let nothing = json!({"days": 7, "reason": "an outage"});
    let headers = [("idempotency-key", unique("case"))];
    let headers = headers.each_ref().map(|(name, key)| (*name, key.as_str()));
    let problem = by_hand.admin.post_with(&by_hand.path("extend"), &nothing, &headers).await?.expect(409)?.json()?;
    same("the error", &problem["error"], &json!("nothing_to_extend"))?;
    let month = json!([{"type": "membership", "tier": "pro", "rank": 1, "days": 30}]);
    by_hand.change_once("grant", &json!({"grants": month, "reason": "a prize"})).await?;
    let after = by_hand.change_once("extend", &json!({"days": 7, "reason": "an outage"})).await?;
    let spans = after["membership"]["spans"].as_array().ok_or("no spans")?;
    let tiers: Vec<&Value> = spans.iter().map(|span| &span["tier"]).collect();
    same("the tiers", &tiers, &vec![&json!("pro"), &json!("pro")])
}

async fn revoke_with_one_key_happens_once_and_its_order_spares_it(stack: Stack) -> Outcome {
    let by_hand = ByHand::new(stack).await?;
    let (scene, admin) = (&by_hand.scene, &by_hand.admin);
    let (first, second) = (scene.granted("wechat").await?, scene.granted("wechat").await?);
    let after = by_hand.change_once("revoke", &json!({"points": 150, "reason": "a mistake"})).await?;
    same("the points", &after["points"], &json!(50))?;
    same("what was taken", &after["entry"]["taken"]["points"], &json!(150))?;
    for (no, points) in [(&first, 50), (&second, 0)] {
        admin.refund(no, &unique("refund")).await?;
        scene.until(no, "fulfilment", "revoked").await?;
        scene.has_points(points).await?;
    }
    let nothing = by_hand.change_once("revoke", &json!({"points": 1, "reason": "a mistake"})).await?;
    same("what was taken", &nothing["entry"]["taken"]["points"], &json!(0))
}

async fn only_admins_change_wallets_by_hand(stack: Stack) -> Outcome {
    let by_hand = ByHand::new(stack).await?;
    let service = Caller::service(&by_hand.scene.stack).await?;
    let key = unique("case");
    let headers = [("idempotency-key", key.as_str())];
    for (action, body) in [
        ("grant", json!({"grants": [{"type": "points", "amount": 1}], "reason": "r"})),
        ("extend", json!({"days": 1, "reason": "r"})),
        ("revoke", json!({"points": 1, "reason": "r"})),
    ] {
        for caller in [&by_hand.scene.buyer, &service] {
            caller.post_with(&by_hand.path(action), &body, &headers).await?.expect(403)?;
        }
        let problem = by_hand.admin.post(&by_hand.path(action), &body).await?.expect(400)?.json()?;
        same("the error", &problem["error"], &json!("idempotency_key_required"))?;
    }
    by_hand.scene.has_points(0).await
}

async fn service_reads_the_wallet_of_a_user(stack: Stack) -> Outcome {
    let by_hand = ByHand::new(stack).await?;
    let (scene, user) = (&by_hand.scene, &by_hand.scene.buyer.user);
    by_hand.change_once("grant", &json!({"grants": [{"type": "points", "amount": 5}], "reason": "a prize"})).await?;
    let service = Caller::service(&scene.stack).await?;
    let path = format!("/wallet?user_id={user}");
    let seen = service.get(&path).await?.expect(200)?.json()?;
    same("the points", &seen["points"], &json!(5))?;
    same("the reason", &seen["entries"][0]["reason"], &json!("a prize"))?;
    let own = scene.buyer.get("/wallet").await?.expect(200)?.json()?;
    same("the reason that the buyer reads", &own["entries"][0]["reason"], &Value::Null)?;
    service.get("/wallet").await?.expect(400)?;
    let stranger = Caller::buyer(&scene.stack, &unique("other")).await?;
    stranger.get(&path).await?.expect(403).map(drop)
}
