//! Sample events, played against a shop in memory.

mod by_hand;

use till_domain::provider::Method;
use till_memory::{CallKind, Fault};
use till_shop::refusals::refuses_bad_requests;
use till_shop::{Answered, Event, Shop, table};

use super::*;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let router = Router::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| handle(&router, ports, request, deadline).await)
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
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("spend-wallet", ROUTES, TIME_BUDGET);
    table::all_played("spend-wallet", &[include_str!("mod.rs"), include_str!("by_hand.rs")]);
}

#[test]
fn points_are_spent_once_for_a_repeated_key() {
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
fn quota_is_spent_until_it_expires() {
    let shop = rich();
    shop.pass(86_400);
    let after = play(&shop, &Event::read("spend-wallet.quota")).json();
    assert_eq!((&after["points"], &after["quotas"][0]["left"]), (&100.into(), &97.into()));
    assert_eq!(after["membership"]["spans"][0]["left_seconds"], 29 * 86_400);
    // Quota and membership end after 30 days.
    shop.pass(29 * 86_400);
    let later = play(&shop, &points()).json();
    assert_eq!((&later["points"], later["quotas"].to_string()), (&70.into(), "[]".to_owned()));
    assert_eq!(later["membership"].to_string(), r#"{"member_until":null,"spans":[],"tier":null,"until":null}"#);
}

#[test]
fn spending_more_than_there_is_spends_nothing() {
    let shop = rich();
    for body in [
        r#"{"user_id":"u1","points":101,"key":"k","reason":"r"}"#,
        r#"{"user_id":"u1","points":18446744073709551615,"key":"k","reason":"r"}"#,
        r#"{"user_id":"u1","quota":{"name":"queries","count":101},"key":"k","reason":"r"}"#,
        r#"{"user_id":"u1","quota":{"name":"exports","count":1},"key":"k","reason":"r"}"#,
        // The points would suffice, the quota would not.
        r#"{"user_id":"u1","points":1,"quota":{"name":"queries","count":101},"key":"k","reason":"r"}"#,
        r#"{"user_id":"u2","points":1,"key":"k","reason":"r"}"#,
    ] {
        play(&shop, &points().body(body)).is_problem(409, "insufficient");
    }
    assert_eq!(play(&shop, &points()).json()["points"], 70);
}

#[test]
fn key_of_another_spending_is_a_conflict() {
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
fn only_services_may_spend() {
    let shop = rich();
    play(&shop, &Event::read("spend-wallet.by-a-user"))
        .is(403, r#"{"code":403,"error":"forbidden","msg":"没有权限","request_id":"JKJaXmPLvHcESHA=","data":null}"#);
    refuses_bad_requests(&points(), &["TOKEN_OF_A_USER", "TOKEN_OF_AN_ADMIN"], |event| play(&shop, event));
}

#[test]
fn invalid_field_is_named() {
    let shop = rich();
    for (field, values) in [
        ("user_id", &["", r#""u 1""#, "1"][..]),
        ("key", &["", r#""""#]),
        ("reason", &["", r#""a\nb""#]),
        ("points", &["", "0", "-1", "1.5", r#""1""#, "1e2", "18446744073709551616"]),
    ] {
        for value in values {
            play(&shop, &points().field(field, value)).is_bad_field(field);
        }
    }
    for (quota, field) in [
        (r#""queries""#, "quota"),
        (r#"{"name":"queries","count":0}"#, "quota"),
        (r#"{"name":"queries"}"#, "quota.count"),
        (r#"{"name":"queries","count":-3}"#, "quota.count"),
        (r#"{"count":1}"#, "quota.name"),
    ] {
        play(&shop, &points().field("points", "").field("quota", quota)).is_bad_field(field);
    }
}

#[test]
fn silent_store_is_unavailable() {
    let shop = rich();
    shop.fail(CallKind::Commit, Fault::After);
    play(&shop, &points()).is_problem(503, "unavailable");
    // The write took effect, and the same key finds it.
    assert_eq!(play(&shop, &points()).json()["points"], 70);
}
