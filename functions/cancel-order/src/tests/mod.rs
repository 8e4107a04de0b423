//! Events played before a shop in memory.

use till_app::ports::Unanswered;
use till_domain::order::{Says, Status, Why};
use till_domain::provider::Method;
use till_memory::{CallKind, Fault};
use till_shop::{Answered, Event, Shop, table};

use super::*;

const FIRST: &str = "ORD20250101120000P78EZM44";
const CHINESE: &str = r#"{"code":200,"msg":"订单已取消","data":null}"#;

fn first() -> OrderNo {
    OrderNo::parse(FIRST).unwrap()
}

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = CancelOrder::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn ordered() -> Shop {
    let shop = Shop::new();
    assert_eq!(shop.order("u1", "membership", "1", Method::WechatNative), first());
    shop
}

fn event() -> Event {
    Event::read("cancel-order.pending")
}

#[test]
fn the_table_says_what_the_code_does() {
    table::agrees("cancel-order", ROUTES, TIME_BUDGET.as_secs());
    table::all_played("cancel-order", &[include_str!("mod.rs")]);
}

#[test]
fn what_front_ends_send_already() {
    let shop = ordered();
    play(&shop, &event()).is(200, CHINESE);
    let order = shop.stored(first());
    assert_eq!((order.status(), order.cancelled.map(|cancelled| cancelled.why)), (Status::Cancelled, Some(Why::User)));
    // And again: the same answer.
    play(&shop, &event()).is(200, CHINESE);
}

#[test]
fn in_english() {
    let event = Event::read("cancel-order.english");
    play(&ordered(), &event).is(200, r#"{"code":200,"msg":"The order is cancelled","data":null}"#);
}

#[test]
fn an_admin_cancels_anybodys() {
    let shop = ordered();
    play(&shop, &Event::read("cancel-order.admin")).is(200, CHINESE);
    assert_eq!(shop.stored(first()).cancelled.map(|cancelled| cancelled.why), Some(Why::Admin));
}

#[test]
fn an_order_of_somebody_else_is_not_there() {
    let shop = ordered();
    let other = event().header("authorization", "Bearer TOKEN_OF_ANOTHER_USER");
    let theirs = play(&shop, &other);
    theirs.is(
        404,
        r#"{"code":404,"error":"order_not_found","msg":"订单不存在","request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    assert_eq!(theirs.body(), play(&Shop::new(), &other).body());
    assert_eq!(shop.stored(first()).status(), Status::Pending);
}

#[test]
fn an_order_that_is_paid() {
    let shop = ordered();
    shop.pay(first());
    play(&shop, &event()).is_problem(409, "already_paid");
}

/// Closing its trade brings the news that it was paid.
#[test]
fn an_order_that_was_paid_meanwhile() {
    let shop = ordered();
    let paid = Says::Paid {
        trade_no: till_domain::text::TradeNo::parse("T1").unwrap(),
        amount: shop.stored(first()).sold.price,
        paid_at: shop.now(),
        buyer: None,
    };
    shop.script.lines(|lines| lines.close = Some(Ok(vec![paid])));
    play(&shop, &event()).is_problem(409, "already_paid");
    assert_eq!(shop.stored(first()).status(), Status::Paid);
}

#[test]
fn an_order_that_is_being_paid() {
    let shop = ordered();
    shop.hears(first(), Says::Processing);
    let answer = play(&shop, &event());
    assert_eq!(answer.is_problem(409, "in_progress").header("retry-after"), Some("1"));
}

#[test]
fn a_provider_that_is_silent() {
    let shop = ordered();
    shop.script.lines(|lines| lines.close = Some(Err(Unanswered)));
    play(&shop, &event()).is(
        502,
        r#"{"code":502,"error":"provider_error","msg":"支付渠道未能完成请求 (wechat)","request_id":"JKJaXmPLvHcESHA=",
        "data":{"provider":"wechat","refused":false}}"#,
    );
    assert_eq!(shop.stored(first()).status(), Status::Pending);
}

#[test]
fn requests_that_get_nothing() {
    let shop = ordered();
    for body in ["{}", r#"{"order_no":null}"#, r#"{"order_no":""}"#, r#"{"order_no":"ORD20251301120000P78EZM44"}"#] {
        play(&shop, &event().body(body)).is_bad_field("order_no");
    }
    play(&shop, &event().body("{")).is_problem(400, "invalid_json");
    play(&shop, &event().body(&format!("\"{}\"", "x".repeat(64 * 1024)))).is_problem(413, "body_too_large");
    play(&shop, &event().header("content-type", "text/plain")).is_problem(415, "unsupported_media_type");
    play(&shop, &event().without("authorization")).is_problem(401, "unauthenticated");
    play(&shop, &event().header("authorization", "Bearer TOKEN_OF_A_SERVICE")).is_problem(403, "forbidden");
    play(&shop, &event().method("GET")).is_problem(405, "method_not_allowed");
    shop.memory.faults(|faults| faults.plan(CallKind::LoadOrder, 1, Fault::Before));
    play(&shop, &event()).is_problem(503, "unavailable");
    assert_eq!(shop.stored(first()).status(), Status::Pending);
}
