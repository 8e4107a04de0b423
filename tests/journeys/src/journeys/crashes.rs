//! Functions that die and answers that get lost, at the worst moments and on the real stack. Each journey checks that its fault
//! happened, and ends as it would without one.

use std::time::Duration;

use till_journeys::faults::Faults;
use till_journeys::sandbox::paid_and_back;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{LEFT_OUT, Outcome, ensure, same};

use super::steps::{Scene, unique};
use super::{Journey, journeys};

/// The journey's name, the payment method, and the fault: at which operation of which function, and what happens there.
type Crash = [&'static str; 5];

const CRASHES: [Crash; 7] = [
    ["the_answer_to_settling_is_lost", "alipay", "UpdateItem", "alipay-callback", "drop_after"],
    ["a_callback_dies_before_its_write", "stripe", "UpdateItem", "stripe-webhook", "kill_before"],
    ["a_callback_dies_after_its_write", "wechat", "UpdateItem", "wechat-callback", "kill_after"],
    ["a_callback_cannot_reach_the_queue", "alipay", "SendMessage", "alipay-callback", "kill_before"],
    ["delivery_dies_before_its_write", "wechat", "TransactWriteItems", "fulfil-order", "kill_before"],
    ["delivery_dies_after_its_write", "stripe", "TransactWriteItems", "fulfil-order", "kill_after"],
    ["the_answer_to_delivery_is_lost", "wechat", "TransactWriteItems", "fulfil-order", "drop_after"],
];

pub fn all() -> Vec<Journey> {
    let crashes = CRASHES.into_iter();
    let crashes =
        crashes.map(|crash| Journey::new(format!("crashes::{}", crash[0]), move |stack| granted(stack, crash)));
    crashes.chain(journeys!("crashes": the_answer_to_a_refund_is_lost)).collect()
}

fn faults(stack: &Stack) -> Outcome<Faults> {
    Faults::of(stack).ok_or_else(|| {
        if stack.is_deployed() {
            format!("{LEFT_OUT}it needs the fault proxy, which only a stack on this machine has")
        } else {
            "this journey needs `cargo xtask up --faults`".to_owned()
        }
    })
}

async fn granted(stack: Stack, [_, method, operation, function, fault]: Crash) -> Outcome {
    let scene = Scene::new(stack).await?;
    let faults = faults(&scene.stack)?;
    let (no, _) = scene.order(method).await?;
    let planned = faults.plan(operation, function, &no, fault).await?;
    scene.sandbox.pay(&no).await?;
    for _ in 0..100 {
        if scene.sandbox.books(&no).await?["notices"][0]["tries"][0].is_object() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    // By then a function that could still grant it has done so, or is dead.
    tokio::time::sleep(Duration::from_millis(300)).await;
    if scene.buyer.status(&no).await?["fulfilment"] != "granted" {
        scene.emulator.age(&no, 10 * 60).await?;
        scene.sweep_until(&no, "fulfilment", "granted").await?;
    }
    faults.happened(planned).await?;
    scene.has_points(100).await?;
    scene.has_status(&no, "status", "paid").await
}

async fn the_answer_to_a_refund_is_lost(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (faults, admin) = (faults(&scene.stack)?, Caller::admin(&scene.stack).await?);
    let no = scene.granted("wechat").await?;
    let planned = faults.plan("POST /v3/refund", "refund-order", &no, "drop_after").await?;
    let key = unique("refund");
    admin.refund(&no, &key).await?;
    let again = admin.refund(&no, &key).await?;
    ensure(again["refund_no"] == format!("{no}R1"), || format!("the same key made another refund: {again}"))?;
    scene.emulator.age(&no, 10 * 60).await?;
    scene.sweep_until(&no, "fulfilment", "revoked").await?;
    faults.happened(planned).await?;
    let (paid, back) = paid_and_back(&scene.sandbox.books(&no).await?);
    same("the amount refunded", &back, &paid)?;
    scene.has_points(0).await
}
