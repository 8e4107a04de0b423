//! Sample events, played against a shop in memory.

use till_app::ports::Unanswered;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{Says, Status, Why};
use till_domain::provider::Method;
use till_memory::{CallKind, Fault};
use till_shop::refusals::refuses_bad_requests;
use till_shop::shop::first;
use till_shop::{Answered, Event, Shop, table};

use super::*;

const CHINESE: &str = r#"{"code":200,"msg":"订单已取消","data":null}"#;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = CancelOrder::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn ordered() -> Shop {
    Shop::with_order(Method::WechatNative)
}

fn event() -> Event {
    Event::read("cancel-order.pending")
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("cancel-order", ROUTES, TIME_BUDGET);
    table::all_played("cancel-order", &[include_str!("mod.rs")]);
}

#[test]
fn pending_order_is_cancelled_and_again_with_the_same_answer() {
    let shop = ordered();
    play(&shop, &event()).is(200, CHINESE);
    let order = shop.stored(first());
    assert_eq!((order.status(), order.cancelled.map(|cancelled| cancelled.why)), (Status::Cancelled, Some(Why::User)));
    play(&shop, &event()).is(200, CHINESE);
}

#[test]
fn cancellations_of_a_user_are_limited_and_of_an_admin_are_not() {
    let shop = ordered().set("ACTIONS_PER_MINUTE", "2");
    shop.script.lines(|lines| lines.close = Some(Err(Unanswered)));
    for _ in 0..2 {
        play(&shop, &event()).is_problem(502, "provider_error");
    }
    play(&shop, &event()).is_problem(429, "too_many_requests");
    assert_eq!(shop.seen(CallKind::Close), 2);
    for _ in 0..3 {
        play(&shop, &Event::read("cancel-order.admin")).is_problem(502, "provider_error");
    }
    shop.pass(60);
    play(&shop, &event()).is_problem(502, "provider_error");
}

#[test]
fn answer_is_in_the_callers_language() {
    let event = Event::read("cancel-order.english");
    play(&ordered(), &event).is(200, r#"{"code":200,"msg":"The order is cancelled","data":null}"#);
}

#[test]
fn admin_cancels_the_order_of_a_user() {
    let shop = ordered();
    play(&shop, &Event::read("cancel-order.admin")).is(200, CHINESE);
    assert_eq!(shop.stored(first()).cancelled.map(|cancelled| cancelled.why), Some(Why::Admin));
}

#[test]
fn order_of_another_user_is_not_found() {
    let shop = ordered();
    let other = event().token("TOKEN_OF_ANOTHER_USER");
    let theirs = play(&shop, &other);
    theirs.is(
        404,
        r#"{"code":404,"error":"order_not_found","msg":"订单不存在","request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    assert_eq!(theirs.body(), play(&Shop::new(), &other).body());
    assert_eq!(shop.stored(first()).status(), Status::Pending);
}

#[test]
fn paid_order_is_not_cancelled() {
    let shop = ordered();
    shop.pay(first());
    play(&shop, &event()).is_problem(409, "already_paid");
}

/// The provider says so when its trade is to be closed.
#[test]
fn order_that_was_paid_meanwhile_is_not_cancelled() {
    let shop = ordered();
    let paid = shop.paid("T1", shop.stored(first()).sold.price);
    shop.script.lines(|lines| lines.close = Some(Ok(vec![paid])));
    play(&shop, &event()).is_problem(409, "already_paid");
    assert_eq!(shop.stored(first()).status(), Status::Paid);
}

#[test]
fn order_whose_payment_is_processing_is_not_cancelled() {
    let shop = ordered();
    shop.hears(first(), Says::Processing);
    assert_eq!(play(&shop, &event()).is_problem(409, "payment_processing").header("retry-after"), None);
}

#[test]
fn order_whose_payment_is_in_review_is_not_cancelled() {
    let shop = ordered();
    shop.pay_amount(first(), Money::new(9_899, Currency::CNY).unwrap());
    for event in [event(), Event::read("cancel-order.admin")] {
        play(&shop, &event).is_problem(409, "payment_in_review");
    }
    assert_eq!((shop.stored(first()).status(), shop.seen(CallKind::Close)), (Status::Pending, 0));
}

#[test]
fn silent_provider_leaves_the_order_pending() {
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
fn invalid_request_is_refused() {
    let shop = ordered();
    for body in ["{}", r#"{"order_no":null}"#, r#"{"order_no":""}"#, r#"{"order_no":"ORD20251301120000P78EZM44"}"#] {
        play(&shop, &event().body(body)).is_bad_field("order_no");
    }
    refuses_bad_requests(&event(), &["TOKEN_OF_A_SERVICE"], |event| play(&shop, event));
    shop.fail(CallKind::LoadOrder, Fault::Before);
    play(&shop, &event()).is_problem(503, "unavailable");
    assert_eq!(shop.stored(first()).status(), Status::Pending);
}

#[test]
fn remedy_cancels_once_under_its_key_and_records_the_reason() {
    let shop = ordered();
    let remedy = Event::read("cancel-order.remedy");
    refuses_bad_requests(&remedy, &["TOKEN_OF_A_USER", "TOKEN_OF_A_SERVICE"], |event| play(&shop, event));
    play(&shop, &remedy.clone().without("idempotency-key")).is_problem(400, "idempotency_key_required");
    play(&shop, &remedy.clone().field("reason", "")).is_bad_field("reason");
    for _ in 0..2 {
        play(&shop, &remedy).is(200, CHINESE);
    }
    let order = shop.stored(first());
    assert_eq!((order.cancelled.map(|cancelled| cancelled.why), order.remedies.len()), (Some(Why::Admin), 1));
    let reason = remedy.clone().field("reason", r#""another text""#);
    play(&shop, &reason).is_problem(409, "idempotency_conflict");
    let notes: Vec<String> = shop.memory.tables(|tables| {
        let notes = tables.records.iter().filter_map(|record| record.remedy.as_ref());
        notes.map(|note| note.reason.to_string()).collect()
    });
    assert!(!notes.is_empty() && notes.iter().all(|reason| reason == "ordered by mistake"), "{notes:?}");
    let paid = ordered();
    paid.pay(first());
    play(&paid, &remedy).is_problem(409, "already_paid");
    play(&Shop::new(), &remedy).is_problem(404, "order_not_found");
}
