//! Refused requests.

use till_app::ports::{CreateError, Sales};
use till_domain::provider::{Method, Provider};
use till_memory::{CallKind, Fault};
use till_shop::refusals::refuses_bad_requests;

use super::*;

#[test]
fn request_without_a_valid_token_or_role_is_refused() {
    let shop = Shop::new();
    let answer = play(&shop, &Event::read("create-order.without-token"));
    answer.is(
        401,
        r#"{"code":401,"error":"unauthenticated","msg":"请先登录","request_id":"JKJaXmPLvHcESHA=",
        "data":{"reason":"missing"}}"#,
    );
    assert_eq!(
        (answer.header("www-authenticate"), answer.header("x-request-id")),
        (Some("Bearer"), Some("JKJaXmPLvHcESHA="))
    );
    for (header, reason) in [
        ("", "missing"),
        ("Bearer", "missing"),
        ("Bearer ", "missing"),
        ("Basic dTE6cA==", "missing"),
        ("Bearer a.b.c", "malformed"),
        ("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9.", "malformed"),
    ] {
        let event = Event::read("create-order.wechat").header("authorization", header);
        let answer = play(&shop, &event);
        answer.is_problem(401, "unauthenticated");
        assert_eq!(answer.json()["data"]["reason"], reason, "{header}");
    }
    assert_eq!(shop.orders(), 0);
}

#[test]
fn invalid_request_is_refused() {
    let shop = Shop::new();
    play(&shop, &Event::read("create-order.not-json")).is_problem(415, "unsupported_media_type");
    play(&shop, &points().path("/api/v1/payment/other")).is_problem(404, "not_found");
    refuses_bad_requests(&points(), &["TOKEN_OF_A_SERVICE"], |event| play(&shop, event));
    assert_eq!(shop.orders(), 0);
}

#[test]
fn body_of_64_kib_is_accepted() {
    let fields = r#"{"product_type":"points","product_id":1,"payment_method":"wechat""#;
    let body = format!("{fields}{}}}", " ".repeat(64 * 1024 - fields.len() - 1));
    assert_eq!(body.len(), 64 * 1024);
    assert_eq!(play(&Shop::new(), &points().body(&body)).status(), 200);
}

