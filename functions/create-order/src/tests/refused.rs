//! Requests that get nothing, and why.

use till_app::ports::{AccountMode, AccountSettings, CreateError};
use till_domain::provider::Provider;
use till_memory::{CallKind, Fault};

use super::*;

const GOOD: &str = r#"{"product_type":"points","product_id":1,"payment_method":"wechat"}"#;

#[test]
fn who_does_not_show_who_they_are() {
    let shop = Shop::new();
    let answer = play(&shop, &Event::read("create-order.without-token"));
    answer.is(
        401,
        r#"{"code":401,"error":"unauthenticated","msg":"请先登录","request_id":"JKJaXmPLvHcESHA=","data":null}"#,
    );
    assert_eq!(
        (answer.header("www-authenticate"), answer.header("x-request-id")),
        (Some("Bearer"), Some("JKJaXmPLvHcESHA="))
    );
    for header in
        ["", "Bearer", "Bearer ", "Basic dTE6cA==", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1MSJ9."]
    {
        let event = Event::read("create-order.wechat").header("authorization", header);
        play(&shop, &event).is_problem(401, "unauthenticated");
    }
    let service = Event::read("create-order.wechat").header("authorization", "Bearer TOKEN_OF_A_SERVICE");
    play(&shop, &service).is_problem(403, "forbidden");
    assert_eq!(shop.orders(), 0);
}

#[test]
fn what_is_no_request_of_ours() {
    let shop = Shop::new();
    play(&shop, &Event::read("create-order.not-json")).is_problem(415, "unsupported_media_type");
    for body in ["", "{", "[]", "null", "1", "\"text\"", "{\"a\":}", "{} {}"] {
        play(&shop, &with(body)).is_problem(400, "invalid_json");
    }
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(64 * 1024));
    play(&shop, &with(&long)).is_problem(413, "body_too_large");
    play(&shop, &with(GOOD).header("content-type", "text/plain")).is_problem(415, "unsupported_media_type");
    play(&shop, &with(GOOD).path("/api/v1/payment/other")).is_problem(404, "not_found");
    let answer = play(&shop, &with(GOOD).method("DELETE"));
    assert_eq!(answer.is_problem(405, "method_not_allowed").header("allow"), Some("POST"));
    assert_eq!(shop.orders(), 0);
}

