//! The sample event, and sweeps over many orders.

use serde::de::IgnoredAny;
use serde_json::json;
use till_app::ports::Unanswered;
use till_domain::order::Status;
use till_domain::provider::Method;
use till_memory::{CallKind, Fault};
use till_shop::plain::{sample, wait, within};
use till_shop::{Shop, table};

use super::*;

fn play(shop: &Shop, patience: &Patience) -> Answer {
    let _: IgnoredAny = serde_json::from_value(sample("sweep-orders.schedule")).unwrap();
    wait(handle(&shop.ports(), patience, within(TIME_BUDGET, shop.now())))
}

fn orders(shop: &Shop, count: usize) {
    for _ in 0..count {
        shop.order("u1", "points", "1", Method::WechatNative);
    }
}

#[test]
fn sweep_handles_the_orders_that_are_due() {
    let shop = Shop::new();
    assert_eq!(play(&shop, &Patience::default()), Answer::default(), "no orders");
    orders(&shop, 3);
    assert_eq!(play(&shop, &Patience::default()).found, 0, "none is due yet");
    shop.pass(6 * 60);
    let swept = play(&shop, &Patience::default());
    assert_eq!(swept, Answer { found: 3, claimed: 3, left: 0, failed: false });
    assert_eq!(serde_json::to_value(swept).unwrap(), json!({"found": 3, "claimed": 3, "left": 0, "failed": false}));
    assert_eq!(shop.script.lines(|lines| lines.calls.len()), 6, "three were created, and each is queried");
}

#[test]
fn sweep_reads_the_index_page_by_page() {
    let shop = Shop::new();
    orders(&shop, MOST_ORDERS + 5);
    shop.pass(6 * 60);
    let swept = play(&shop, &Patience::default());
    assert_eq!((swept.claimed, swept.failed), (MOST_ORDERS + 5, false));
    let looks = shop.seen(CallKind::FindDue);
    assert_eq!(looks, 2);
}

#[test]
fn expired_order_is_cancelled_in_the_end() {
    let shop = Shop::new();
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    let patience = Patience::default();
    for _ in 0..90 {
        shop.pass(60);
        assert!(!play(&shop, &patience).failed);
    }
    assert_eq!(shop.stored(no).status(), Status::Cancelled);
}

#[test]
fn orders_of_a_silent_provider_wait_from_sweep_to_sweep() {
    let shop = Shop::new();
    orders(&shop, 40);
    shop.script.lines(|lines| lines.query = Some(Err(Unanswered)));
    shop.pass(6 * 60);
    let patience = Patience::default();
    let first = play(&shop, &patience);
    assert!(first.left > 0 && first.claimed >= 3, "{first:?}");
    let second = play(&shop, &patience);
    assert_eq!((second.claimed, second.left), (0, first.left), "{second:?}");
    assert!(play(&shop, &Patience::default()).claimed > 0, "another process does not know of the silence");
}

#[test]
fn sweep_without_enough_time_begins_nothing() {
    let shop = Shop::new();
    orders(&shop, 1);
    shop.pass(6 * 60);
    let swept = wait(handle(&shop.ports(), &Patience::default(), within(Duration::from_secs(14), shop.now())));
    assert_eq!(swept, Answer::default());
}

#[test]
fn silent_index_fails_the_sweep() {
    let shop = Shop::new();
    shop.fail(CallKind::FindDue, Fault::Before);
    assert_eq!(play(&shop, &Patience::default()), Answer { failed: true, ..Answer::default() });
}

#[test]
fn row_has_a_schedule_of_one_minute() {
    let row = table::row("sweep-orders");
    assert_eq!((&row["triggers"][0]["kind"], &row["triggers"][0]["rate_minutes"]), (&json!("schedule"), &json!(1)));
    assert!(row["timeout_seconds"].as_u64().unwrap() >= TIME_BUDGET.as_secs());
}

#[test]
fn tests_play_every_sample() {
    table::all_played("sweep-orders", &[include_str!("tests.rs")]);
}
