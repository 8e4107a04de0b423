//! Money on other ways than the straight one: notices that are lost, repeated or forged; paid twice, paid wrongly, paid late.

use serde_json::json;
use till_journeys::emulator::Emulator;
use till_journeys::http::send;
use till_journeys::sandbox::{Sandbox, paid_and_back};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::Journey;
use super::steps::{is_push, somebody, text, until};

pub fn all() -> Vec<Journey> {
    let lost = |method: &'static str| {
        Journey::new(format!("money::a_lost_notice_of_{method}_is_asked_for"), move |stack| lost_notice(stack, method))
    };
    let repeated = |method: &'static str| {
        Journey::new(format!("money::{method}_told_three_times_is_granted_once"), move |stack| {
            told_thrice(stack, method)
        })
    };
    let mut all: Vec<Journey> =
        ["wechat", "alipay", "stripe"].into_iter().flat_map(|m| [lost(m), repeated(m)]).collect();
    all.push(Journey::new("money::what_is_paid_twice_goes_back_once", paid_twice));
    all.push(Journey::new("money::a_wrong_amount_waits_for_a_person", wrong_amount));
    all.push(Journey::new("money::a_repeated_or_forged_task_grants_nothing", repeated_task));
    all.push(Journey::new("money::a_forged_notice_changes_nothing", forged_notice));
    all
}

async fn lost_notice(stack: Stack, method: &'static str) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let sandbox = Sandbox::of(&stack)?;
    let mut page = buyer.socket().await?;
    let order = buyer.order("points", 1, method).await?;
    let no = text(&order, "order_no")?;
    sandbox.arm(no, "lose_callback").await?;
    sandbox.pay(no).await?;
    same("the status while nobody asks", &buyer.status(no).await?["status"], &json!("pending"))?;
    let asked = buyer.get(&format!("/order-status?order_no={no}&refresh=1")).await?.expect(200)?.json()?;
    same("the status once asked", &asked["status"], &json!("paid"))?;
    is_push(&page.pushed().await?, "payment_success", no)?;
    same("the points", &buyer.points().await?, &100)
}

async fn told_thrice(stack: Stack, method: &'static str) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let sandbox = Sandbox::of(&stack)?;
    let order = buyer.order("points", 1, method).await?;
    let no = text(&order, "order_no")?;
    sandbox.arm(no, "three_callbacks").await?;
    sandbox.pay(no).await?;
    until(&buyer, no, "fulfilment", "granted").await?;
    sandbox.act(no, "resend").await?;
    same("the points", &buyer.points().await?, &100)
}

async fn paid_twice(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let (sandbox, emulator) = (Sandbox::of(&stack)?, Emulator::of(&stack)?);
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    sandbox.pay(no).await?;
    until(&buyer, no, "fulfilment", "granted").await?;
    sandbox.act(no, "pay_again").await?;
    // A callback calls no provider: the money goes back with the next sweep.
    let mut back = 0;
    for _ in 0..10 {
        emulator.sweep().await?;
        back = paid_and_back(&sandbox.books(no).await?).1;
        if back > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    same("what went back", &Some(back), &order["amount_minor"].as_u64())?;
    same("the status", &buyer.status(no).await?["status"], &json!("paid"))?;
    same("the points", &buyer.points().await?, &100)
}

async fn wrong_amount(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let admin = Caller::admin(&stack).await?;
    let order = buyer.order("points", 1, "alipay").await?;
    let no = text(&order, "order_no")?;
    Sandbox::of(&stack)?.act(no, "pay_wrong_amount").await?;
    let mut status = json!(null);
    for _ in 0..100 {
        status = buyer.status(no).await?;
        if status["on_hold"] == true {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    same("the hold", &status["on_hold"], &json!(true))?;
    same("the points", &buyer.points().await?, &0)?;
    let decision =
        json!({"order_no": no, "hold": "odd_payment", "decision": "accept", "reason": "the rest was paid in cash"});
    admin.post("/resolve-hold", &decision).await?.expect(200)?;
    until(&buyer, no, "fulfilment", "granted").await?;
    same("the points", &buyer.points().await?, &100)
}

async fn repeated_task(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let (sandbox, emulator) = (Sandbox::of(&stack)?, Emulator::of(&stack)?);
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    let task = |word: &str| json!({"v": 1, "task": word, "order_no": no}).to_string();
    // Nothing is paid yet: whoever forges a task gets nothing.
    emulator.send_task(&task("grant")).await?;
    sandbox.pay(no).await?;
    until(&buyer, no, "fulfilment", "granted").await?;
    for word in ["grant", "grant", "revoke"] {
        emulator.send_task(&task(word)).await?;
    }
    for _ in 0..100 {
        if emulator.waiting("queue_url").await? == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    same("the points", &buyer.points().await?, &100)?;
    same("the goods", &buyer.status(no).await?["fulfilment"], &json!("granted"))
}

async fn forged_notice(stack: Stack) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let order = buyer.order("points", 1, "alipay").await?;
    let no = text(&order, "order_no")?;
    let forms = [
        (
            "/alipay/callback",
            "application/x-www-form-urlencoded",
            format!("out_trade_no={no}&trade_status=TRADE_SUCCESS&sign=AAAA&sign_type=RSA2"),
        ),
        ("/wechat/callback", "application/json", json!({"id": "1", "event_type": "TRANSACTION.SUCCESS"}).to_string()),
        (
            "/stripe/webhook",
            "application/json",
            json!({"id": "evt_1", "type": "checkout.session.completed"}).to_string(),
        ),
    ];
    for (path, kind, body) in forms {
        let answer = send("POST", &stack.api(path)?, &[("content-type", kind)], body.as_bytes()).await?;
        let taken = answer.body == "success" || (answer.status < 300 && !answer.body.contains("fail"));
        ensure(!taken, || format!("{path} took a forged notice: {} {}", answer.status, answer.body))?;
    }
    same("the status", &buyer.status(no).await?["status"], &json!("pending"))
}
