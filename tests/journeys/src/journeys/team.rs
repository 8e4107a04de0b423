//! What the team reads: who may, and that lists, search and file say what the orders say.

use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, same};

use super::steps::{Scene, eventually, text};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("team":
        only_admins_read_the_teams_routes,
        order_is_found_in_every_list,
        file_has_the_rows_of_the_list,
        decision_about_a_hold_is_in_the_audit,
        rejected_callback_is_listed,
        system_status_says_whether_money_is_stuck,
    )
}

async fn only_admins_read_the_teams_routes(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("wechat").await?;
    let service = Caller::service(&scene.stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let user = &scene.buyer.user;
    let paths = [
        "/orders".to_owned(),
        "/orders?format=csv&status=refunded&user=nobody".to_owned(),
        format!("/orders/{no}"),
        "/holds".to_owned(),
        "/orphans".to_owned(),
        "/rejected-callbacks".to_owned(),
        "/audit".to_owned(),
        "/payment-monitor/system-status".to_owned(),
        format!("/users/{user}"),
    ];
    for path in paths {
        admin.look(&path).await?.expect(200)?;
        for caller in [&scene.buyer, &service] {
            let refused = caller.look(&path).await?.expect(403)?.json()?;
            same(&path, &refused["error"], &json!("forbidden"))?;
        }
    }
    let unknown = admin.look("/orders/ORD20250101120000AAAAAAAA").await?.expect(404)?.json()?;
    same("an order that is not there", &unknown["error"], &json!("order_not_found"))
}

async fn order_is_found_in_every_list(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let no = scene.granted("alipay").await?;
    let whole = admin.look(&format!("/orders/{no}")).await?.expect(200)?.json()?;
    same("whose it is", &whole["user_id"], &json!(scene.buyer.user))?;
    same("its goods", &whole["wallet_entries"][0]["type"], &json!("grant"))?;
    let trade_no = text(&whole["payments"][0], "trade_no")?;
    let user = &scene.buyer.user;
    for query in [
        format!("user={user}"),
        format!("user={user}&status=paid&fulfilment=granted&provider=alipay"),
        format!("q={no}"),
        format!("q={no}_2"),
        format!("q={trade_no}"),
        format!("q={user}"),
    ] {
        eventually(&format!("{query} finds the order"), Duration::from_millis(100), async || {
            let found = numbers(&admin, &query).await?;
            Ok(if found == [no.as_str()] { Ok(()) } else { Err(format!("{found:?}")) })
        })
        .await?;
    }
    same("another status", &numbers(&admin, &format!("user={user}&status=cancelled")).await?, &Vec::new())?;
    let seen = admin.look(&format!("/users/{user}")).await?.expect(200)?.json()?;
    same("the points", &seen["wallet"]["points"], &json!(100))
}

async fn numbers(admin: &Caller, query: &str) -> Outcome<Vec<String>> {
    let page = admin.look(&format!("/orders?{query}")).await?.expect(200)?.json()?;
    let orders = page["orders"].as_array().ok_or("no orders")?;
    orders.iter().map(|order| text(order, "order_no").map(str::to_owned)).collect()
}

async fn file_has_the_rows_of_the_list(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let (first, _) = scene.order("wechat").await?;
    let (second, _) = scene.order("alipay").await?;
    let query = format!("/orders?format=csv&user={}", scene.buyer.user);
    let file = eventually("the file has both orders", Duration::from_millis(100), async || {
        let file = admin.look(&query).await?.expect(200)?;
        Ok(if file.body.lines().count() == 3 { Ok(file) } else { Err(file.body) })
    })
    .await?;
    same("its kind", &file.header("content-type"), &Some("text/csv; charset=utf-8"))?;
    same("its mark", &file.body.starts_with("\u{feff}\"order_no\""), &true)?;
    for no in [first, second] {
        same(&format!("a row of {no}"), &file.body.contains(&format!("\r\n\"{no}\t\",")), &true)?;
    }
    Ok(())
}

async fn decision_about_a_hold_is_in_the_audit(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let (no, _) = scene.order("alipay").await?;
    scene.sandbox.act(&no, "pay_wrong_amount").await?;
    let found = eventually("the order is among the held ones", Duration::from_millis(100), async || {
        let found = held(&admin, &no).await?;
        Ok(found.ok_or_else(|| "it is not".to_owned()))
    })
    .await?;
    same("its hold", &found["reasons"][0]["hold"], &json!("odd_payment"))?;
    same("what fits", &found["reasons"][0]["decisions"], &json!(["accept", "return"]))?;
    let decision = json!({"order_no": no, "hold": "odd_payment", "decision": "return", "reason": "a wrong amount"});
    admin.post("/resolve-hold", &decision).await?.expect(200)?;
    eventually("nobody has to look any more", Duration::from_millis(100), async || {
        Ok(if held(&admin, &no).await?.is_none() { Ok(()) } else { Err("it is still held".to_owned()) })
    })
    .await
    .and(
        eventually("the decision is in the audit", Duration::from_millis(100), async || {
            let audit = admin.look(&format!("/audit?by={}", admin.user)).await?.expect(200)?.json()?;
            let records = audit["records"].as_array().ok_or("no records")?;
            let is_there = records.iter().any(|record| record["order_no"] == no.as_str() && record["role"] == "admin");
            Ok(if is_there { Ok(()) } else { Err(audit.to_string()) })
        })
        .await,
    )
}

/// The order among those on hold.
async fn held(admin: &Caller, no: &str) -> Outcome<Option<Value>> {
    let mut next = String::new();
    loop {
        let page = admin.look(&format!("/holds{next}")).await?.expect(200)?.json()?;
        let orders = page["orders"].as_array().ok_or("no orders")?;
        if let Some(order) = orders.iter().find(|order| order["order_no"] == no) {
            return Ok(Some(order.clone()));
        }
        match page["next"].as_str() {
            Some(cursor) => next = format!("?cursor={cursor}"),
            None => return Ok(None),
        }
    }
}

async fn rejected_callback_is_listed(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let url = scene.stack.api("/alipay/callback")?;
    let forged = b"out_trade_no=1&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    till_journeys::http::send("POST", &url, &headers, forged).await?;
    eventually("it is listed", Duration::from_millis(100), async || {
        let page = admin.look("/rejected-callbacks").await?.expect(200)?.json()?;
        let callbacks = page["callbacks"].as_array().ok_or("no callbacks")?;
        let is_there = callbacks.iter().any(|callback| callback["provider"] == "alipay");
        Ok(if is_there { Ok(()) } else { Err(page.to_string()) })
    })
    .await
}

async fn system_status_says_whether_money_is_stuck(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    scene.granted("wechat").await?;
    let status = admin.look("/payment-monitor/system-status").await?.expect(200)?.json()?;
    same("dead letters", &status["queues"][0]["dead"], &json!(0))?;
    let accounts = status["accounts"].as_array().ok_or("no accounts")?;
    let paid = |account: &&Value| account["provider"] == "wechat" && account["last_payment"].is_string();
    accounts.iter().find(paid).map(drop).ok_or_else(|| format!("no account was paid through: {status}"))
}
