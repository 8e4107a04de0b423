//! Events played before a shop in memory.

mod holds;
mod refunds;

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::provider::Method;
use till_shop::{Answered, Event, Shop, table};

use super::*;

/// The number of a shop's first order.
const FIRST: &str = "ORD20250101120000P78EZM44";

fn first() -> OrderNo {
    OrderNo::parse(FIRST).unwrap()
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = RefundOrder::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

/// The first order costs 99.00 and is not paid.
fn ordered() -> Shop {
    let shop = Shop::new();
    assert_eq!(shop.order("u1", "membership", "1", Method::WechatNative), first());
    shop
}

/// It is paid and delivered.
fn paid() -> Shop {
    let shop = ordered();
    shop.pay(first());
    shop.grant(first());
    shop
}

#[test]
fn the_table_says_what_the_code_does() {
    table::agrees("refund-order", ROUTES, TIME_BUDGET.as_secs());
    table::all_played("refund-order", &[include_str!("mod.rs"), include_str!("holds.rs"), include_str!("refunds.rs")]);
}

#[test]
fn the_team_alone_decides() {
    let shop = paid();
    play(&shop, &Event::read("refund-order.by-a-user"))
        .is(403, r#"{"code":403,"error":"forbidden","msg":"没有权限","request_id":"JKJaXmPLvHcESHA=","data":null}"#);
    for name in ["refund-order.all", "refund-order.hold-accept"] {
        for who in ["TOKEN_OF_A_USER", "TOKEN_OF_A_SERVICE"] {
            play(&shop, &Event::read(name).header("authorization", &format!("Bearer {who}")))
                .is_problem(403, "forbidden");
        }
        play(&shop, &Event::read(name).without("authorization")).is_problem(401, "unauthenticated");
        play(&shop, &Event::read(name).method("PUT")).is_problem(405, "method_not_allowed");
        play(&shop, &Event::read(name).header("content-type", "text/plain")).is_problem(415, "unsupported_media_type");
        play(&shop, &Event::read(name).body("nonsense")).is_problem(400, "invalid_json");
        let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(64 * 1024));
        play(&shop, &Event::read(name).body(&long)).is_problem(413, "body_too_large");
    }
    assert_eq!(shop.stored(first()).refunds.len(), 0);
}
