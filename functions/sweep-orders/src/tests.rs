//! Its sample event, and sweeps over many orders.

use serde::de::IgnoredAny;
use serde_json::json;
use till_app::ports::Unanswered;
use till_domain::order::Status;
use till_domain::provider::Method;
use till_memory::{CallKind, Fault};
use till_shop::Shop;
use till_shop::plain::{row, sample, wait, within};

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
fn the_samples_schedule_sweeps_what_is_due() {
    let shop = Shop::new();
    assert_eq!(play(&shop, &Patience::default()), Answer::default(), "nothing is there");
    orders(&shop, 3);
    assert_eq!(play(&shop, &Patience::default()).found, 0, "nothing is due yet");
    shop.pass(6 * 60);
    let swept = play(&shop, &Patience::default());
    assert_eq!(swept, Answer { found: 3, claimed: 3, left: 0, failed: false });
    assert_eq!(serde_json::to_value(swept).unwrap(), json!({"found": 3, "claimed": 3, "left": 0, "failed": false}));
    assert_eq!(shop.script.lines(|lines| lines.calls.len()), 6, "three were opened, and each is asked about");
}

#[test]
fn a_sweep_goes_on_page_by_page() {
    let shop = Shop::new();
    orders(&shop, MOST_ORDERS + 5);
    shop.pass(6 * 60);
    let swept = play(&shop, &Patience::default());
    assert_eq!((swept.claimed, swept.failed), (MOST_ORDERS + 5, false));
    let looks = shop.memory.faults(|faults| faults.seen(CallKind::FindDue));
    assert_eq!(looks, 2);
}

#[test]
fn what_is_over_is_closed_in_the_end() {
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
fn a_provider_that_does_not_answer_is_left_alone_from_sweep_to_sweep() {
    let shop = Shop::new();
    orders(&shop, 40);
    shop.script.lines(|lines| lines.query = Some(Err(Unanswered)));
    shop.pass(6 * 60);
    let patience = Patience::default();
    let first = play(&shop, &patience);
    assert!(first.left > 0 && first.claimed >= 3, "{first:?}");
    let second = play(&shop, &patience);
    assert_eq!((second.claimed, second.left), (0, first.left), "{second:?}");
    assert!(play(&shop, &Patience::default()).claimed > 0, "another process has not met its silence yet");
}

#[test]
fn without_time_nothing_is_begun() {
    let shop = Shop::new();
    orders(&shop, 1);
    shop.pass(6 * 60);
    let swept = wait(handle(&shop.ports(), &Patience::default(), within(Duration::from_secs(14), shop.now())));
    assert_eq!(swept, Answer::default());
}

#[test]
fn an_index_that_does_not_answer_ends_the_sweep() {
    let shop = Shop::new();
    shop.memory.faults(|faults| faults.plan(CallKind::FindDue, 1, Fault::Before));
    assert_eq!(play(&shop, &Patience::default()), Answer { failed: true, ..Answer::default() });
}

#[test]
fn the_table_of_functions_has_its_schedule() {
    let row = row("sweep-orders");
    assert_eq!((&row["triggers"][0]["kind"], &row["triggers"][0]["rate_minutes"]), (&json!("schedule"), &json!(1)));
    assert!(row["timeout_seconds"].as_u64().unwrap() >= TIME_BUDGET.as_secs());
}

#[test]
fn every_sample_is_played() {
    till_shop::table::all_played("sweep-orders", &[include_str!("tests.rs")]);
}
