//! Finding due orders on a table.

use till_app::ports::{LoadOrder as _, SaveOrder as _, Saved};
use till_domain::order::{Duty, Facts, Order, Slot};
use till_domain::time::Seconds;

use super::*;
use crate::keys::{self, ItemKey, due_shard};
use crate::order_item::samples::pending;
use crate::test_aws::TestAws;
use crate::test_aws::{Reply, aws_that_answers};
use till_memory::LogCapture;

/// An order that is due this many seconds after `at`.
fn due_after(n: u64, at: Time, seconds: u32) -> Order {
    let mut facts = Facts::clone(&pending(n, at));
    facts.schedule.truncate(1);
    facts.schedule[0].next = at.plus(Seconds(seconds));
    facts.schedule[0].owed = true;
    Order::from_facts(facts)
}

#[tokio::test]
async fn due_orders_are_found_earliest_first() {
    let test = TestAws::new().await;
    let at = test.now();
    assert_eq!(test.aws.find_due(DuePart::All, at, 10).await, Ok(vec![]));
    // Not in the order of their times, and over all shards.
    let mut orders: Vec<Order> = (0..60).map(|n| due_after(n, at, u32::try_from(n * 37 % 60).unwrap())).collect();
    for order in &orders {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
    }
    let shards: std::collections::BTreeSet<String> =
        orders.iter().map(|order| due_shard(order.no, DueKind::Look)).collect();
    assert!(shards.len() > 12, "{shards:?}");
    orders.sort_by_key(Order::due_at);
    let numbers: Vec<OrderNo> = orders.iter().map(|order| order.no).collect();
    for (after, most, found) in
        [(59, 100, 60), (59, 60, 60), (59, 17, 17), (29, 100, 30), (0, 100, 1), (59, 1, 1), (59, 0, 0)]
    {
        let due = test.aws.find_due(DuePart::All, at.plus(Seconds(after)), most).await.unwrap();
        assert_eq!(due, numbers[..found], "{after} {most}");
    }
}

/// The next version of an order, which owes goods at `at`; its task was lost.
fn owing(of: &Order, at: Time) -> Order {
    let mut facts = Facts::clone(of);
    facts.version += 1;
    facts.schedule = vec![Slot { duty: Duty::Grant, tries: 2, next: at, owed: true }];
    Order::from_facts(facts)
}

async fn shard_of(test: &TestAws, no: OrderNo) -> String {
    let item = test.get(&keys::order(no)).await.unwrap();
    Reader::new(&item).text(DUE_SHARD).unwrap().to_owned()
}

#[tokio::test]
async fn order_that_owes_goods_moves_into_a_shard_of_its_own_and_back() {
    let test = TestAws::new().await;
    let at = test.now();
    let order = due_after(1, at, 0);
    let paid = owing(&order, at);
    let mut facts = Facts::clone(&paid);
    facts.version += 1;
    facts.schedule.clone_from(&order.schedule);
    let looks = Order::from_facts(facts);
    for (version, kind) in [(&order, DueKind::Look), (&paid, DueKind::MoneyOrGoods), (&looks, DueKind::Look)] {
        assert_eq!(test.aws.save_order(version).await, Ok(Saved::Yes));
        assert_eq!(shard_of(&test, order.no).await, due_shard(order.no, kind));
        assert_eq!(test.aws.find_due(DuePart::All, at, 10).await, Ok(vec![order.no]));
    }
}

/// While the release before may come back, which reads the shards `D#` only, nothing is written into others.
#[tokio::test]
async fn without_money_shards_every_order_stays_where_the_release_before_reads() {
    let test = TestAws::with(&[("MONEY_SHARDS", "")]).await;
    let at = test.now();
    let order = due_after(1, at, 0);
    for version in [&order, &owing(&order, at)] {
        assert_eq!(test.aws.save_order(version).await, Ok(Saved::Yes));
        assert_eq!(shard_of(&test, order.no).await, due_shard(order.no, DueKind::Look));
        assert_eq!(test.aws.find_due(DuePart::All, at, 10).await, Ok(vec![order.no]));
    }
}

/// Orders that the release before wrote, or this one before `MONEY_SHARDS` was on or after it was turned off again.
#[tokio::test]
async fn order_in_the_other_kind_of_shard_is_found_and_moves_with_its_next_write() {
    for (setting, stored, moved) in
        [("true", DueKind::Look, DueKind::MoneyOrGoods), ("false", DueKind::MoneyOrGoods, DueKind::Look)]
    {
        let test = TestAws::with(&[("MONEY_SHARDS", setting)]).await;
        let at = test.now();
        let order = due_after(1, at, 0);
        let paid = owing(&order, at);
        assert_eq!(test.aws.save_order(&order).await, Ok(Saved::Yes));
        assert_eq!(test.aws.save_order(&paid).await, Ok(Saved::Yes));
        let key = keys::order(order.no);
        test.set(&key, DUE_SHARD, text(due_shard(order.no, stored))).await;
        assert_eq!(test.aws.find_due(DuePart::All, at, 10).await, Ok(vec![order.no]), "{setting}");
        let loaded = test.aws.load_order(order.no).await.unwrap().unwrap();
        assert_eq!(test.aws.save_order(&owing(&loaded, at)).await, Ok(Saved::Yes));
        assert_eq!(shard_of(&test, order.no).await, due_shard(order.no, moved), "{setting}");
    }
}

#[tokio::test]
async fn order_without_duties_is_not_due() {
    let test = TestAws::new().await;
    let at = test.now();
    let order = due_after(1, at, 0);
    assert_eq!(test.aws.save_order(&order).await, Ok(Saved::Yes));
    let mut facts = Facts::clone(&order);
    facts.version += 1;
    facts.schedule.clear();
    assert_eq!(test.aws.save_order(&Order::from_facts(facts)).await, Ok(Saved::Yes));
    assert_eq!(test.aws.find_due(DuePart::All, at, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn index_entry_without_an_order_does_not_hide_the_others() {
    let test = TestAws::new().await;
    let at = test.now();
    let order = due_after(1, at, 0);
    assert_eq!(test.aws.save_order(&order).await, Ok(Saved::Yes));
    let stranger = ItemKey { pk: "ORDER#?".to_owned(), sk: "ORDER".to_owned() };
    let attributes = [(DUE_SHARD.to_owned(), text(due_shard(order.no, DueKind::Look))), (DUE.to_owned(), instant(at))];
    test.put(&stranger, attributes.into()).await;
    let log = LogCapture::new();
    assert_eq!(test.aws.find_due(DuePart::All, at, 10).await, Ok(vec![order.no]));
    assert_eq!(log.lines().len(), 1);
}

#[tokio::test]
async fn find_due_without_an_answer_is_an_error() {
    assert_eq!(
        aws_that_answers(Reply::BrokenConnection).find_due(DuePart::All, Time::FIRST, 10).await,
        Err(Unavailable)
    );
}
