//! Events played before a shop in memory.

mod created;
mod refused;
mod repeated;
mod retried;

use till_domain::id::OrderNo;
use till_shop::{Answered, Event, Shop, table};

use super::*;

/// The number of a shop's first order.
const FIRST: &str = "ORD20250101120000P78EZM44";

fn first() -> OrderNo {
    OrderNo::parse(FIRST).unwrap()
}

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = CreateOrder::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

/// The sample with another body.
fn with(body: &str) -> Event {
    Event::read("create-order.wechat").body(body)
}

#[test]
fn the_table_says_what_the_code_does() {
    table::agrees("create-order", ROUTES, TIME_BUDGET.as_secs());
    let tests = [
        include_str!("created.rs"),
        include_str!("refused.rs"),
        include_str!("repeated.rs"),
        include_str!("retried.rs"),
    ];
    table::all_played("create-order", &tests);
}

#[test]
fn settings_that_make_no_sense_are_found_at_start() {
    for (name, value) in [
        ("JWT_ALGORITHM", "none"),
        ("QR_CODE_EXPIRE_MINUTES", "0"),
        ("CREATIONS_PER_MINUTE", "0"),
        ("ORDER_EXPIRE_MINUTES", "soon"),
        ("MAX_AMOUNT_CNY", "-1"),
        ("RETURN_ORIGINS", "shop.example"),
    ] {
        let told = CreateOrder::read(&Shop::new().set(name, value).environment()).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}
