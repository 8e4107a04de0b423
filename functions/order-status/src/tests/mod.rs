//! Sample events, played against a shop in memory.

mod reading;
mod status;
mod tickets;

use till_domain::provider::Method;
use till_shop::shop::{FIRST, first};
use till_shop::{Answered, Event, Shop, table};

use super::*;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = OrderStatus::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn ordered() -> Shop {
    Shop::with_order(Method::WechatNative)
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("order-status", ROUTES, TIME_BUDGET);
    table::all_played(
        "order-status",
        &[include_str!("reading.rs"), include_str!("status.rs"), include_str!("tickets.rs")],
    );
}
