//! Lists of orders, on a table.

use std::sync::Arc;

use till_app::ports::{SaveOrder as _, Saved};
use till_domain::order::{Facts, Sold};
use till_domain::time::Seconds;

use super::*;
use crate::order_item::samples::{pending, sold};
use crate::world::World;

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// The n-th order of a user, made n seconds after the start. Every third is over before the others.
fn order(world: &World, name: &str, n: u32) -> Order {
    let mut facts = Facts::clone(&pending(n.into(), world.now().plus(Seconds(n))));
    facts.sold = Arc::new(Sold { user: user(name), ..sold() });
    if n.is_multiple_of(3) {
        facts.schedule.clear();
    }
    Order::from_facts(facts)
}

async fn listed(world: &World, name: &str, before: Option<OrderNo>, most: usize) -> Vec<Order> {
    world.aws.list_orders(&user(name), before, most).await.unwrap()
}

#[tokio::test]
async fn own_orders_come_newest_first_in_pages() {
    let world = World::new().await;
    let mut orders: Vec<Order> = (1..=9).map(|n| order(&world, "ann", n)).collect();
    for order in orders.iter().chain([&order(&world, "bob", 20)]) {
        assert_eq!(world.aws.save_order(order).await, Ok(Saved::Yes));
    }
    orders.reverse();
    assert_eq!(listed(&world, "ann", None, 100).await, orders);
    assert_eq!(listed(&world, "ann", None, 4).await, orders[..4]);
    assert_eq!(listed(&world, "ann", Some(orders[3].no), 4).await, orders[4..8]);
    assert_eq!(listed(&world, "ann", Some(orders[8].no), 4).await, []);
    assert_eq!(listed(&world, "ann", None, 0).await, []);
    assert_eq!(listed(&world, "eve", None, 4).await, []);
    assert_eq!(listed(&world, "bob", None, 4).await.len(), 1);
}

#[tokio::test]
async fn orders_that_are_over_leave_no_gap() {
    let world = World::new().await;
    let orders: Vec<Order> = (1..=9).map(|n| order(&world, "ann", n)).collect();
    for order in &orders {
        assert_eq!(world.aws.save_order(order).await, Ok(Saved::Yes));
    }
    world.pass(Seconds::days(100));
    let left: Vec<Order> = orders.iter().rev().filter(|order| order.due_at().is_some()).cloned().collect();
    assert_eq!(left.len(), 6);
    assert_eq!(listed(&world, "ann", None, 5).await, left[..5]);
    assert_eq!(listed(&world, "ann", Some(left[4].no), 5).await, left[5..]);
}

#[tokio::test]
async fn more_than_a_batch_are_listed_too() {
    let world = World::new().await;
    for n in 1..=120 {
        assert_eq!(world.aws.save_order(&order(&world, "ann", n)).await, Ok(Saved::Yes));
    }
    let all = listed(&world, "ann", None, 200).await;
    assert_eq!(all.len(), 120);
    assert!(all.windows(2).all(|pair| pair[0].no > pair[1].no));
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_not_left_out_in_silence() {
    let world = World::new().await;
    for n in 1..=2 {
        assert_eq!(world.aws.save_order(&order(&world, "ann", n)).await, Ok(Saved::Yes));
    }
    world.set(&keys::order(order(&world, "ann", 1).no), "pl", text("?")).await;
    assert_eq!(world.aws.list_orders(&user("ann"), None, 10).await, Err(Unavailable));
    assert_eq!(listed(&world, "ann", None, 1).await.len(), 1);
}
