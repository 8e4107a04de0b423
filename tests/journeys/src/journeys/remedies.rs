//! What the team does about orders by hand: completes them, settles payments without an order, and each remedy once under its key.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::http::Answer;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, eventually, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("remedies":
        provider_that_denies_is_believed,
        provider_that_confirms_completes_the_order,
        statement_is_proved_by_the_provider,
        orphan_is_settled_once,
        orphan_that_was_dealt_with_elsewhere_is_closed,
        each_remedy_is_applied_once_under_its_key,
        only_the_team_applies_remedies,
    )
}

/// A team member beside the buyer of a scene.
struct Team {
    scene: Scene,
    admin: Caller,
}

impl Team {
    async fn new(stack: Stack) -> Outcome<Self> {
        let scene = Scene::new(stack).await?;
        let admin = Caller::admin(&scene.stack).await?;
        Ok(Self { scene, admin })
    }

    async fn apply(&self, no: &str, remedy: &str, body: &Value, key: &str) -> Outcome<Answer> {
        self.admin.remedy(&format!("/orders/{no}/{remedy}"), body, key).await
    }

    /// Twice with one key, and once with another reason under it.
    async fn apply_twice(&self, no: &str, remedy: &str, body: &Value) -> Outcome<Value> {
        let key = unique(remedy);
        self.apply(no, remedy, body, &key).await?.expect(200)?;
        let again = self.apply(no, remedy, body, &key).await?.expect(200)?.json()?;
        let mut other = body.clone();
        other["reason"] = json!("for another reason");
        is_refused(self.apply(no, remedy, &other, &key).await?, 409, "idempotency_conflict")?;
        Ok(again)
    }
}

fn is_refused(answer: Answer, status: u16, word: &str) -> Outcome {
    same("the refusal", &answer.expect(status)?.json()?["error"], &json!(word))
}

fn stated(amount: &Value) -> Value {
    json!({
        "reason": "the buyer shows a receipt",
        "trade_no": unique("stated"),
        "amount": amount,
        "evidence": "the merchant's pages list it",
    })
}

async fn provider_that_denies_is_believed(stack: Stack) -> Outcome {
    let team = Team::new(stack).await?;
    let (no, order) = team.scene.order("wechat").await?;
    for body in [json!({"reason": "the buyer says so"}), stated(&order["amount"])] {
        is_refused(team.apply(&no, "complete", &body, &unique("complete")).await?, 409, "provider_denies")?;
    }
    team.scene.has_status(&no, "status", "pending").await?;
    team.scene.has_points(0).await
}

async fn provider_that_confirms_completes_the_order(stack: Stack) -> Outcome {
    let team = Team::new(stack).await?;
    let (no, _) = team.scene.order("alipay").await?;
    team.scene.sandbox.arm(&no, "lose_callback").await?;
    team.scene.sandbox.pay(&no).await?;
    let answer = team.apply_twice(&no, "complete", &json!({"reason": "the buyer shows a receipt"})).await?;
    same("the status", &answer["status"], &json!("paid"))?;
    same("no mark", &answer["payments"][0].get("stated"), &None)?;
    team.scene.until(&no, "fulfilment", "granted").await?;
    team.scene.has_points(100).await
}

/// The provider answers no question, so an admin states the payment; its later answer takes the place of what was stated.
async fn statement_is_proved_by_the_provider(stack: Stack) -> Outcome {
    let team = Team::new(stack).await?;
    let (no, order) = team.scene.order("wechat").await?;
    team.scene.sandbox.arm(&no, "lose_callback").await?;
    team.scene.sandbox.pay(&no).await?;
    team.scene.sandbox.arm(&no, "answer_500").await?;
    let (body, key) = (stated(&order["amount"]), unique("complete"));
    for _ in 0..2 {
        let answer = team.apply(&no, "complete", &body, &key).await?.expect(200)?.json()?;
        same("the status", &answer["status"], &json!("paid"))?;
        same("what was stated", &answer["payments"][0]["stated"]["trade_no"], &body["trade_no"])?;
    }
    team.scene.until(&no, "fulfilment", "granted").await?;
    let proved = eventually("the provider confirms it", Duration::from_millis(200), async || {
        team.scene.emulator.sweep().await?;
        let order = team.admin.status(&no).await?;
        let is_proved = order["payments"][0]["stated"]["proof"] == "confirmed";
        Ok(if is_proved { Ok(order) } else { Err(order.to_string()) })
    })
    .await?;
    same("one payment", &proved["payments"].as_array().map(Vec::len), &Some(1))?;
    same("the provider's own number", &(proved["payments"][0]["trade_no"] == body["trade_no"]), &false)?;
    same("nothing is held", &proved["holds"], &json!([]))?;
    team.scene.has_points(100).await
}

