//! Its sample batch, and batches that go wrong.

use serde_json::{Value, json};
use till_domain::id::OrderNo;
use till_domain::order::Fulfilment;
use till_domain::provider::Method;
use till_domain::wallet::Wallet;
use till_memory::{CallKind, Fault};
use till_shop::Shop;
use till_shop::plain::{row, sample, wait, within};

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

/// What comes again, by the ends of its messages' numbers.
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
fn a_batch_is_done_record_by_record_and_only_what_failed_comes_again() {
    let shop = Shop::new();
    let (first, second) = (paid(&shop), paid(&shop));
    let again = failed(&shop, batch(first, second), TIME_BUDGET);
    let numbers: Vec<&str> = again.iter().map(|id| &id[..8]).collect();
    assert_eq!(numbers, ["00000003", "00000005", "00000006"], "no JSON, another task, another version");
    assert_eq!((fulfilment(&shop, first), fulfilment(&shop, second)), (Fulfilment::Granted, Fulfilment::Granted));
    assert_eq!(points(&shop), 200, "each once, though one came twice");
    let pushed = shop.memory.tables(|tables| tables.pushes.len());
    assert_eq!(pushed, 2, "each page heard of it once");
}

#[test]
fn a_task_that_is_not_due_is_done_and_one_about_no_order_is_not() {
    let shop = Shop::new();
    let pending = shop.order("u1", "points", "1", Method::WechatNative);
    let nobodys = OrderNo::mint(shop.now(), 77);
    assert_eq!(failed(&shop, grants(&[pending, nobodys]), TIME_BUDGET), ["2"]);
    assert_eq!((fulfilment(&shop, pending), points(&shop)), (Fulfilment::None, 0));
}

#[test]
fn a_store_that_fails_once_costs_one_record_and_a_repetition_does_it() {
    for fault in [Fault::Before, Fault::After] {
        let shop = Shop::new();
        let (first, second) = (paid(&shop), paid(&shop));
        shop.memory.faults(|faults| faults.plan(CallKind::Commit, 1, fault));
        assert_eq!(failed(&shop, grants(&[first, second]), TIME_BUDGET), ["1"], "{fault:?}");
        assert_eq!(failed(&shop, grants(&[first]), TIME_BUDGET), Vec::<String>::new(), "{fault:?}");
        assert_eq!(points(&shop), 200, "{fault:?}");
    }
}

#[test]
fn what_has_no_time_left_comes_again() {
    let shop = Shop::new();
    let (first, second) = (paid(&shop), paid(&shop));
    shop.memory.faults(|faults| faults.plan(CallKind::LoadWallet, 1, Fault::DieBefore));
    assert_eq!(failed(&shop, grants(&[first, second]), Duration::from_millis(50)), ["1", "2"]);
    assert_eq!(failed(&shop, grants(&[first, second]), TIME_BUDGET), Vec::<String>::new());
    assert_eq!(points(&shop), 200);
}

#[test]
fn the_table_of_functions_reads_its_queue() {
    let row = row("fulfil-order");
    assert_eq!((&row["triggers"][0]["kind"], &row["triggers"][0]["queue"]), (&json!("queue"), &json!(QUEUE)));
    assert!(row["timeout_seconds"].as_u64().unwrap() >= TIME_BUDGET.as_secs());
}

#[test]
fn every_sample_is_played() {
    till_shop::table::all_played("fulfil-order", &[include_str!("tests.rs")]);
}

/// What the queue's writer writes, which its own tests hold it to.
#[test]
fn what_was_ever_written_is_understood() {
    for (written, is_grant) in [
        (include_str!("../../../shared/aws/tests/shapes/task.grant.json"), true),
        (include_str!("../../../shared/aws/tests/shapes/task.revoke.json"), false),
    ] {
        let task = task::read(written.trim()).unwrap();
        assert_eq!(matches!(task, till_app::ports::Task::Grant(_)), is_grant);
    }
}
