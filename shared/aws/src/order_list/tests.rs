//! Lists of orders, on a table.

use std::sync::Arc;

use till_app::ports::{SaveOrder as _, Saved};
use till_domain::order::{Facts, Order, Sold};
use till_domain::time::Seconds;

use super::*;
use crate::order_item::samples::{pending, sold};
use crate::test_aws::TestAws;

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// The n-th order of a user, created n seconds after the start. Every third has nothing left to do and expires.
fn order(test: &TestAws, name: &str, n: u32) -> Order {
    let mut facts = Facts::clone(&pending(n.into(), test.now().plus(Seconds(n))));
    facts.sold = Arc::new(Sold { user: user(name), ..sold() });
    if n.is_multiple_of(3) {
        facts.schedule.clear();
    }
    Order::from_facts(facts)
}

async fn listed(test: &TestAws, name: &str, before: Option<OrderNo>, most: usize) -> Vec<Order> {
    test.aws.list_orders(&user(name), before, most).await.unwrap().orders
}

#[tokio::test]
async fn orders_of_a_user_are_listed_newest_first_in_pages() {
    let test = TestAws::new().await;
    let mut orders: Vec<Order> = (1..=9).map(|n| order(&test, "ann", n)).collect();
    for order in orders.iter().chain([&order(&test, "bob", 20)]) {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
    }
    orders.reverse();
    assert_eq!(listed(&test, "ann", None, 100).await, orders);
    assert_eq!(listed(&test, "ann", None, 4).await, orders[..4]);
    assert_eq!(listed(&test, "ann", Some(orders[3].no), 4).await, orders[4..8]);
    assert_eq!(listed(&test, "ann", Some(orders[8].no), 4).await, []);
    assert_eq!(listed(&test, "ann", None, 0).await, []);
    assert_eq!(listed(&test, "eve", None, 4).await, []);
    assert_eq!(listed(&test, "bob", None, 4).await.len(), 1);
}

#[tokio::test]
async fn expired_orders_leave_no_gap_in_a_page() {
    let test = TestAws::new().await;
    let orders: Vec<Order> = (1..=9).map(|n| order(&test, "ann", n)).collect();
    for order in &orders {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
    }
    test.pass(Seconds::days(100));
    let left: Vec<Order> = orders.iter().rev().filter(|order| order.due_at().is_some()).cloned().collect();
    assert_eq!(left.len(), 6);
    assert_eq!(listed(&test, "ann", None, 5).await, left[..5]);
    assert_eq!(listed(&test, "ann", Some(left[4].no), 5).await, left[5..]);
}

#[tokio::test]
async fn list_longer_than_a_batch_is_complete() {
    let test = TestAws::new().await;
    for n in 1..=120 {
        assert_eq!(test.aws.save_order(&order(&test, "ann", n)).await, Ok(Saved::Yes));
    }
    let all = listed(&test, "ann", None, 200).await;
    assert_eq!(all.len(), 120);
    assert!(all.windows(2).all(|pair| pair[0].no > pair[1].no));
}

#[tokio::test]
async fn unreadable_order_is_named_at_its_place_in_the_list() {
    let test = TestAws::new().await;
    let orders = [1, 2, 4].map(|n| order(&test, "ann", n));
    for order in &orders {
        assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
    }
    let [oldest, broken, newest] = &orders;
    test.set(&keys::order(broken.no), "pl", text("?")).await;
    let page = async |before, most| test.aws.list_orders(&user("ann"), before, most).await.unwrap();
    let of = |orders: &[&Order], unreadable: &[OrderNo]| LoadedOrders {
        orders: orders.iter().copied().cloned().collect(),
        unreadable: unreadable.to_vec(),
    };
    assert_eq!(page(None, 10).await, of(&[newest, oldest], &[broken.no]));
    assert_eq!(page(None, 2).await, of(&[newest], &[broken.no]), "it takes a place of the page");
    assert_eq!(page(Some(broken.no), 2).await, of(&[oldest], &[]));
}
