//! Payments that do not go the ordinary way: notifications that are lost, repeated or forged; paid twice, paid a wrong amount.

use std::time::Duration;

use serde_json::json;
use till_journeys::http::send;
use till_journeys::sandbox::paid_and_back;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};
use tokio::time::sleep;

use super::steps::{Scene, is_push};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    let of_provider = |method: &'static str| {
        let lost = format!("money::lost_notification_of_{method}_is_queried");
        let repeated = format!("money::repeated_notification_of_{method}_grants_once");
        [
            Journey::new(lost, move |stack| lost_notification(stack, method)),
            Journey::new(repeated, move |stack| repeated_notification(stack, method)),
        ]
    };
    let all = ["wechat", "alipay", "stripe"].into_iter().flat_map(of_provider);
    all.chain(journeys!("money":
        second_payment_is_refunded_once,
        wrong_amount_waits_for_an_admin,
        repeated_or_forged_task_grants_nothing,
        forged_notification_changes_nothing,
    ))
    .collect()
}

async fn lost_notification(stack: Stack, method: &'static str) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    let (no, _) = scene.order(method).await?;
    scene.sandbox.arm(&no, "lose_callback").await?;
    scene.sandbox.pay(&no).await?;
    scene.has_status(&no, "status", "pending").await?;
    let refreshed = scene.buyer.get(&format!("/order-status?order_no={no}&refresh=1")).await?.expect(200)?.json()?;
    same("the status after a refresh", &refreshed["status"], &json!("paid"))?;
    is_push(&page.pushed().await?, "payment_success", &no)?;
    scene.has_points(100).await
}

async fn repeated_notification(stack: Stack, method: &'static str) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order(method).await?;
    scene.sandbox.arm(&no, "three_callbacks").await?;
    scene.sandbox.pay(&no).await?;
    scene.until(&no, "fulfilment", "granted").await?;
    scene.sandbox.act(&no, "resend").await?;
    scene.has_points(100).await
}

async fn second_payment_is_refunded_once(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, order) = scene.order("wechat").await?;
    scene.sandbox.pay(&no).await?;
    scene.until(&no, "fulfilment", "granted").await?;
    scene.sandbox.act(&no, "pay_again").await?;
    // A callback calls no provider: the next sweep makes the refund.
    let mut back = 0;
    for _ in 0..10 {
        scene.emulator.sweep().await?;
        back = paid_and_back(&scene.sandbox.books(&no).await?).1;
        if back > 0 {
            break;
        }
        sleep(Duration::from_millis(500)).await;
    }
    same("the amount refunded", &Some(back), &order["amount_minor"].as_u64())?;
    scene.has_status(&no, "status", "paid").await?;
    scene.has_points(100).await
}

async fn wrong_amount_waits_for_an_admin(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let (no, _) = scene.order("alipay").await?;
    scene.sandbox.act(&no, "pay_wrong_amount").await?;
    let mut status = json!(null);
    for _ in 0..100 {
        status = scene.buyer.status(&no).await?;
        if status["on_hold"] == true {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    same("the hold", &status["on_hold"], &json!(true))?;
    scene.has_points(0).await?;
    let decision =
        json!({"order_no": no, "hold": "odd_payment", "decision": "accept", "reason": "the rest was paid in cash"});
    admin.post("/resolve-hold", &decision).await?.expect(200)?;
    scene.until(&no, "fulfilment", "granted").await?;
    scene.has_points(100).await
}

async fn repeated_or_forged_task_grants_nothing(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("wechat").await?;
    let task = |word: &str| json!({"v": 1, "task": word, "order_no": no}).to_string();
    // Nothing is paid yet, so a forged task grants nothing.
    scene.emulator.send_task(&task("grant")).await?;
    scene.sandbox.pay(&no).await?;
    scene.until(&no, "fulfilment", "granted").await?;
    for word in ["grant", "grant", "revoke"] {
        scene.emulator.send_task(&task(word)).await?;
    }
    for _ in 0..100 {
        if scene.emulator.waiting("queue_url").await? == 0 {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    scene.has_points(100).await?;
    scene.has_status(&no, "fulfilment", "granted").await
}

async fn forged_notification_changes_nothing(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, _) = scene.order("alipay").await?;
    let alipay = format!("out_trade_no={no}&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2");
    let wechat = json!({"id": "1", "event_type": "TRANSACTION.SUCCESS"}).to_string();
    let stripe = json!({"id": "evt_1", "type": "checkout.session.completed"}).to_string();
    for (path, kind, body) in [
        ("/alipay/callback", "application/x-www-form-urlencoded", alipay),
        ("/wechat/callback", "application/json", wechat),
        ("/stripe/webhook", "application/json", stripe),
    ] {
        let answer = send("POST", &scene.stack.api(path)?, &[("content-type", kind)], body.as_bytes()).await?;
        let is_accepted = answer.body == "success" || (answer.status < 300 && !answer.body.contains("fail"));
        ensure(!is_accepted, || format!("{path} accepted a forged notification: {} {}", answer.status, answer.body))?;
    }
    scene.has_status(&no, "status", "pending").await
}