async fn orphan_is_settled_once(stack: Stack) -> Outcome {
    let team = Team::new(stack).await?;
    let trade_no = team.scene.paid_without_an_order().await?;
    let (no, _) = team.scene.order("wechat").await?;
    let (other, _) = team.scene.order("wechat").await?;
    let would = team.admin.look(&format!("/orphans/wechat/{trade_no}?order_no={no}")).await?.expect(200)?.json()?;
    same("it would pay for the order", &would["as_payment"]["delivers"], &json!(true))?;
    let path = format!("/orphans/wechat/{trade_no}/settle");
    let body = |no: &str| json!({"order_no": no, "reason": "the buyer paid the order that is gone"});
    let key = unique("settle");
    for _ in 0..2 {
        let order = team.admin.remedy(&path, &body(&no), &key).await?.expect(200)?.json()?;
        same("its payment", &order["payments"][0]["trade_no"], &json!(trade_no))?;
    }
    is_refused(team.admin.remedy(&path, &body(&other), &unique("settle")).await?, 409, "orphan_settled")?;
    team.scene.until(&no, "fulfilment", "granted").await?;
    team.scene.has_status(&other, "status", "pending").await?;
    let stored = team.scene.emulator.item("ORPHAN#wechat", &trade_no).await?.ok_or("the orphan is gone")?;
    same("to which order", &stored["settled_to"]["S"], &json!(no))?;
    same("by whom", &stored["settled_by"]["S"], &json!(team.admin.user))?;
    same("it waits no longer", &stored["held"].is_null(), &true)?;
    team.scene.has_points(100).await
}

async fn orphan_that_was_dealt_with_elsewhere_is_closed(stack: Stack) -> Outcome {
    let team = Team::new(stack).await?;
    let trade_no = team.scene.paid_without_an_order().await?;
    let (no, _) = team.scene.order("wechat").await?;
    let is_open = async || -> Outcome<bool> {
        let mut next = String::new();
        loop {
            let page = team.admin.look(&format!("/orphans?status=open{next}")).await?.expect(200)?;
            if page.body.contains(&trade_no) {
                return Ok(true);
            }
            match page.json()?["next"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => return Ok(false),
            }
        }
    };
    same("it waits for a decision", &is_open().await?, &true)?;
    let (path, body) = (format!("/orphans/wechat/{trade_no}/close"), json!({"reason": "refunded in the console"}));
    for _ in 0..2 {
        let closed = team.admin.remedy(&path, &body, &unique("close")).await?.expect(200)?.json()?;
        same("how it stands", &closed["status"], &json!("closed"))?;
        same("by whom", &closed["closed"]["by"], &json!(team.admin.user))?;
    }
    same("it waits no longer", &is_open().await?, &false)?;
    let (settle, wish) = (format!("/orphans/wechat/{trade_no}/settle"), json!({"order_no": no, "reason": "late"}));
    is_refused(team.admin.remedy(&settle, &wish, &unique("settle")).await?, 409, "orphan_closed")?;
    team.scene.has_status(&no, "status", "pending").await
}

async fn each_remedy_is_applied_once_under_its_key(stack: Stack) -> Outcome {
    let team = Team::new(stack).await?;
    let (no, _) = team.scene.order("wechat").await?;
    team.apply_twice(&no, "cancel", &json!({"reason": "ordered by mistake"})).await?;
    team.scene.has_status(&no, "status", "cancelled").await?;

    let no = team.scene.granted("stripe").await?;
    let refunded = team.apply_twice(&no, "refund", &json!({"reason": "late", "amount": "1.00"})).await?;
    same("one refund", &refunded["order"]["refunds"].as_array().map(Vec::len), &Some(1))?;
    is_refused(team.apply(&no, "regrant", &json!({"reason": "again"}), &unique("regrant")).await?, 409, "not_due")?;

    let (no, _) = team.scene.order("alipay").await?;
    team.scene.sandbox.act(&no, "pay_wrong_amount").await?;
    eventually("the order is on hold", Duration::from_millis(50), async || {
        let status = team.scene.buyer.status(&no).await?;
        Ok(if status["on_hold"] == true { Ok(()) } else { Err(status.to_string()) })
    })
    .await?;
    let decision = json!({"hold": "odd_payment", "decision": "accept", "reason": "close enough"});
    let accepted = team.apply_twice(&no, "resolve", &decision).await?;
    same("the status", &accepted["status"], &json!("paid"))
}

async fn only_the_team_applies_remedies(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let service = Caller::service(&scene.stack).await?;
    let (no, _) = scene.order("wechat").await?;
    for remedy in ["complete", "cancel", "refund", "resolve", "regrant"] {
        for caller in [&scene.buyer, &service] {
            let answer =
                caller.remedy(&format!("/orders/{no}/{remedy}"), &json!({"reason": "mine"}), &unique("k")).await?;
            is_refused(answer, 403, "forbidden")?;
        }
    }
    let settle = json!({"order_no": no, "reason": "mine"});
    is_refused(service.remedy("/orphans/wechat/1/settle", &settle, &unique("k")).await?, 403, "forbidden")?;
    let close = json!({"reason": "mine"});
    is_refused(service.remedy("/orphans/wechat/1/close", &close, &unique("k")).await?, 403, "forbidden")?;
    scene.has_status(&no, "status", "pending").await
}
