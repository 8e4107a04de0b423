//! Another attempt at an order.

use till_app::cancel::{Canceller, cancel};
use till_app::ports::{CreateError, Unanswered};
use till_domain::order::Says;
use till_domain::provider::Method;
use till_shop::shop::user;

use super::*;

fn ordered(method: Method) -> Shop {
    let shop = Shop::new();
    assert_eq!(shop.order("u1", "membership", "1", method), first());
    shop
}

fn retry() -> Event {
    Event::read("create-order.retry")
}

#[test]
fn a_fresh_code() {
    let shop = ordered(Method::WechatNative);
    shop.pass(16 * 60);
    let suspended = shop.set("PAYMENT_ENABLED", "false").set("CREATIONS_PER_MINUTE", "1");
    play(&suspended, &retry()).is(
        200,
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":99.00,"amount_minor":9900,"currency":"CNY",
        "payment_method":"wechat_native","qr_code_url":"weixin://wxpay/bizpayurl?pr=xxx",
        "qr_code_expire_at":"2025-01-01T12:30:00+08:00","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
    assert_eq!(suspended.stored(first()).attempts.len(), 2);
}

#[test]
fn another_method() {
    let shop = ordered(Method::WechatNative);
    play(&shop, &Event::read("create-order.retry-otherwise")).is(
        200,
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":99.00,"amount_minor":9900,"currency":"CNY",
        "payment_method":"alipay_wap","pay_url":"https://pay.example/p1","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}

#[test]
fn fields_that_break_a_rule() {
    let shop = ordered(Method::WechatNative);
    for (body, field) in [
        ("{}", "order_no"),
        (r#"{"order_no":1}"#, "order_no"),
        (r#"{"order_no":"ORD1"}"#, "order_no"),
        (r#"{"order_no":"ORD20250101120000P78EZM44","payment_method":"cash"}"#, "payment_method"),
        (r#"{"order_no":"ORD20250101120000P78EZM44","payment_method":"wechat_jsapi"}"#, "openid"),
        (r#"{"order_no":"ORD20250101120000P78EZM44","return_url":"https://elsewhere.example"}"#, "return_url"),
    ] {
        play(&shop, &retry().body(body)).is_bad_field(field);
    }
    assert_eq!(shop.stored(first()).attempts.len(), 1);
}

/// Who names no method wants the one before, and must bring what it needs. To anybody else the order is not there at all.
#[test]
fn inside_wechat_once_more() {
    let shop = ordered(Method::WechatJsapi);
    play(&shop, &retry()).is_bad_field("openid");
    let other = retry().header("authorization", "Bearer TOKEN_OF_ANOTHER_USER");
    play(&shop, &other).is_problem(404, "order_not_found");
    let body = r#"{"order_no":"ORD20250101120000P78EZM44","openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#;
    assert_eq!(play(&shop, &retry().body(body)).json()["pay_params"]["appId"], "wx1");
}

#[test]
fn an_order_of_somebody_else_is_not_there() {
    let shop = ordered(Method::WechatNative);
    for who in ["TOKEN_OF_ANOTHER_USER", "TOKEN_OF_AN_ADMIN"] {
        play(&shop, &retry().header("authorization", &format!("Bearer {who}"))).is_problem(404, "order_not_found");
    }
    play(&Shop::new(), &retry()).is_problem(404, "order_not_found");
}

#[test]
fn an_order_that_is_over() {
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

/// Closing the attempt before brings the news that it was paid.
#[test]
fn an_order_that_was_paid_meanwhile() {
    let shop = ordered(Method::WechatNative);
    let order = shop.stored(first());
    let paid = Says::Paid {
        trade_no: till_domain::text::TradeNo::parse("T1").unwrap(),
        amount: order.sold.price,
        paid_at: shop.now(),
        buyer: None,
    };
    shop.script.lines(|lines| lines.close = Some(Ok(vec![paid])));
    play(&shop, &retry()).is_problem(409, "already_paid");
}

#[test]
fn an_attempt_that_is_being_paid() {
    let shop = ordered(Method::WechatNative);
    shop.hears(first(), Says::Processing);
    play(&shop, &retry()).is_problem(409, "in_progress");
}

#[test]
fn ten_attempts_and_no_more() {
    let shop = ordered(Method::WechatNative);
    for _ in 0..9 {
        assert_eq!(play(&shop, &retry()).status(), 200);
    }
    play(&shop, &retry()).is_problem(409, "too_many_attempts");
}

#[test]
fn a_method_that_does_not_take_the_orders_price() {
    let shop = Shop::new().set("STRIPE_CURRENCY", "USD");
    let body = r#"{"product_type":"membership","product_id":1,"payment_method":"stripe"}"#;
    assert_eq!(play(&shop, &with(body)).json()["currency"], "USD");
    let body = r#"{"order_no":"ORD20250101120000P78EZM44","payment_method":"wechat"}"#;
    play(&shop, &retry().body(body)).is_problem(422, "method_unavailable");
}

/// An earlier attempt whose provider is silent stays open; the new one is made all the same, and where it is not, that is said.
#[test]
fn providers_that_are_silent() {
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
