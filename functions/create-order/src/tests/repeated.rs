//! Repeated requests with the header `Idempotency-Key`.

use till_app::ports::{CreateError, Sales};
use till_memory::{CallKind, Fault};

use super::*;

fn keyed() -> Event {
    Event::read("create-order.with-key")
}

#[test]
fn repeated_request_gets_the_same_order_and_is_not_counted() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "1");
    let first = play(&shop, &keyed());
    is_order(
        &first,
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":9.90,"amount_minor":990,"currency":"CNY",
        "payment_method":"alipay_qr","qr_code_url":"weixin://wxpay/bizpayurl?pr=xxx",
        "qr_code_expire_at":"2025-01-01T12:15:00+08:00","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
    // The same request, written in other ways.
    for body in [
        r#"{"payment_method":"alipay_qr","product_id":"1","product_type":"points"}"#,
        r#"{"product_type":"points","product_id":1,"payment_method":"ALIPAY","is_upgrade":false,"currency":null}"#,
    ] {
        assert_eq!(order(&play(&shop, &keyed().body(body))), order(&first));
    }
    assert_eq!(shop.orders(), 1);
    play(&shop, &keyed().header("idempotency-key", "another")).is_problem(429, "too_many_requests");
}

#[test]
fn repeat_in_another_language_gets_the_order_under_its_first_name() {
    let shop = translated_shop();
    let first_answer = play(&shop, &keyed().header("accept-language", "en"));
    assert_eq!(order(&play(&shop, &keyed().header("accept-language", "zh"))), order(&first_answer));
    assert_eq!((shop.orders(), shop.stored(first()).sold.name.as_str()), (1, "100 points"));
}

/// The first request died before its order was written; the second one goes on with what the first decided.
#[test]
fn key_that_is_taken_over_in_another_language_keeps_its_first_name() {
    let shop = translated_shop();
    shop.script.lines(|lines| lines.create = Some(CreateError::Unanswered));
    play(&shop, &keyed().header("accept-language", "en")).is_problem(502, "provider_error");
    shop.script.lines(|lines| lines.create = None);
    assert_eq!(play(&shop, &keyed().header("accept-language", "zh")).status(), 200);
    assert_eq!((shop.orders(), shop.stored(first()).sold.name.as_str()), (1, "100 points"));
}

