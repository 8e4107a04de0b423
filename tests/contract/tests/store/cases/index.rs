//! Finding due orders: earliest first, up to a limit; and an index that lags behind the orders.

use till_app::ports::{DUE_SHARDS, DuePart, FindDue as _};
use till_domain::id::OrderNo;
use till_domain::order::{Duty, Facts, Order, Slot};
use till_domain::time::{Seconds, Time};

use crate::fixture::{next, order, order_of, paid, save, start, user};
use crate::tested_store::TestedStore;

async fn due(tested: &impl TestedStore, at: Time, most: usize) -> Vec<OrderNo> {
    tested.store().find_due(DuePart::All, at, most).await.unwrap()
}

/// Sorted by number, since orders of one instant have no order in the index.
async fn due_sorted(tested: &impl TestedStore, at: Time, most: usize) -> Vec<OrderNo> {
    let mut due = due(tested, at, most).await;
    due.sort_unstable();
    due
}

fn sorted<const N: usize>(orders: [&Order; N]) -> Vec<OrderNo> {
    let mut numbers: Vec<OrderNo> = orders.iter().map(|order| order.no).collect();
    numbers.sort_unstable();
    numbers
}

pub async fn due_orders_are_found_earliest_first_up_to_the_limit(tested: &impl TestedStore) {
    let at = |seconds, entropy| order_of(user(), start().plus(Seconds(seconds)), entropy);
    let (second, first, third) = (at(10, 1), at(0, 2), at(20, 3));
    save(tested.store(), &[&third, &first, &second]).await;
    let (soon, late) = (first.due_at().unwrap(), third.due_at().unwrap());
    assert_eq!(due(tested, soon.minus(Seconds(1)), 10).await, []);
    assert_eq!(due(tested, soon, 10).await, [first.no]);
    assert_eq!(due(tested, late, 10).await, [first.no, second.no, third.no]);
    assert_eq!(due(tested, late, 2).await, [first.no, second.no]);
    assert_eq!(due(tested, late, 0).await, []);
}

pub async fn order_without_duties_leaves_the_index(tested: &impl TestedStore) {
    let first = order(1);
    save(tested.store(), &[&first]).await;
    assert_eq!(due(tested, start().plus(Seconds::days(1)), 10).await, [first.no]);
    let mut facts = Facts::clone(&next(&first, start()));
    facts.schedule.clear();
    save(tested.store(), &[&Order::from_facts(facts)]).await;
    assert_eq!(due(tested, start().plus(Seconds::days(1)), 10).await, []);
}

/// Orders that owe money or goods: `owing` was paid, and its task was lost.
fn owing(of: &Order) -> Order {
    let mut facts = Facts::clone(&paid(of));
    facts.schedule = vec![Slot { duty: Duty::Grant, tries: 2, next: start().plus(Seconds::hours(1)), owed: true }];
    Order::from_facts(facts)
}

pub async fn orders_that_owe_money_or_goods_are_found_before_earlier_ones(tested: &impl TestedStore) {
    let (early, late) = (order(1), order(2));
    save(tested.store(), &[&early, &late, &owing(&late)]).await;
    let hour = start().plus(Seconds::hours(1));
    assert!(early.due_at() < owing(&late).due_at());
    assert_eq!(due(tested, hour, 10).await, [late.no, early.no]);
    assert_eq!(due(tested, hour, 1).await, [late.no]);
    assert_eq!(due(tested, hour.minus(Seconds(1)), 10).await, [early.no], "not before its time");
    let alone = async |at, most| tested.store().find_due(DuePart::MoneyOrGoods, at, most).await.unwrap();
    assert_eq!(alone(hour, 10).await, [late.no], "and alone, without those that owe nothing");
    assert_eq!(alone(hour, 0).await, []);
    assert_eq!(alone(hour.minus(Seconds(1)), 10).await, []);
}

pub async fn shards_have_all_due_orders_between_them(tested: &impl TestedStore) {
    let orders: Vec<Order> = (0..40).map(order).collect();
    for order in &orders {
        save(tested.store(), &[order]).await;
    }
    save(tested.store(), &[&owing(&orders[7])]).await;
    let hour = start().plus(Seconds::hours(1));
    let mut all = Vec::new();
    for shard in 0..DUE_SHARDS {
        let of_shard = tested.store().find_due(DuePart::Shard(shard), hour, 100).await.unwrap();
        assert!(of_shard.len() < 20, "{} of 40 orders are in the shard {shard}", of_shard.len());
        assert!(!of_shard.contains(&orders[7].no) || of_shard[0] == orders[7].no, "what it owes comes first");
        all.extend(of_shard);
    }
    all.sort_unstable();
    assert_eq!(all, due_sorted(tested, hour, 100).await);
    assert_eq!(all.len(), 40);
    assert_eq!(tested.store().find_due(DuePart::Shard(DUE_SHARDS), hour, 100).await, Ok(Vec::new()));
}

/// An index may name it too early, but not too late.
pub async fn order_that_moves_on_is_found_at_its_new_time(tested: &impl TestedStore) {
    let first = order(1);
    let polled = next(&first, start().plus(Seconds(90)));
    let later = polled.due_at().unwrap();
    assert!(later > first.due_at().unwrap());
    save(tested.store(), &[&first, &polled, &order(2)]).await;
    assert_eq!(due_sorted(tested, later, 10).await, sorted([&first, &order(2)]));
    assert_eq!(due(tested, later, 1).await.len(), 1);
}

pub async fn due_orders_beyond_a_page_per_shard_are_found(tested: &impl TestedStore) {
    const ORDERS: u32 = 300;
    // One a second, but not in the order of their times.
    let at = |n: u32| start().plus(Seconds(n * 7 % ORDERS));
    let mut orders: Vec<Order> = (0..ORDERS).map(|n| order_of(user(), at(n), u64::from(n))).collect();
    for order in &orders {
        save(tested.store(), &[order]).await;
    }
    orders.sort_by_key(Order::due_at);
    let numbers: Vec<OrderNo> = orders.iter().map(|order| order.no).collect();
    let end = start().plus(Seconds(ORDERS + 600));
    for most in [300, 250, 17, 1] {
        assert_eq!(due(tested, end, most).await, numbers[..most], "{most}");
    }
    assert_eq!(due(tested, end, 1_000).await, numbers);
}

pub async fn lagging_index_names_the_former_orders(tested: &impl TestedStore) {
    tested.let_indexes_lag().await;
    let first = order(1);
    let at = start().plus(Seconds(60));
    save(tested.store(), &[&first]).await;
    assert_eq!(due(tested, at, 10).await, [], "it has not seen the order yet");
    tested.catch_up().await;
    assert_eq!(due(tested, at, 10).await, [first.no]);
    // Polled and moved on, but the index still names it.
    save(tested.store(), &[&next(&first, at)]).await;
    assert_eq!(due(tested, at, 10).await, [first.no]);
    tested.catch_up().await;
    assert_eq!(due(tested, at, 10).await, []);
}
