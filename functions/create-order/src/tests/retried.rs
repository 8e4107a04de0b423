//! Another attempt to pay an order.

use till_app::cancel::{Canceller, cancel};
use till_app::ports::{CreateError, Unanswered};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::Says;
use till_domain::provider::Method;
use till_memory::CallKind;
use till_shop::shop::user;

use super::*;

fn ordered(method: Method) -> Shop {
    Shop::with_order(method)
}

fn retry() -> Event {
    Event::read("create-order.retry")
}

#[test]
fn retry_makes_a_new_code_even_if_new_orders_are_suspended() {
    let shop = ordered(Method::WechatNative);
    shop.pass(16 * 60);
    let suspended = shop.set("PAYMENT_ENABLED", "false").set("CREATIONS_PER_MINUTE", "1");
    suspended.suspend(&[]);
    is_without_socket(
        &play(&suspended, &retry()),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":99.00,"amount_minor":9900,"currency":"CNY",
        "payment_method":"wechat_native","qr_code_url":"weixin://wxpay/bizpayurl?pr=xxx",
        "qr_code_expire_at":"2025-01-01T12:30:00+08:00","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
    assert_eq!(suspended.stored(first()).attempts.len(), 2);
}

#[test]
fn retry_can_use_another_method() {
    let shop = ordered(Method::WechatNative);
    is_without_socket(
        &play(&shop, &Event::read("create-order.retry-otherwise")),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":99.00,"amount_minor":9900,"currency":"CNY",
        "payment_method":"alipay_wap","pay_url":"https://pay.example/p1","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}

#[test]
fn invalid_field_is_named() {
    let shop = ordered(Method::WechatNative);
    for (field, value) in [
        ("order_no", ""),
        ("order_no", "1"),
        ("order_no", r#""ORD1""#),
        ("payment_method", r#""cash""#),
        ("return_url", r#""https://elsewhere.example""#),
    ] {
        play(&shop, &retry().field(field, value)).is_bad_field(field);
    }
    play(&shop, &retry().field("payment_method", r#""wechat_jsapi""#)).is_bad_field("openid");
    assert_eq!(shop.stored(first()).attempts.len(), 1);
}

/// Without a method the previous one is used. For another user the order does not exist.
#[test]
fn retry_with_the_previous_method_needs_its_openid() {
    let shop = ordered(Method::WechatJsapi);
    play(&shop, &retry()).is_bad_field("openid");
    let other = retry().token("TOKEN_OF_ANOTHER_USER");
    play(&shop, &other).is_problem(404, "order_not_found");
    let with_openid = retry().field("openid", r#""oUpF8uMuAJO_M2pxb1Q9zNjWeS6o""#);
    assert_eq!(play(&shop, &with_openid).json()["pay_params"]["appId"], "wx1");
}

#[test]
fn order_of_another_user_is_not_found() {
    let shop = ordered(Method::WechatNative);
    for who in ["TOKEN_OF_ANOTHER_USER", "TOKEN_OF_AN_ADMIN"] {
        play(&shop, &retry().token(who)).is_problem(404, "order_not_found");
    }
    play(&Shop::new(), &retry()).is_problem(404, "order_not_found");
}

#[test]
fn paid_cancelled_or_expired_order_is_refused() {
    let shop = ordered(Method::WechatNative);
    shop.pay(first());
    play(&shop, &retry()).is_problem(409, "already_paid");

    let shop = ordered(Method::WechatNative);
    let (buyer, deadline) = (Canceller::Buyer(user("u1")), shop.now().plus(Seconds(20)));
    shop.run(async |ports| cancel(ports, &buyer, first(), deadline).await.unwrap());
    play(&shop, &retry()).is_problem(409, "cancelled");

    let shop = ordered(Method::WechatNative);
    shop.pass(28 * 60 + 1);
    play(&shop, &retry()).is_problem(409, "expired");
}

/// The provider says so when the previous attempt is to be closed.
#[test]
fn order_that_was_paid_meanwhile_is_refused() {
    let shop = ordered(Method::WechatNative);
    let paid = shop.paid("T1", shop.stored(first()).sold.price);
    shop.script.lines(|lines| lines.close = Some(Ok(vec![paid])));
    play(&shop, &retry()).is_problem(409, "already_paid");
}

#[test]
fn order_whose_payment_is_processing_has_no_second_attempt() {
    let shop = ordered(Method::WechatNative);
    shop.hears(first(), Says::Processing);
    assert_eq!(play(&shop, &retry()).is_problem(409, "payment_processing").header("retry-after"), None);
}

#[test]
fn order_whose_payment_is_in_review_has_no_second_attempt() {
    let shop = ordered(Method::WechatNative);
    shop.pay_amount(first(), Money::new(9_899, Currency::CNY).unwrap());
    play(&shop, &retry().header("accept-language", "en")).is(
        409,
        r#"{"code":409,"error":"payment_in_review",
        "msg":"A payment that does not fit the order has arrived and is being reviewed; do not pay again",
        "request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    assert_eq!((shop.stored(first()).attempts.len(), shop.seen(CallKind::Close)), (1, 0));
}

#[test]
fn order_has_ten_attempts_at_most() {
    let shop = ordered(Method::WechatNative);
    for _ in 0..9 {
        assert_eq!(play(&shop, &retry()).status(), 200);
    }
    play(&shop, &retry()).is_problem(409, "too_many_attempts");
}

#[test]
fn retries_are_limited_with_repeats() {
    let shop = ordered(Method::WechatNative).set("ACTIONS_PER_MINUTE", "2");
    for _ in 0..2 {
        assert_eq!(play(&shop, &retry()).status(), 200);
    }
    play(&shop, &retry()).is_problem(429, "too_many_requests");
    play(&shop, &retry().token("TOKEN_OF_ANOTHER_USER")).is_problem(404, "order_not_found");
    assert_eq!((shop.seen(CallKind::Create), shop.stored(first()).attempts.len()), (3, 3));
}

#[test]
fn method_that_does_not_take_the_currency_is_unavailable() {
    let shop = Shop::new().set("STRIPE_CURRENCY", "USD");
    let event = points().field("payment_method", r#""stripe""#);
    assert_eq!(play(&shop, &event).json()["currency"], "USD");
    play(&shop, &retry().field("payment_method", r#""wechat""#)).is_problem(422, "method_unavailable");
}

/// An earlier attempt whose provider is silent stays open, and does not prevent a new one.
#[test]
fn silence_on_closing_is_no_error_and_on_opening_is_one() {
    let shop = ordered(Method::WechatNative);
    shop.script.lines(|lines| lines.close = Some(Err(Unanswered)));
    assert_eq!(play(&shop, &Event::read("create-order.retry-otherwise")).status(), 200);
    for error in [CreateError::Refused, CreateError::Unanswered] {
        let shop = ordered(Method::WechatNative);
        shop.script.lines(|lines| lines.create = Some(error));
        let answer = play(&shop, &retry());
        assert_eq!(answer.is_problem(502, "provider_error").json()["data"]["refused"], error == CreateError::Refused);
    }
}

/// A function whose process has seen three calls to WeChat Pay without an answer.
fn after_three_silences(shop: &Shop) -> CreateOrder {
    let function = CreateOrder::read(&shop.environment()).unwrap();
    shop.script.lines(|lines| lines.create = Some(CreateError::Unanswered));
    for _ in 0..3 {
        play_in(&function, shop, &points()).is_problem(502, "provider_error");
    }
    function
}

fn play_in(function: &CreateOrder, shop: &Shop, event: &Event) -> Answered {
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

#[test]
fn silent_provider_is_not_called_for_30_seconds_by_creating_or_retrying() {
    let shop = ordered(Method::WechatNative).set("CREATIONS_PER_MINUTE", "100");
    let function = after_three_silences(&shop);
    let calls = || shop.script.lines(|lines| lines.calls.len());
    let before = (calls(), shop.stored(first()));
    let keyed = || points().header("idempotency-key", "k");
    for event in [points(), keyed(), keyed(), retry()] {
        let refused = play_in(&function, &shop, &event);
        assert_eq!(refused.is_problem(502, "provider_error").json()["data"]["refused"], false);
    }
    assert_eq!((calls(), shop.stored(first())), before, "neither a call nor a write");
    assert_eq!(shop.seen(CallKind::PutClaim), 0, "the key is still free");
    let by_stripe = points().field("payment_method", r#""stripe""#);
    shop.script.lines(|lines| lines.create = None);
    assert_eq!(play_in(&function, &shop, &by_stripe).status(), 200, "another provider");
    assert_eq!(play(&shop, &points()).status(), 200, "another process");
    shop.pass(29);
    play_in(&function, &shop, &points()).is_problem(502, "provider_error");
    shop.pass(1);
    assert_eq!(play_in(&function, &shop, &points()).status(), 200, "one call shows that it answers again");
    assert_eq!(play_in(&function, &shop, &keyed()).status(), 200);
}

#[test]
fn key_that_waits_for_a_silent_provider_keeps_its_owner() {
    let shop = Shop::new();
    let function = CreateOrder::read(&shop.environment()).unwrap();
    shop.script.lines(|lines| lines.create = Some(CreateError::Unanswered));
    let keyed = points().header("idempotency-key", "k");
    for _ in 0..20 {
        play_in(&function, &shop, &keyed).is_problem(502, "provider_error");
    }
    shop.script.lines(|lines| lines.create = None);
    shop.pass(30);
    assert_eq!(play_in(&function, &shop, &keyed).status(), 200, "not too many attempts");
}
