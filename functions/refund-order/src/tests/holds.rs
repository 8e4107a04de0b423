//! Orders on hold.

use till_domain::order::Says;
use till_memory::{CallKind, Fault};

use super::*;

fn accept() -> Event {
    Event::read("refund-order.hold-accept")
}

/// 90.00 came for an order of 99.00.
fn odd() -> Shop {
    let shop = ordered();
    shop.pay_amount(first(), cny(9_000));
    shop
}

fn decide(hold: &str, decision: &str) -> Event {
    accept().body(&format!(r#"{{"order_no":"{FIRST}","hold":"{hold}","decision":"{decision}","reason":"r"}}"#))
}

#[test]
fn accepted_odd_payment_is_kept() {
    let shop = odd();
    play(&shop, &accept()).is(
        200,
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"paid","fulfilment":"queued","amount":99.00,
        "amount_minor":9900,"refunded_amount":0.00,"currency":"CNY","payment_method":"wechat_native",
        "payment_time":"2025-01-01T12:00:00+08:00","created_at":"2025-01-01T12:00:00+08:00",
        "expire_at":"2025-01-01T12:30:00+08:00","on_hold":false,
        "product":{"product_type":"membership","product_id":"1","name":"Pro, 30 days"},
        "attempt":{"method":"wechat_native","state":"paid"},"odd_payment":{"amount":90.00,"amount_minor":9000,
        "currency":"CNY","refunded_amount":0.00,"state":"accepted"},"can_retry":false,"can_cancel":false,
        "attempts_left":0,"server_time":"2025-01-01T12:00:00+08:00","user_id":"u1","holds":[],
        "payments":[{"trade_no":"T1","payment_no":"ORD20250101120000P78EZM44","provider":"wechat","account":"main",
        "amount":90.00,"amount_minor":9000,"currency":"CNY","role":"kept","refunded_amount":0.00,
        "paid_at":"2025-01-01T12:00:00+08:00"}],"refunds":[]}"#,
    );
    let cleared = shop.stored(first()).cleared.clone();
    assert_eq!((cleared[0].by.as_str(), cleared[0].reason.as_str()), ("ann", "the buyer paid in two parts"));
    // The hold is decided and gone.
    play(&shop, &accept()).is_problem(404, "no_such_hold");
}

#[test]
fn returned_odd_payment_is_refunded() {
    let shop = odd();
    let answer = play(&shop, &decide("odd_payment", "return")).json();
    assert_eq!(
        (&answer["payments"][0]["role"], &answer["refunds"][0]["amount_minor"]),
        (&"extra".into(), &9000.into())
    );
}

#[test]
fn odd_payment_of_a_paid_order_cannot_be_accepted() {
    let shop = ordered();
    shop.pay(first());
    shop.pay_amount(first(), cny(9_000));
    play(&shop, &decide("odd_payment", "accept")).is_problem(409, "already_paid");
}

/// The provider reported a refund without its amount, so a person looks it up.
#[test]
fn unclear_refund_is_cleared_with_its_amount() {
    let shop = paid();
    shop.hears(first(), Says::BackUnclear { trade_no: TradeNo::parse("T1").unwrap() });
    let unclear = Event::read("refund-order.hold-unclear");
    play(&shop, &decide("refund_unclear", "clear")).is_bad_field("amount");
    for amount in ["-30", "30.001", "true"] {
        play(&shop, &unclear.clone().field("amount", amount)).is_bad_field("amount");
    }
    play(&shop, &unclear.clone().field("amount", "99.01")).is_problem(422, "refund_exceeds_paid");
    let answer = play(&shop, &unclear);
    assert!(answer.body().contains(r#""refunded_amount":30.00"#), "{}", answer.body());
    assert_eq!((answer.status(), &answer.json()["on_hold"]), (200, &false.into()));
}

#[test]
fn decision_that_does_not_fit_the_hold_is_refused() {
    let shop = odd();
    let unfit = play(&shop, &decide("odd_payment", "clear"));
    unfit.is_bad_field("decision");
    assert_eq!(unfit.json()["data"]["rule"], "must be accept or return for this hold");
    play(&shop, &decide("odd_payment", "forget")).is_bad_field("decision");
    play(&shop, &decide("odd", "accept")).is_bad_field("hold");
    play(&shop, &decide("dispute", "clear")).is_problem(404, "no_such_hold");
    shop.pay_amount(first(), cny(8_000));
    play(&shop, &decide("odd_payment", "return")).is_bad_field("trade_no");
    for field in ["hold", "decision", "reason", "order_no"] {
        play(&shop, &accept().field(field, "")).is_bad_field(field);
    }
    assert!(shop.stored(first()).cleared.is_empty());
}

#[test]
fn unknown_order_is_not_found_and_silent_store_unavailable() {
    play(&Shop::new(), &accept()).is_problem(404, "order_not_found");
    let shop = odd();
    shop.fail(CallKind::LoadOrder, Fault::Before);
    play(&shop, &accept()).is_problem(503, "unavailable");
}