#[test]
fn a_body_may_have_64_kib() {
    let padding = 64 * 1024 - GOOD.len() - r#","a":"""#.len();
    let body = GOOD.replace('}', &format!(r#","a":"{}"}}"#, "x".repeat(padding)));
    assert_eq!(body.len(), 64 * 1024);
    assert_eq!(play(&Shop::new(), &with(&body)).status(), 200);
}

#[test]
fn fields_that_break_a_rule() {
    let shop = Shop::new();
    for (body, field) in [
        ("{}", "product_type"),
        (r#"{"product_type":1}"#, "product_type"),
        (r#"{"product_type":"Points","product_id":1,"payment_method":"wechat"}"#, "product_type"),
        (r#"{"product_type":"points","payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":null,"payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":1.5,"payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":1e0,"payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":-1,"payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":true,"payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":"","payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":"a/b","payment_method":"wechat"}"#, "product_id"),
        (r#"{"product_type":"points","product_id":1}"#, "payment_method"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"paypal"}"#, "payment_method"),
        (r#"{"product_type":"points","product_id":1,"payment_method":["wechat"]}"#, "payment_method"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"stripe","currency":"XXX"}"#, "currency"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"wechat","is_upgrade":"yes"}"#, "is_upgrade"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"wechat","is_upgrade":1}"#, "is_upgrade"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"wechat_jsapi"}"#, "openid"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"wechat_jsapi","openid":""}"#, "openid"),
        (r#"{"product_type":"points","product_id":1,"payment_method":"wechat_jsapi","openid":"a b"}"#, "openid"),
        (
            r#"{"product_type":"points","product_id":1,"payment_method":"alipay_page","return_url":"https://elsewhere.example/"}"#,
            "return_url",
        ),
        (
            r#"{"product_type":"points","product_id":1,"payment_method":"alipay_page","return_url":"http://shop.example/"}"#,
            "return_url",
        ),
        (
            r#"{"product_type":"points","product_id":1,"payment_method":"alipay_page","return_url":"https://shop.example@elsewhere.example/"}"#,
            "return_url",
        ),
    ] {
        play(&shop, &with(body)).is_bad_field(field);
    }
    for key in ["", " ", "schlüssel", &"k".repeat(256)] {
        play(&shop, &with(GOOD).header("idempotency-key", key)).is_bad_field("Idempotency-Key");
    }
    assert_eq!((shop.orders(), shop.script.lines(|lines| lines.calls.len())), (0, 0));
}

#[test]
fn a_rule_is_told_in_the_callers_language() {
    let event = with(r#"{"product_type":"points","product_id":1,"payment_method":"wechat_jsapi"}"#);
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
fn what_is_not_on_sale() {
    for product in [r#""none""#, r#""withdrawn""#, "99999999999999999999"] {
        let body = format!(r#"{{"product_type":"points","product_id":{product},"payment_method":"wechat"}}"#);
        play(&Shop::new(), &with(&body)).is_problem(404, "product_not_found");
    }
}

#[test]
fn methods_that_are_not_open() {
    let shop = Shop::new();
    for body in [
        // WeChat Pay and Alipay take yuan alone.
        r#"{"product_type":"points","product_id":"cheap","payment_method":"wechat"}"#,
        r#"{"product_type":"points","product_id":1,"payment_method":"alipay","currency":"USD"}"#,
        // There is no price in it.
        r#"{"product_type":"points","product_id":1,"payment_method":"stripe","currency":"JPY"}"#,
    ] {
        play(&shop, &with(body)).is_problem(422, "method_unavailable");
    }
    let account = shop.memory.tables(|tables| tables.accounts[0].account.clone());
    assert_eq!(account.provider, Provider::WeChat);
    let closed = AccountSettings {
        account,
        mode: AccountMode::Live,
        is_default: true,
        is_on: false,
        base_url: None,
        hints: Vec::new(),
    };
    shop.memory.tables(|tables| tables.put_account(closed));
    play(&shop, &with(GOOD)).is_problem(422, "method_unavailable");
    assert_eq!(play(&shop, &with(&GOOD.replace("wechat", "alipay"))).status(), 200);
}

#[test]
fn amounts_outside_the_limits() {
    let cheap = with(r#"{"product_type":"points","product_id":"cheap","payment_method":"stripe"}"#);
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
fn nothing_to_upgrade() {
    play(&Shop::new(), &Event::read("create-order.upgrade")).is_problem(409, "nothing_to_upgrade");
}

#[test]
fn while_new_orders_are_suspended() {
    let shop = Shop::new().set("PAYMENT_ENABLED", "false").set("CREATIONS_PER_MINUTE", "1");
    for _ in 0..3 {
        let answer = play(&shop, &with(GOOD));
        assert_eq!(answer.is_problem(503, "paused").header("retry-after"), Some("60"));
    }
}

#[test]
fn a_provider_that_says_no_or_nothing() {
    for (error, refused) in [(CreateError::Refused, true), (CreateError::Unanswered, false)] {
        let shop = Shop::new();
        shop.script.lines(|lines| lines.create = Some(error));
        let body = format!(
            r#"{{"code":502,"error":"provider_error","msg":"支付渠道未能完成请求 (wechat)",
            "request_id":"JKJaXmPLvHcESHA=","data":{{"provider":"wechat","refused":{refused}}}}}"#
        );
        play(&shop, &with(GOOD)).is(502, &body);
        assert_eq!(shop.orders(), 0);
    }
}

#[test]
fn a_store_that_does_not_answer() {
    for kind in [CallKind::FindProduct, CallKind::SaveOrder, CallKind::CountCall, CallKind::ReadSecret] {
        let shop = Shop::new();
        shop.memory.faults(|faults| faults.plan(kind, 1, Fault::Before));
        let answer = play(&shop, &with(GOOD));
        assert_eq!(answer.is_problem(503, "unavailable").header("retry-after"), Some("1"), "{kind:?}");
    }
}

/// A fault of our own is told as such and shows nothing of its insides.
#[test]
fn a_panic_is_an_answer() {
    let shop = Shop::new();
    shop.script.lines(|lines| lines.panics = true);
    play(&shop, &with(GOOD).header("accept-language", "en")).is(
        500,
        r#"{"code":500,"error":"internal","msg":"Internal error","request_id":"JKJaXmPLvHcESHA=",
        "data":null}"#,
    );
}

#[test]
fn too_many_orders_of_a_user() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "2");
    let from = |n: u32| with(GOOD).from_address(&format!("203.0.113.{n}"));
    for n in 1..=2 {
        assert_eq!(play(&shop, &from(n)).status(), 200);
    }
    shop.pass(20);
    let answer = play(&shop, &from(3));
    assert_eq!(answer.is_problem(429, "too_many_requests").header("retry-after"), Some("40"));
    let other = from(4).header("authorization", "Bearer TOKEN_OF_ANOTHER_USER");
    assert_eq!(play(&shop, &other).status(), 200);
    shop.pass(40);
    assert_eq!(play(&shop, &from(3)).status(), 200);
}

#[test]
fn too_many_orders_from_an_address() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "2");
    let by = |who: &str| with(GOOD).header("authorization", &format!("Bearer {who}"));
    for who in ["TOKEN_OF_A_USER", "TOKEN_OF_ANOTHER_USER"] {
        assert_eq!(play(&shop, &by(who)).status(), 200);
    }
    // What a caller says of their address counts for nothing.
    let elsewhere = by("TOKEN_OF_AN_ADMIN").header("x-forwarded-for", "198.51.100.77");
    play(&shop, &elsewhere).is_problem(429, "too_many_requests");
    assert_eq!(play(&shop, &by("TOKEN_OF_AN_ADMIN").from_address("198.51.100.77")).status(), 200);
}

/// What is refused before it costs anything does not use up anybody's share.
#[test]
fn bad_requests_do_not_count() {
    let shop = Shop::new().set("CREATIONS_PER_MINUTE", "1");
    for _ in 0..3 {
        play(&shop, &with("{}")).is_bad_field("product_type");
    }
    assert_eq!(play(&shop, &with(GOOD)).status(), 200);
    play(&shop, &with(GOOD)).is_problem(429, "too_many_requests");
}