#[test]
fn invalid_field_is_named() {
    let shop = Shop::new();
    for (field, values) in [
        ("product_type", &["", "1", r#""Points""#][..]),
        ("product_id", &["", "null", "1.5", "1e0", "-1", "true", "\"\"", r#""a/b""#]),
        ("payment_method", &["", r#""paypal""#, r#"["wechat"]"#]),
        ("currency", &[r#""XXX""#]),
        ("is_upgrade", &[r#""yes""#, "1"]),
        (
            "return_url",
            &[
                r#""https://elsewhere.example/""#,
                r#""http://shop.example/""#,
                r#""https://shop.example@elsewhere.example/""#,
            ],
        ),
    ] {
        for value in values {
            play(&shop, &points().field(field, value)).is_bad_field(field);
        }
    }
    let jsapi = points().field("payment_method", r#""wechat_jsapi""#);
    play(&shop, &jsapi).is_bad_field("openid");
    for openid in ["\"\"", r#""a b""#] {
        play(&shop, &jsapi.clone().field("openid", openid)).is_bad_field("openid");
    }
    play(&shop, &points().body("{}")).is_bad_field("product_type");
    for key in ["", " ", "schlüssel", &"k".repeat(256)] {
        play(&shop, &points().header("idempotency-key", key)).is_bad_field("Idempotency-Key");
    }
    assert_eq!((shop.orders(), shop.script.lines(|lines| lines.calls.len())), (0, 0));
}

#[test]
fn invalid_field_is_explained_in_the_callers_language() {
    let event = points().field("payment_method", r#""wechat_jsapi""#);
    play(&Shop::new(), &event).is(
        400,
        r#"{"code":400,"error":"invalid_field","msg":"字段无效: openid is needed for wechat_jsapi",
        "request_id":"JKJaXmPLvHcESHA=","data":{"field":"openid","rule":"is needed for wechat_jsapi"}}"#,
    );
    play(&Shop::new(), &event.header("accept-language", "en-GB")).is(
        400,
        r#"{"code":400,"error":"invalid_field","msg":"A field is not valid: openid is needed for wechat_jsapi",
        "request_id":"JKJaXmPLvHcESHA=","data":{"field":"openid","rule":"is needed for wechat_jsapi"}}"#,
    );
}

#[test]
fn product_that_is_not_on_sale_is_not_found() {
    for product in [r#""none""#, r#""withdrawn""#, "99999999999999999999"] {
        play(&Shop::new(), &points().field("product_id", product)).is_problem(404, "product_not_found");
    }
}

#[test]
fn method_without_account_or_price_is_unavailable() {
    let shop = Shop::new();
    for (body, currencies) in [
        // WeChat Pay and Alipay take only CNY.
        (r#"{"product_type":"points","product_id":"cheap","payment_method":"wechat"}"#, "[]"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"alipay","currency":"USD"}"#, r#"["CNY"]"#),
        // The product has no price in JPY.
        (r#"{"product_type":"points","product_id":1,"payment_method":"stripe","currency":"JPY"}"#, r#"["CNY","USD"]"#),
    ] {
        let answer = play(&shop, &points().body(body));
        answer.is_problem(422, "method_unavailable");
        let data = format!(r#""data":{{"currencies":{currencies}}}"#);
        assert!(answer.body().contains(&data), "{body}: {}", answer.body());
    }
    shop.turn_off(Provider::WeChat);
    let closed = play(&shop, &points());
    closed.is_problem(422, "method_unavailable");
    assert!(closed.body().contains(r#""data":null"#), "the currency is not why");
    assert_eq!(play(&shop, &points().field("payment_method", r#""alipay""#)).status(), 200);
}

#[test]
fn amount_outside_the_limits_is_refused() {
    let cheap = points().field("product_id", r#""cheap""#).field("payment_method", r#""stripe""#);
    play(&Shop::new(), &cheap).is(
        400,
        r#"{"code":400,"error":"amount_too_small","msg":"金额低于支付渠道的下限","request_id":"JKJaXmPLvHcESHA=",
        "data":{"limit_minor":50,"currency":"USD"}}"#,
    );
    let shop = Shop::new().set("MAX_AMOUNT_CNY", "98.99");
    play(&shop, &Event::read("create-order.wechat")).is(
        400,
        r#"{"code":400,"error":"amount_too_large","msg":"金额超出上限","request_id":"JKJaXmPLvHcESHA=",
        "data":{"limit_minor":9899,"currency":"CNY"}}"#,
    );
    let shop = Shop::new().set("MAX_AMOUNT_CNY", "99.00");
    assert_eq!(play(&shop, &Event::read("create-order.wechat")).status(), 200);
}

#[test]
fn upgrade_without_a_lower_membership_is_refused() {
    play(&Shop::new(), &Event::read("create-order.upgrade")).is_problem(409, "nothing_to_upgrade");
}

#[test]
fn new_orders_are_refused_while_suspended() {
    let shop = Shop::new().set("PAYMENT_ENABLED", "false").set("CREATIONS_PER_MINUTE", "1");
    for _ in 0..3 {
        let answer = play(&shop, &points());
        assert_eq!(answer.is_problem(503, "paused").header("retry-after"), Some("60"));
    }
}

/// It counts for each request, and costs none of a buyer's requests.
#[test]
fn new_orders_are_refused_with_the_teams_text_while_it_suspends_them() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "1");
    shop.suspend(&[(Language::Chinese, "中午十二点恢复")]);
    let keyed = Event::read("create-order.with-key");
    for event in [points(), points(), keyed.clone()] {
        let answer = play(&shop, &event);
        assert_eq!(answer.is_problem(503, "paused").header("retry-after"), Some("60"));
        assert_eq!(answer.json()["msg"], "中午十二点恢复");
    }
    let english = play(&shop, &points().header("accept-language", "en")).json();
    assert_eq!(english["msg"], "New orders are suspended for the moment", "there is no text in this language");
    assert_eq!(shop.orders(), 0);
    shop.memory.tables(|tables| tables.sales = Sales::Open);
    assert_eq!(play(&shop, &keyed).status(), 200);
}

#[test]
fn sales_are_read_once_for_each_request_and_never_guessed() {
    let shop = Shop::new();
    play(&shop, &points());
    assert_eq!(shop.seen(CallKind::LoadSales), 1);
    shop.fail(CallKind::LoadSales, Fault::Before);
    play(&shop, &points()).is_problem(503, "unavailable");
    assert_eq!(shop.orders(), 1);
}

#[test]
fn refused_or_unanswered_call_makes_no_order() {
    for (error, refused) in [(CreateError::Refused, true), (CreateError::Unanswered, false)] {
        let shop = Shop::new();
        shop.script.lines(|lines| lines.create = Some(error));
        let body = format!(
            r#"{{"code":502,"error":"provider_error","msg":"支付渠道未能完成请求 (wechat)",
            "request_id":"JKJaXmPLvHcESHA=","data":{{"provider":"wechat","refused":{refused}}}}}"#
        );
        play(&shop, &points()).is(502, &body);
        assert_eq!(shop.orders(), 0);
    }
}

#[test]
fn silent_store_is_unavailable() {
    for kind in [CallKind::FindProduct, CallKind::SaveOrder, CallKind::CountCall, CallKind::ReadSecret] {
        let shop = Shop::new();
        shop.fail(kind, Fault::Before);
        let answer = play(&shop, &points());
        assert_eq!(answer.is_problem(503, "unavailable").header("retry-after"), Some("1"), "{kind:?}");
    }
}

#[test]
fn panic_is_answered_without_details() {
    let shop = Shop::new();
    shop.script.lines(|lines| lines.panics = true);
    play(&shop, &points().header("accept-language", "en")).is(
        500,
        r#"{"code":500,"error":"internal","msg":"Internal error","request_id":"JKJaXmPLvHcESHA=",
        "data":null}"#,
    );
}

#[test]
fn orders_of_a_user_are_limited() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "2");
    let from = |n: u32| points().from_address(&format!("203.0.113.{n}"));
    for n in 1..=2 {
        assert_eq!(play(&shop, &from(n)).status(), 200);
    }
    shop.pass(20);
    let answer = play(&shop, &from(3));
    assert_eq!(answer.is_problem(429, "too_many_requests").header("retry-after"), Some("40"));
    let other = from(4).token("TOKEN_OF_ANOTHER_USER");
    assert_eq!(play(&shop, &other).status(), 200);
    shop.pass(40);
    assert_eq!(play(&shop, &from(3)).status(), 200);
}

#[test]
fn orders_from_an_address_are_limited() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "2").set("CREATIONS_PER_MINUTE_ADDRESS", "2");
    let by = |who: &str| points().token(who);
    for who in ["TOKEN_OF_A_USER", "TOKEN_OF_ANOTHER_USER"] {
        assert_eq!(play(&shop, &by(who)).status(), 200);
    }
    // The header does not change the address that is counted.
    let elsewhere = by("TOKEN_OF_AN_ADMIN").header("x-forwarded-for", "198.51.100.77");
    play(&shop, &elsewhere).is_problem(429, "too_many_requests");
    assert_eq!(play(&shop, &by("TOKEN_OF_AN_ADMIN").from_address("198.51.100.77")).status(), 200);
}

#[test]
fn invalid_requests_are_not_counted() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "1");
    for _ in 0..3 {
        play(&shop, &points().body("{}")).is_bad_field("product_type");
    }
    assert_eq!(play(&shop, &points()).status(), 200);
    play(&shop, &points()).is_problem(429, "too_many_requests");
}

#[test]
fn address_has_ten_times_as_many_orders_as_a_user() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "1");
    for who in ["TOKEN_OF_A_USER", "TOKEN_OF_ANOTHER_USER", "TOKEN_OF_AN_ADMIN"] {
        assert_eq!(play(&shop, &points().token(who)).status(), 200, "{who}");
        play(&shop, &points().token(who)).is_problem(429, "too_many_requests");
    }
}

#[test]
fn open_orders_of_a_user_are_limited() {
    let shop = Shop::new().set("OPEN_ORDERS", "2");
    let create = |who: &str| {
        shop.pass(60);
        play(&shop, &points().token(who))
    };
    let made = [0, 1].map(|_| {
        till_domain::id::OrderNo::parse(create("TOKEN_OF_A_USER").json()["order_no"].as_str().unwrap()).unwrap()
    });
    let read = shop.seen(CallKind::ListOrders);
    create("TOKEN_OF_A_USER").is(
        409,
        r#"{"code":409,"error":"too_many_open_orders","msg":"未支付的订单过多，请先支付或取消",
        "request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    assert_eq!((read, shop.seen(CallKind::ListOrders)), (0, 1), "orders are read only near the limit");
    assert_eq!(create("TOKEN_OF_ANOTHER_USER").status(), 200);
    // One that is paid makes room for one, and so does one that has expired.
    shop.pay(made[0]);
    assert_eq!(create("TOKEN_OF_A_USER").status(), 200);
    create("TOKEN_OF_A_USER").is_problem(409, "too_many_open_orders");
    shop.pass(30 * 60);
    assert_eq!(create("TOKEN_OF_A_USER").status(), 200);
}

#[test]
fn order_that_cannot_be_read_counts_as_open() {
    let shop = Shop::new().set("OPEN_ORDERS", "2");
    let made = [0, 1].map(|_| {
        shop.pass(60);
        shop.order("u1", "points", "1", Method::AlipayQr)
    });
    shop.pay(made[0]);
    shop.memory.tables(|tables| tables.stuck_orders.extend(made));
    shop.pass(60);
    play(&shop, &points()).is_problem(409, "too_many_open_orders");
    shop.memory.tables(|tables| tables.stuck_orders.clear());
    shop.pass(60);
    assert_eq!(play(&shop, &points()).status(), 200, "the other one is paid");
}

/// The index does not have them yet; the counter has.
#[test]
fn orders_that_are_just_being_made_count_as_open() {
    let shop = Shop::new().set("OPEN_ORDERS", "1");
    shop.fail(CallKind::Create, Fault::DieAfter);
    let function = CreateOrder::read(&shop.environment()).unwrap();
    let died = shop
        .play_until_death(&points(), async |ports, request, deadline| function.handle(ports, request, deadline).await);
    assert!(died.is_none());
    play(&shop, &points()).is_problem(409, "too_many_open_orders");
    shop.pass(60);
    assert_eq!(play(&shop, &points()).status(), 200, "it was never made");
}

#[test]
fn order_that_was_paid_in_the_same_minute_makes_room() {
    let shop = Shop::new().set("OPEN_ORDERS", "1");
    assert_eq!(play(&shop, &points()).status(), 200);
    shop.pay(first());
    assert_eq!(play(&shop, &points()).status(), 200);
    play(&shop, &points()).is_problem(409, "too_many_open_orders");
}

#[test]
fn repeated_key_is_not_a_new_open_order() {
    let shop = Shop::new().set("OPEN_ORDERS", "1");
    let keyed = Event::read("create-order.with-key");
    for _ in 0..3 {
        assert_eq!(play(&shop, &keyed).status(), 200);
    }
}
