//! Orders that are completed by hand.

use till_app::ports::Unanswered;
use till_domain::order::{Proof, Says, Status};

use super::*;

fn ask() -> Event {
    Event::read("refund-order.complete")
}

fn stated() -> Event {
    Event::read("refund-order.complete-stated")
}

fn limited() -> Shop {
    ordered().set("MANUAL_LIMIT_CNY", "99.00")
}

/// The provider of the order does not answer.
fn silent() -> Shop {
    let shop = limited();
    shop.script.lines(|lines| {
        lines.query = Some(Err(Unanswered));
        lines.close = Some(Err(Unanswered));
    });
    shop
}

#[test]
fn provider_that_confirms_completes_the_order_like_any_report() {
    let shop = ordered();
    let paid = shop.paid("T1", cny(9_900));
    shop.script.lines(|lines| lines.query = Some(Ok(vec![paid])));
    for _ in 0..2 {
        let answer = play(&shop, &stated()).json();
        assert_eq!((&answer["status"], &answer["payments"][0]["trade_no"]), (&"paid".into(), &"T1".into()));
        assert_eq!(answer["payments"][0].get("stated"), None);
    }
    play(&shop, &ask()).is_problem(409, "already_paid");
}

#[test]
fn provider_that_denies_is_believed() {
    let shop = limited();
    for event in [ask(), stated()] {
        play(&shop, &event).is_problem(409, "provider_denies");
    }
    assert_eq!(shop.stored(first()).status(), Status::Pending);
    shop.script.lines(|lines| lines.query = Some(Ok(vec![Says::Processing])));
    play(&shop, &stated()).is_problem(409, "payment_processing");
}

#[test]
fn silent_provider_lets_an_admin_state_the_payment_once() {
    let shop = silent();
    play(&shop, &ask()).is_problem(502, "provider_error");
    for _ in 0..2 {
        let answer = play(&shop, &stated());
        let whole = answer.json();
        assert_eq!((&whole["status"], &whole["fulfilment"]), (&"paid".into(), &"queued".into()));
        for part in [
            r#""holds":[{"hold":"stated_payment","trade_no":"4200002458202501010123456789","decisions":["clear","return"]}]"#,
            r#""stated":{"trade_no":"4200002458202501010123456789","evidence":"the merchant platform lists it under 12:01","#,
            r#""by":"ann","at":"2025-01-01T12:00:00+08:00","proof":"awaited","given_up":false}"#,
        ] {
            assert!(answer.body().contains(part), "{part}: {}", answer.body());
        }
    }
    assert_eq!(shop.stored(first()).stated.len(), 1);
    let other = stated().field("evidence", r#""another text""#);
    play(&shop, &other).is_problem(409, "idempotency_conflict");
    play(&shop, &stated().header("idempotency-key", "another")).is_problem(409, "already_paid");
    // The report of the true payment takes the place of what was stated.
    shop.pay(first());
    let order = shop.stored(first());
    assert_eq!((order.payments.len(), order.stated[0].proof), (1, Proof::Confirmed));
    assert!(order.holds().is_empty());
}

#[test]
fn statement_is_bound_by_the_limit_and_the_price() {
    let shop = silent().set("MANUAL_LIMIT_CNY", "98.99");
    play(&shop, &stated()).is_problem(400, "amount_too_large");
    let shop = silent().set("MANUAL_LIMIT_CNY", "98.99");
    play(&shop, &stated().field("amount", "98.99")).is_bad_field("amount");
    let shop = ordered().set("MANUAL_LIMIT_USD", "99.00");
    shop.script.lines(|lines| lines.query = Some(Err(Unanswered)));
    play(&shop, &stated()).is_problem(409, "statements_off");
    assert!(shop.stored(first()).stated.is_empty());
    let bad = ordered().set("MANUAL_LIMIT_CNY", "much");
    assert!(RefundOrder::read(&bad.environment()).is_err());
}

#[test]
fn statement_needs_all_of_its_fields() {
    let shop = silent();
    for field in ["trade_no", "amount", "evidence", "reason"] {
        play(&shop, &stated().field(field, "")).is_bad_field(field);
    }
    for attempt in ["0", "100", "-1", r#""one""#] {
        play(&shop, &stated().field("attempt", attempt)).is_bad_field("attempt");
    }
    play(&shop, &stated().field("attempt", "2")).is_problem(409, "provider_denies");
    play(&shop, &stated().field("order_no", r#""ORD20250101120000P78EZM44""#)).is_bad_field("order_no");
    assert_eq!(play(&shop, &stated().field("attempt", "")).status(), 200);
}
