//! The audit trail of the team: what it did stands there once, with who, what and why, however often it was sent.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::setup::{Team, another_alipay};
use super::steps::{Scene, eventually, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("audit":
        each_remedy_is_in_the_audit_once,
        each_change_by_hand_is_in_the_audit_once,
        each_change_of_the_setup_is_in_the_audit_once,
    )
}

/// The subject of the admin's tokens.
const ADMIN: &str = "ada";

/// Those of all records of today that are about one thing, newest first.
async fn of_today(admin: &Caller, name: &str) -> Outcome<Vec<Value>> {
    let (mut found, mut next) = (Vec::new(), String::new());
    loop {
        let page = admin.look(&format!("/audit?by={ADMIN}{next}")).await?.expect(200)?.json()?;
        let records = page["records"].as_array().ok_or("no records")?;
        found.extend(records.iter().filter(|record| record["name"] == name).cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return Ok(found),
        }
    }
}

/// The outcomes of what was done about one thing, the oldest first, once as many are listed as were done.
async fn outcomes(admin: &Caller, name: &str, least: usize) -> Outcome<Vec<Value>> {
    let mut records = eventually(&format!("{name} is in the audit"), Duration::from_millis(100), async || {
        let records = of_today(admin, name).await?;
        Ok(if records.len() >= least { Ok(records) } else { Err(format!("{records:?}")) })
    })
    .await?;
    records.reverse();
    Ok(records)
}

/// Who did it, what and why: a record for each of these words, which are all different.
fn are(records: &[Value], expected: &[(&str, &str)]) -> Outcome {
    let said: Vec<_> = records.iter().map(|one| (&one["by"], &one["role"], &one["outcome"], &one["reason"])).collect();
    let (by, role) = (json!(ADMIN), json!("admin"));
    let expected: Vec<(Value, Value)> =
        expected.iter().map(|(outcome, reason)| (json!(outcome), json!(reason))).collect();
    let expected: Vec<_> = expected.iter().map(|(outcome, reason)| (&by, &role, outcome, reason)).collect();
    // Those of one second are in no particular order.
    let sorted = |mut rows: Vec<(&Value, &Value, &Value, &Value)>| {
        rows.sort_by_key(|row| row.2.to_string());
        format!("{rows:?}")
    };
    same("the records", &sorted(said), &sorted(expected))
}

async fn each_remedy_is_in_the_audit_once(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let (no, _) = scene.order("wechat").await?;
    let (cancel, key) = (json!({"reason": "the buyer asked"}), unique("cancel"));
    for _ in 0..2 {
        admin.remedy(&format!("/orders/{no}/cancel"), &cancel, &key).await?.expect(200)?;
    }
    let records = outcomes(&admin, &no, 1).await?;
    are(&records, &[("changed cancelled none", "the buyer asked")])?;
    same("the remedy", &records[0]["remedy"], &json!("cancel"))?;
    same("the order", &records[0]["order_no"], &json!(no))?;
    same("its kind", &records[0]["subject"], &json!("order"))
}

async fn each_change_by_hand_is_in_the_audit_once(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let user = &scene.buyer.user;
    let gift = json!([{"type": "points", "amount": 50}, {"type": "membership", "tier": "pro", "rank": 1, "days": 3}]);
    for (action, body) in [
        ("grant", json!({"grants": gift, "reason": "an outage"})),
        ("extend", json!({"days": 7, "reason": "a prize"})),
        ("revoke", json!({"points": 60, "reason": "a mistake"})),
    ] {
        let (path, key) = (format!("/admin/users/{user}/{action}"), unique("case"));
        let headers = [("idempotency-key", key.as_str())];
        for _ in 0..2 {
            admin.post_with(&path, &body, &headers).await?.expect(200)?;
        }
        let mut other = body.clone();
        other["reason"] = json!("another reason");
        admin.post_with(&path, &other, &headers).await?.expect(409)?;
    }
    let records = outcomes(&admin, user, 3).await?;
    are(
        &records,
        &[
            ("granted 50 points + pro for 3 days", "an outage"),
            ("extended pro for 7 days", "a prize"),
            ("revoked 50 points of 60 points", "a mistake"),
        ],
    )?;
    same("no order", &(&records[0]["subject"], &records[0]["order_no"]), &(&json!("user"), &Value::Null))?;
    let of_user = admin.look(&format!("/audit?user_id={user}")).await?.expect(200)?.json()?;
    same("the records of the user", &of_user["records"].as_array().map(Vec::len), &Some(3))
}

async fn each_change_of_the_setup_is_in_the_audit_once(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let (team, id) = (Team::of(&scene.stack).await?, unique("alipay"));
    team.twice("POST", "/accounts", &another_alipay(&scene, &id).await?).await?;
    let off = json!({"is_on": false, "reason": "it is not needed"});
    team.twice("PATCH", &format!("/accounts/alipay/{id}"), &off).await?;
    let account = format!("alipay/{id}");
    let records = outcomes(&admin, &account, 2).await?;
    are(&records, &[("created", "a journey"), ("changed is_on=false", "it is not needed")])?;
    let whole = records.iter().map(Value::to_string).collect::<String>();
    same("whether a key is shown", &whole.contains("PRIVATE KEY"), &false)?;
    let listed = admin.look(&format!("/audit?account={account}")).await?.expect(200)?.json()?;
    same("the records of the account", &listed["records"].as_array().map(Vec::len), &Some(2))?;

    let product = unique("pack");
    let wish = json!({
        "type": "points", "id": product, "name": "七点", "prices": {"CNY": "0.70"}, "grants": [{"points": 7}], "sort": 900,
        "active": false, "reason": "a journey",
    });
    team.twice("POST", "/products", &wish).await?;
    let dearer = json!({"prices": {"CNY": "0.77"}, "reason": "a journey"});
    team.twice("PATCH", &format!("/products/points/{product}"), &dearer).await?;
    let name = format!("points/{product}");
    let records = outcomes(&admin, &name, 2).await?;
    are(&records, &[("created 0.70 CNY", "a journey"), ("changed prices=0.77 CNY", "a journey")])?;
    let listed = admin.look(&format!("/audit?product={name}")).await?.expect(200)?.json()?;
    same("the records of the product", &listed["records"].as_array().map(Vec::len), &Some(2))
}
