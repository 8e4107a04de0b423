//! Events played before a shop in memory.

mod reading;
mod status;
mod tickets;

use till_domain::id::OrderNo;
use till_domain::provider::Method;
use till_shop::{Answered, Event, Shop, table};

use super::*;

/// The number of a shop's first order.
const FIRST: &str = "ORD20250101120000P78EZM44";

fn first() -> OrderNo {
    OrderNo::parse(FIRST).unwrap()
}

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = OrderStatus::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn ordered() -> Shop {
    let shop = Shop::new();
    assert_eq!(shop.order("u1", "membership", "1", Method::WechatNative), first());
    shop
}

#[test]
fn the_table_says_what_the_code_does() {
    table::agrees("order-status", ROUTES, TIME_BUDGET.as_secs());
    table::all_played(
        "order-status",
        &[include_str!("reading.rs"), include_str!("status.rs"), include_str!("tickets.rs")],
    );
}