/// The provider is called once, then once for each time that what was shown has become useless.
#[test]
fn repeat_shows_the_same_without_a_call_while_that_is_good() {
    let shop = Shop::new();
    let good_for = |seconds: u32| {
        let until = shop.now().plus(Seconds(seconds));
        shop.script.lines(|lines| lines.good_until = Some(until));
    };
    let by_page = keyed().field("payment_method", r#""stripe""#);
    let calls = || (shop.seen(CallKind::Create), shop.seen(CallKind::Show));
    good_for(240);
    let first = play(&shop, &by_page);
    assert_eq!(first.json()["pay_url"], "https://pay.example/p1");
    for _ in 0..40 {
        assert_eq!(order(&play(&shop, &by_page)), order(&first));
    }
    shop.pass(239);
    assert_eq!((order(&play(&shop, &by_page)), calls()), (order(&first), (1, 0)));
    shop.pass(1);
    good_for(240);
    for _ in 0..10 {
        assert_eq!((order(&play(&shop, &by_page)), calls()), (order(&first), (1, 1)));
    }
    // A provider that does not answer has shown nothing.
    shop.pass(240);
    shop.fail(CallKind::Show, Fault::Before);
    play(&shop, &by_page).is_problem(502, "provider_error");
    good_for(240);
    assert_eq!((order(&play(&shop, &by_page)), calls()), (order(&first), (1, 3)));
}

#[test]
fn repeat_after_a_retry_shows_the_new_attempt() {
    let shop = Shop::new();
    let until = shop.now().plus(Seconds(1_200));
    shop.script.lines(|lines| lines.good_until = Some(until));
    let by_page = keyed().field("payment_method", r#""wechat_h5""#);
    play(&shop, &by_page);
    let retry = Event::read("create-order.retry").field("payment_method", r#""wechat""#);
    assert_eq!(play(&shop, &retry).status(), 200);
    for _ in 0..3 {
        let again = play(&shop, &by_page).json();
        assert_eq!((&again["payment_method"], again.get("pay_url")), (&"wechat_native".into(), None));
        assert_eq!(shop.seen(CallKind::Show), 1);
    }
}

#[test]
fn repeats_of_a_user_and_from_an_address_are_limited() {
    let shop = Shop::new().set("ACTIONS_PER_MINUTE", "3").set("ACTIONS_PER_MINUTE_ADDRESS", "4");
    let other = keyed().token("TOKEN_OF_ANOTHER_USER");
    for event in [keyed(), keyed(), keyed(), keyed(), other.clone(), other.clone()] {
        assert_eq!(play(&shop, &event).status(), 200);
    }
    shop.pass(20);
    let answer = play(&shop, &keyed());
    assert_eq!(answer.is_problem(429, "too_many_requests").header("retry-after"), Some("40"));
    play(&shop, &other).is_problem(429, "too_many_requests");
    assert_eq!(play(&shop, &other.clone().from_address("198.51.100.7")).status(), 200);
    shop.pass(40);
    assert_eq!(play(&shop, &keyed()).status(), 200);
}

#[test]
fn another_request_with_the_same_key_is_a_conflict() {
    let shop = Shop::new();
    assert_eq!(play(&shop, &keyed()).status(), 200);
    for body in [
        r#"{"product_type":"points","product_id":1,"payment_method":"wechat"}"#,
        r#"{"product_type":"membership","product_id":1,"payment_method":"alipay"}"#,
        r#"{"product_type":"points","product_id":1,"payment_method":"alipay","currency":"CNY"}"#,
        r#"{"product_type":"points","product_id":1,"payment_method":"alipay","return_url":"https://shop.example/"}"#,
    ] {
        play(&shop, &keyed().body(body)).is_problem(409, "idempotency_conflict");
    }
    assert_eq!(shop.orders(), 1);
}

#[test]
fn same_key_of_another_user_is_another_order() {
    let shop = Shop::new();
    let first = play(&shop, &keyed()).json();
    let other = play(&shop, &keyed().token("TOKEN_OF_ANOTHER_USER")).json();
    assert_ne!(first["order_no"], other["order_no"]);
}

#[test]
fn each_request_without_a_key_makes_an_order() {
    let shop = Shop::new();
    let first = play(&shop, &keyed().without("idempotency-key")).json();
    assert_ne!(first["order_no"], play(&shop, &keyed().without("idempotency-key")).json()["order_no"]);
}

/// The process dies while it creates the order. After its deadline, another one continues with the same order.
#[test]
fn request_in_progress_is_refused_until_its_deadline_has_passed() {
    let shop = Shop::new();
    shop.fail(CallKind::Create, Fault::DieAfter);
    let function = CreateOrder::read(&shop.environment()).unwrap();
    let died = shop
        .play_until_death(&keyed(), async |ports, request, deadline| function.handle(ports, request, deadline).await);
    assert!(died.is_none());
    let answer = play(&shop, &keyed());
    assert_eq!(answer.is_problem(409, "in_progress").header("retry-after"), Some("1"));
    shop.pass(31);
    let answer = play(&shop, &keyed());
    assert_eq!((answer.status(), answer.json()["order_no"].as_str()), (200, Some(FIRST)));
}

#[test]
fn repeat_is_refused_after_a_providers_refusal_and_tried_again_after_silence() {
    let shop = Shop::new();
    shop.script.lines(|lines| lines.create = Some(CreateError::Refused));
    play(&shop, &keyed()).is_problem(502, "provider_error");
    shop.script.lines(|lines| lines.create = None);
    assert_eq!(play(&shop, &keyed()).is_problem(502, "provider_error").json()["data"]["refused"], true);

    let shop = Shop::new();
    shop.script.lines(|lines| lines.create = Some(CreateError::Unanswered));
    play(&shop, &keyed()).is_problem(502, "provider_error");
    shop.script.lines(|lines| lines.create = None);
    assert_eq!(play(&shop, &keyed()).json()["order_no"], FIRST);
}

#[test]
fn repeat_returns_its_order_while_new_orders_are_suspended() {
    let shop = Shop::new();
    let first = play(&shop, &keyed());
    shop.suspend(&[(Language::Chinese, "中午十二点恢复")]);
    assert_eq!(order(&play(&shop, &keyed())), order(&first));
    let shop = shop.set("PAYMENT_ENABLED", "false");
    assert_eq!(order(&play(&shop, &keyed())), order(&first));
}

/// The first request got no answer from the provider, so that there is no order to return.
#[test]
fn repeat_makes_no_order_while_new_orders_are_suspended() {
    let shop = Shop::new();
    shop.script.lines(|lines| lines.create = Some(CreateError::Unanswered));
    play(&shop, &keyed()).is_problem(502, "provider_error");
    shop.script.lines(|lines| lines.create = None);
    shop.suspend(&[(Language::Chinese, "中午十二点恢复")]);
    let answer = play(&shop, &keyed());
    assert_eq!(answer.is_problem(503, "paused").json()["msg"], "中午十二点恢复");
    shop.memory.tables(|tables| tables.sales = Sales::Open);
    assert_eq!(play(&shop, &keyed()).status(), 200);
}

#[test]
fn repeat_shows_a_paid_order_without_a_way_to_pay() {
    let shop = Shop::new();
    play(&shop, &keyed());
    shop.pay(first());
    is_without_socket(
        &play(&shop, &keyed()),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"paid","amount":9.90,"amount_minor":990,"currency":"CNY",
        "payment_method":"alipay_qr","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}
