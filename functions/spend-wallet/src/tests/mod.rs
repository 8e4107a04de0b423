//! Events played before a shop in memory.

use till_domain::provider::Method;
use till_memory::{CallKind, Fault};
use till_shop::{Answered, Event, Shop, table};

use super::*;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = SpendWallet::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

/// User u1 has 100 points, and 100 queries and 30 days of membership.
fn rich() -> Shop {
    let shop = Shop::new();
    for (kind, product) in [("points", "1"), ("package", "basic")] {
        let no = shop.order("u1", kind, product, Method::WechatNative);
        shop.pay(no);
        shop.grant(no);
    }
    shop
}

fn points() -> Event {
    Event::read("spend-wallet.points")
}

#[test]
fn the_table_says_what_the_code_does() {
    table::agrees("spend-wallet", ROUTES, TIME_BUDGET.as_secs());
    table::all_played("spend-wallet", &[include_str!("mod.rs")]);
}

#[test]
fn points_are_spent_once() {
    let shop = rich();
    let after = r#"{"user_id":"u1","points":70,
        "membership":{"tier":"pro","until":"2025-01-31T12:00:00+08:00","member_until":"2025-01-31T12:00:00+08:00",
        "spans":[{"order_no":"ORD20250101120000YMZZT377","tier":"pro","left_seconds":2592000,
        "until":"2025-01-31T12:00:00+08:00"}]},
        "quotas":[{"name":"queries","left":100,"lots":[{"order_no":"ORD20250101120000YMZZT377","left":100,
        "ends_at":"2025-01-31T12:00:00+08:00"}]}]}"#;
    play(&shop, &points()).is(200, after);
    play(&shop, &points()).is(200, after);
}

#[test]
fn quotas_are_spent() {
    let shop = rich();
    shop.pass(86_400);
    let after = play(&shop, &Event::read("spend-wallet.quota")).json();
    assert_eq!((&after["points"], &after["quotas"][0]["left"]), (&100.into(), &97.into()));
    assert_eq!(after["membership"]["spans"][0]["left_seconds"], 29 * 86_400);
    // In a month it is gone.
    shop.pass(29 * 86_400);
    let later = play(&shop, &points()).json();
    assert_eq!((&later["points"], later["quotas"].to_string()), (&70.into(), "[]".to_owned()));
    assert_eq!(later["membership"].to_string(), r#"{"member_until":null,"spans":[],"tier":null,"until":null}"#);
}

#[test]
fn less_is_there_than_would_be_spent() {
    let shop = rich();
    for body in [
        r#"{"user_id":"u1","points":101,"key":"k","reason":"r"}"#,
        r#"{"user_id":"u1","points":18446744073709551615,"key":"k","reason":"r"}"#,
        r#"{"user_id":"u1","quota":{"name":"queries","count":101},"key":"k","reason":"r"}"#,
        r#"{"user_id":"u1","quota":{"name":"exports","count":1},"key":"k","reason":"r"}"#,
        // All of it or nothing.
        r#"{"user_id":"u1","points":1,"quota":{"name":"queries","count":101},"key":"k","reason":"r"}"#,
        r#"{"user_id":"u2","points":1,"key":"k","reason":"r"}"#,
    ] {
        play(&shop, &points().body(body)).is_problem(409, "insufficient");
    }
    assert_eq!(play(&shop, &points()).json()["points"], 70);
}

#[test]
fn a_key_is_for_one_spending() {
    let shop = rich();
    assert_eq!(play(&shop, &points()).status(), 200);
    for body in [
        r#"{"user_id":"u1","points":31,"key":"export-42","reason":"an export"}"#,
        r#"{"user_id":"u1","points":30,"key":"export-42","reason":"another export"}"#,
        r#"{"user_id":"u1","points":30,"quota":{"name":"queries","count":1},"key":"export-42","reason":"an export"}"#,
    ] {
        play(&shop, &points().body(body)).is_problem(409, "idempotency_conflict");
    }
}

#[test]
fn services_alone_spend() {
    let shop = rich();
    play(&shop, &Event::read("spend-wallet.by-a-user"))
        .is(403, r#"{"code":403,"error":"forbidden","msg":"没有权限","request_id":"JKJaXmPLvHcESHA=","data":null}"#);
    play(&shop, &points().header("authorization", "Bearer TOKEN_OF_AN_ADMIN")).is_problem(403, "forbidden");
    play(&shop, &points().without("authorization")).is_problem(401, "unauthenticated");
}

#[test]
fn fields_that_break_a_rule() {
    let shop = rich();
    for (body, field) in [
        (r#"{"points":1,"key":"k","reason":"r"}"#, "user_id"),
        (r#"{"user_id":"u 1","points":1,"key":"k","reason":"r"}"#, "user_id"),
        (r#"{"user_id":1,"points":1,"key":"k","reason":"r"}"#, "user_id"),
        (r#"{"user_id":"u1","points":1,"reason":"r"}"#, "key"),
        (r#"{"user_id":"u1","points":1,"key":"","reason":"r"}"#, "key"),
        (r#"{"user_id":"u1","points":1,"key":"k"}"#, "reason"),
        (r#"{"user_id":"u1","points":1,"key":"k","reason":"a\nb"}"#, "reason"),
        (r#"{"user_id":"u1","key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","points":0,"key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","points":-1,"key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","points":1.5,"key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","points":"1","key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","points":1e2,"key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","points":18446744073709551616,"key":"k","reason":"r"}"#, "points"),
        (r#"{"user_id":"u1","quota":"queries","key":"k","reason":"r"}"#, "quota"),
        (r#"{"user_id":"u1","quota":{"name":"queries","count":0},"key":"k","reason":"r"}"#, "quota"),
        (r#"{"user_id":"u1","quota":{"name":"queries"},"key":"k","reason":"r"}"#, "quota.count"),
        (r#"{"user_id":"u1","quota":{"name":"queries","count":-3},"key":"k","reason":"r"}"#, "quota.count"),
        (r#"{"user_id":"u1","quota":{"count":1},"key":"k","reason":"r"}"#, "quota.name"),
    ] {
        play(&shop, &points().body(body)).is_bad_field(field);
    }
    play(&shop, &points().body("[]")).is_problem(400, "invalid_json");
    play(&shop, &points().header("content-type", "text/xml")).is_problem(415, "unsupported_media_type");
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(64 * 1024));
    play(&shop, &points().body(&long)).is_problem(413, "body_too_large");
}

#[test]
fn a_store_that_does_not_answer() {
    let shop = rich();
    shop.memory.faults(|faults| faults.plan(CallKind::Commit, 1, Fault::After));
    play(&shop, &points()).is_problem(503, "unavailable");
    // It took effect all the same: the same key finds it.
    assert_eq!(play(&shop, &points()).json()["points"], 70);
}
