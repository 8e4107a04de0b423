//! The sample batch, and batches with failures.

use serde_json::{Value, json};
use till_app::resolve::resolve;
use till_domain::id::OrderNo;
use till_domain::order::{Decision, Fulfilment, HoldWord, Resolution};
use till_domain::provider::Method;
use till_domain::text::Reason;
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
    let function = FulfilOrder::read(&shop.environment()).unwrap();
    let answer = wait(function.handle(&shop.ports(), batch, within(whole, shop.now())));
    let mut failed: Vec<String> = answer.batch_item_failures.into_iter().map(|failed| failed.item_identifier).collect();
    failed.sort_unstable();
    failed
}

fn paid(shop: &Shop) -> OrderNo {
    paid_by(shop, "u1")
}

fn paid_by(shop: &Shop, user: &str) -> OrderNo {
    let no = shop.order(user, "points", "1", Method::WechatNative);
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
fn store_that_answers_again_soon_costs_no_second_delivery() {
    for (kind, fault) in [
        (CallKind::LoadOrder, Fault::Before),
        (CallKind::LoadWallet, Fault::Before),
        (CallKind::Commit, Fault::Before),
        (CallKind::Commit, Fault::After),
    ] {
        let shop = Shop::new();
        let (first, second) = (paid(&shop), paid(&shop));
        for nth in 1..MOST_TRIES {
            shop.memory.faults(|faults| faults.plan(kind, nth, fault));
        }
        assert_eq!(failed(&shop, grants(&[first, second]), TIME_BUDGET), Vec::<String>::new(), "{kind:?} {fault:?}");
        assert_eq!(points(&shop), 200, "{kind:?} {fault:?}");
    }
}

#[test]
fn task_whose_store_stays_silent_fails_alone_and_its_repetition_succeeds() {
    let shop = Shop::new();
    let (first, second) = (paid(&shop), paid(&shop));
    for nth in 1..=MOST_TRIES {
        shop.memory.faults(|faults| faults.plan(CallKind::Commit, nth, Fault::Before));
    }
    assert_eq!(failed(&shop, grants(&[first, second]), TIME_BUDGET), ["1"]);
    assert_eq!(shop.seen(CallKind::Commit), MOST_TRIES + 1, "the second is committed at once");
    assert_eq!(failed(&shop, grants(&[first]), TIME_BUDGET), Vec::<String>::new());
    assert_eq!(points(&shop), 200);
}

/// Messages of one user, which would only meet in the wallet, follow each other: no transaction is tried twice.
#[test]
fn batch_of_one_user_meets_no_conflict_and_reads_each_order_once() {
    let shop = Shop::new();
    let orders: Vec<OrderNo> = (0..10).map(|_| paid(&shop)).collect();
    let seen = || [CallKind::Commit, CallKind::LoadWallet, CallKind::LoadOrder].map(|kind| shop.seen(kind));
    let before = seen();
    assert_eq!(failed(&shop, grants(&orders), TIME_BUDGET), Vec::<String>::new());
    assert_eq!((points(&shop), seen()), (1_000, before.map(|count| count + 10)));
}

/// A worker that dies at one user's task has finished those of the others by then.
#[test]
fn task_that_hangs_does_not_hold_those_of_other_users() {
    let shop = Shop::new();
    let orders: Vec<OrderNo> = ["u1", "u2", "u3"].map(|user| paid_by(&shop, user)).to_vec();
    shop.fail(CallKind::LoadWallet, Fault::DieBefore);
    assert_eq!(failed(&shop, grants(&orders), Duration::from_millis(50)), ["1"]);
    let states: Vec<Fulfilment> = orders.iter().map(|no| fulfilment(&shop, *no)).collect();
    assert_eq!(states, [Fulfilment::Queued, Fulfilment::Granted, Fulfilment::Granted]);
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

/// The alarms that a payment raises in a shop with these limits. Its task comes twice.
fn large_payments(settings: &[(&str, &str)]) -> (Money, Vec<Alarm>) {
    let mut shop = Shop::new();
    for (name, value) in settings {
        shop = shop.set(name, value);
    }
    let no = paid(&shop);
    for _ in 0..2 {
        assert!(failed(&shop, grants(&[no]), TIME_BUDGET).is_empty());
    }
    assert_eq!(fulfilment(&shop, no), Fulfilment::Granted);
    (shop.stored(no).sold.price, shop.memory.tables(|tables| tables.other_alarms.clone()))
}

#[test]
fn payment_above_the_limit_of_its_currency_is_told_once_and_granted() {
    let (price, told) = large_payments(&[]);
    assert!(told.is_empty(), "1000 yuan are the default");
    assert!(large_payments(&[("ALARM_PAYMENT_ABOVE_USD", "0.01")]).1.is_empty(), "another currency");
    let exactly = price.to_string();
    assert!(large_payments(&[("ALARM_PAYMENT_ABOVE_CNY", &exactly)]).1.is_empty(), "not above {exactly}");
    let (_, told) = large_payments(&[("ALARM_PAYMENT_ABOVE_CNY", "0.01")]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].word, told[0].amount), (AlarmWord::LargePayment, Some(price)));
    assert_eq!(told[0].measured, Some(Measured::new(format_args!("{price:?}"), "0.01 CNY")));
}

