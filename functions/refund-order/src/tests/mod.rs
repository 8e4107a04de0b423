//! Sample events, played against a shop in memory.

mod complete;
mod holds;
mod limits;
mod orphans;
mod refunds;
mod remedies;

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::provider::Method;
use till_shop::refusals::refuses_bad_requests;
use till_shop::shop::{FIRST, first};
use till_shop::{Answered, Event, Shop, table};

use super::*;

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = RefundOrder::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn ordered() -> Shop {
    Shop::with_order(Method::WechatNative)
}

/// The order is paid and its goods are granted.
fn paid() -> Shop {
    let shop = ordered();
    shop.pay(first());
    shop.grant(first());
    shop
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("refund-order", ROUTES, TIME_BUDGET);
    let tests = [
        include_str!("mod.rs"),
        include_str!("complete.rs"),
        include_str!("holds.rs"),
        include_str!("orphans.rs"),
        include_str!("refunds.rs"),
        include_str!("remedies.rs"),
    ];
    table::all_played("refund-order", &tests);
}

#[test]
fn only_admins_may_decide() {
    let shop = paid();
    play(&shop, &Event::read("refund-order.by-a-user"))
        .is(403, r#"{"code":403,"error":"forbidden","msg":"没有权限","request_id":"JKJaXmPLvHcESHA=","data":null}"#);
    let remedies = [
        "refund-order.complete-stated",
        "refund-order.refund-remedy",
        "refund-order.resolve-remedy",
        "refund-order.regrant",
        "refund-order.settle-orphan",
        "refund-order.close-orphan",
    ];
    for name in ["refund-order.all", "refund-order.hold-accept"].into_iter().chain(remedies) {
        let forbidden = ["TOKEN_OF_A_USER", "TOKEN_OF_A_SERVICE"];
        refuses_bad_requests(&Event::read(name), &forbidden, |event| play(&shop, event));
    }
    assert_eq!(shop.stored(first()).refunds.len(), 0);
}
