//! The sample batch, and batches with failures.

use serde_json::{Value, json};
use till_domain::id::OrderNo;
use till_domain::order::Fulfilment;
use till_domain::provider::Method;
use till_domain::wallet::Wallet;
use till_memory::{CallKind, Fault};
use till_shop::plain::{sample, wait, within};
use till_shop::{Shop, table};

use super::*;

/// The sample batch, about these orders.
fn batch(first: OrderNo, second: OrderNo) -> Batch {
    let text = sample("fulfil-order.batch").to_string();
    serde_json::from_str(&text.replace("FIRST", first.as_str()).replace("SECOND", second.as_str())).unwrap()
}

fn message(n: u32, body: &Value) -> Value {
    json!({"messageId": n.to_string(), "body": body.to_string()})
}

fn grants(orders: &[OrderNo]) -> Batch {
    let messages =
        (1..).zip(orders).map(|(n, no)| message(n, &json!({"v": 1, "task": "grant", "order_no": no.as_str()})));
    serde_json::from_value(json!({"Records": messages.collect::<Vec<Value>>()})).unwrap()
}

/// The ids of the messages that are to be delivered again.
fn failed(shop: &Shop, batch: Batch, whole: Duration) -> Vec<String> {
    let answer = wait(handle(&shop.ports(), batch, within(whole, shop.now())));
    answer.batch_item_failures.into_iter().map(|failed| failed.item_identifier).collect()
}

fn paid(shop: &Shop) -> OrderNo {
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    shop.pay(no);
    no
}

fn fulfilment(shop: &Shop, no: OrderNo) -> Fulfilment {
    shop.stored(no).fulfilment()
}

fn points(shop: &Shop) -> i64 {
    let user = till_shop::shop::user("u1");
    shop.memory.tables(|tables| tables.wallets.get(&user).map_or(0, Wallet::points))
}

#[test]
fn only_the_failed_messages_of_a_batch_are_delivered_again() {
    let shop = Shop::new();
    let (first, second) = (paid(&shop), paid(&shop));
    let again = failed(&shop, batch(first, second), TIME_BUDGET);
    let numbers: Vec<&str> = again.iter().map(|id| &id[..8]).collect();
    assert_eq!(numbers, ["00000003", "00000005", "00000006"], "no JSON, another task, another version");
    assert_eq!((fulfilment(&shop, first), fulfilment(&shop, second)), (Fulfilment::Granted, Fulfilment::Granted));
    assert_eq!(points(&shop), 200, "each order once, though one task came twice");
    let pushed = shop.memory.tables(|tables| tables.pushes.len());
    assert_eq!(pushed, 2, "one push for each order");
}

#[test]
fn task_that_is_not_due_is_acknowledged_and_one_about_an_unknown_order_is_not() {
    let shop = Shop::new();
    let pending = shop.order("u1", "points", "1", Method::WechatNative);
    let unknown = OrderNo::mint(shop.now(), 77);
    assert_eq!(failed(&shop, grants(&[pending, unknown]), TIME_BUDGET), ["2"]);
    assert_eq!((fulfilment(&shop, pending), points(&shop)), (Fulfilment::None, 0));
}

#[test]
fn failed_write_affects_one_message_and_its_repetition_succeeds() {
    for fault in [Fault::Before, Fault::After] {
        let shop = Shop::new();
        let (first, second) = (paid(&shop), paid(&shop));
        shop.fail(CallKind::Commit, fault);
        assert_eq!(failed(&shop, grants(&[first, second]), TIME_BUDGET), ["1"], "{fault:?}");
        assert_eq!(failed(&shop, grants(&[first]), TIME_BUDGET), Vec::<String>::new(), "{fault:?}");
        assert_eq!(points(&shop), 200, "{fault:?}");
    }
}

#[test]
fn tasks_without_time_left_are_delivered_again() {
    let shop = Shop::new();
    let (first, second) = (paid(&shop), paid(&shop));
    shop.fail(CallKind::LoadWallet, Fault::DieBefore);
    assert_eq!(failed(&shop, grants(&[first, second]), Duration::from_millis(50)), ["1", "2"]);
    assert_eq!(failed(&shop, grants(&[first, second]), TIME_BUDGET), Vec::<String>::new());
    assert_eq!(points(&shop), 200);
}

#[test]
fn row_has_the_queue_of_the_code() {
    let row = table::row("fulfil-order");
    assert_eq!((&row["triggers"][0]["kind"], &row["triggers"][0]["queue"]), (&json!("queue"), &json!(QUEUE)));
    assert!(row["timeout_seconds"].as_u64().unwrap() >= TIME_BUDGET.as_secs());
}

#[test]
fn tests_play_every_sample() {
    table::all_played("fulfil-order", &[include_str!("tests.rs")]);
}

/// The fixtures of the crate that writes the messages.
#[test]
fn every_message_that_was_ever_written_is_read() {
    for (written, is_grant) in [
        (include_str!("../../../shared/aws/tests/shapes/task.grant.json"), true),
        (include_str!("../../../shared/aws/tests/shapes/task.revoke.json"), false),
    ] {
        let task = task::read(written.trim()).unwrap();
        assert_eq!(matches!(task, till_app::ports::Task::Grant(_)), is_grant);
    }
}