#[test]
fn goods_do_not_wait_for_an_alarm_that_is_not_accepted() {
    let shop = Shop::new().set("ALARM_PAYMENT_ABOVE_CNY", "0.01");
    let no = paid(&shop);
    shop.fail(CallKind::Raise, Fault::Before);
    assert!(failed(&shop, grants(&[no]), TIME_BUDGET).is_empty());
    assert_eq!(fulfilment(&shop, no), Fulfilment::Granted);
}

/// The alarms of one process that grants these orders so many seconds after the payment of each.
fn late_grants(shop: &Shop, waits: &[u32]) -> Vec<Alarm> {
    let function = FulfilOrder::read(&shop.environment()).unwrap();
    for wait_for in waits {
        let no = paid(shop);
        shop.pass(*wait_for);
        let answer = wait(function.handle(&shop.ports(), grants(&[no]), within(TIME_BUDGET, shop.now())));
        assert!(answer.batch_item_failures.is_empty());
        assert_eq!(fulfilment(shop, no), Fulfilment::Granted);
    }
    shop.memory.tables(|tables| tables.other_alarms.clone())
}

#[test]
fn goods_that_are_late_are_told_and_granted() {
    assert!(late_grants(&Shop::new(), &[0, 120]).is_empty(), "two minutes are not late");
    let told = late_grants(&Shop::new(), &[121, 180]);
    assert_eq!(told.len(), 1, "one for all orders that are late now: {told:?}");
    assert_eq!((told[0].word, told[0].subject.as_str()), (AlarmWord::SlowGrant, "fulfilment"));
    assert!(told[0].order_no.is_some());
    assert_eq!(told[0].measured, Some(Measured::new("121 s", "120 s")));
    assert_eq!(late_grants(&Shop::new(), &[121, 600]).len(), 2, "ten minutes later it is told again");
}

#[test]
fn late_goods_are_told_by_the_next_order_where_the_alarm_is_not_accepted() {
    let shop = Shop::new();
    shop.fail(CallKind::Raise, Fault::Before);
    assert_eq!(late_grants(&shop, &[121, 121]).len(), 1);
}

#[test]
fn goods_that_waited_for_a_decision_are_not_late() {
    let shop = Shop::new();
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    let price = shop.stored(no).sold.price;
    shop.pay_amount(no, Money::new(price.minor() + 1, price.currency()).unwrap());
    shop.pass(86_400);
    let resolution = Resolution {
        word: HoldWord::OddPayment,
        trade_no: None,
        decision: Decision::Accept,
        amount: None,
        by: till_shop::shop::user("ann"),
        reason: Reason::parse("it is right").unwrap(),
    };
    let deadline = shop.now().plus(Seconds(20));
    shop.run(async |ports| resolve(ports, no, &resolution, deadline).await.map(drop)).unwrap();
    shop.pass(120);
    assert!(failed(&shop, grants(&[no]), TIME_BUDGET).is_empty());
    assert_eq!(fulfilment(&shop, no), Fulfilment::Granted);
    assert!(shop.memory.tables(|tables| tables.other_alarms.is_empty()));
}
