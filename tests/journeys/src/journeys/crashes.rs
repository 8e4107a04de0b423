//! Functions that die, answers that get lost: at the worst moments, on the real stack. Each journey makes sure that its fault
//! struck, and ends where the straight way ends.

use serde_json::json;
use till_journeys::emulator::Emulator;
use till_journeys::faults::Faults;
use till_journeys::sandbox::{Sandbox, paid_and_back};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::Journey;
use super::steps::{somebody, sweep_until, text, until};

/// Of which function, at which of its calls, what happens; and whether only the sweep can bring it to its end.
struct Crash {
    name: &'static str,
    method: &'static str,
    operation: &'static str,
    function: &'static str,
    fault: &'static str,
}

const CRASHES: [Crash; 7] = [
    crash("the_answer_to_settling_is_lost", "alipay", "UpdateItem", "alipay-callback", "drop_after"),
    crash("a_callback_dies_before_it_wrote", "stripe", "UpdateItem", "stripe-webhook", "kill_before"),
    crash("a_callback_dies_when_it_has_written", "wechat", "UpdateItem", "wechat-callback", "kill_after"),
    crash("a_callback_cannot_reach_the_queue", "alipay", "SendMessage", "alipay-callback", "kill_before"),
    crash("delivery_dies_before_it_wrote", "wechat", "TransactWriteItems", "fulfil-order", "kill_before"),
    crash("delivery_dies_when_it_has_written", "stripe", "TransactWriteItems", "fulfil-order", "kill_after"),
    crash("the_answer_to_delivery_is_lost", "wechat", "TransactWriteItems", "fulfil-order", "drop_after"),
];

const fn crash(
    name: &'static str,
    method: &'static str,
    operation: &'static str,
    function: &'static str,
    fault: &'static str,
) -> Crash {
    Crash { name, method, operation, function, fault }
}

pub fn all() -> Vec<Journey> {
    let mut all: Vec<Journey> = CRASHES
        .iter()
        .map(|crash| Journey::new(format!("crashes::{}", crash.name), move |stack| paid_all_the_same(stack, crash)))
        .collect();
    all.push(Journey::new("crashes::the_answer_to_a_refund_is_lost", refund_answer_lost));
    all
}

fn faults(stack: &Stack) -> Outcome<Faults> {
    Faults::of(stack).ok_or_else(|| "this journey needs `cargo xtask up --faults`".to_owned())
}

async fn paid_all_the_same(stack: Stack, crash: &Crash) -> Outcome {
    let faults = faults(&stack)?;
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let (sandbox, emulator) = (Sandbox::of(&stack)?, Emulator::of(&stack)?);
    let order = buyer.order("points", 1, crash.method).await?;
    let no = text(&order, "order_no")?;
    let asked = faults.ask(crash.operation, crash.function, no, crash.fault).await?;
    sandbox.pay(no).await?;
    for _ in 0..100 {
        if sandbox.books(no).await?["notices"][0]["tries"][0].is_object() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    // Whoever would deliver it by now has done so, or is dead.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    if buyer.status(no).await?["fulfilment"] != "granted" {
        emulator.age(no, 10 * 60).await?;
        sweep_until(&emulator, &buyer, no, "fulfilment", "granted").await?;
    }
    faults.struck(asked).await?;
    same("the points", &buyer.points().await?, &100)?;
    same("the status", &buyer.status(no).await?["status"], &json!("paid"))
}

async fn refund_answer_lost(stack: Stack) -> Outcome {
    let faults = faults(&stack)?;
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let admin = Caller::admin(&stack).await?;
    let (sandbox, emulator) = (Sandbox::of(&stack)?, Emulator::of(&stack)?);
    let order = buyer.order("points", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    sandbox.pay(no).await?;
    until(&buyer, no, "fulfilment", "granted").await?;
    let asked = faults.ask("POST /v3/refund", "refund-order", no, "drop_after").await?;
    let key = somebody("refund");
    admin.refund(no, &key).await?;
    let again = admin.refund(no, &key).await?;
    ensure(again["refund_no"] == format!("{no}R1"), || format!("the same key, another refund: {again}"))?;
    emulator.age(no, 10 * 60).await?;
    sweep_until(&emulator, &buyer, no, "fulfilment", "revoked").await?;
    faults.struck(asked).await?;
    let (paid, back) = paid_and_back(&sandbox.books(no).await?);
    same("what went back", &back, &paid)?;
    same("the points", &buyer.points().await?, &0)
}
