//! Changes by hand: each once for a key, by admins alone.

use till_app::caller::Role;
use till_shop::Event;

use super::*;

fn grant() -> Event {
    Event::read("spend-wallet.grant-by-hand")
}

fn extend() -> Event {
    Event::read("spend-wallet.extend-by-hand")
}

fn revoke() -> Event {
    Event::read("spend-wallet.revoke-by-hand")
}

#[test]
fn grant_by_hand_is_done_once_and_has_no_order() {
    let shop = Shop::new();
    let after = r#"{"user_id":"u1","points":50,
        "membership":{"tier":"pro","until":"2025-01-08T12:00:00+08:00","member_until":"2025-01-08T12:00:00+08:00",
        "spans":[{"order_no":null,"tier":"pro","left_seconds":604800,"until":"2025-01-08T12:00:00+08:00"}]},
        "quotas":[{"name":"queries","left":20,"lots":[{"order_no":null,"left":20,
        "ends_at":"2025-01-11T12:00:00+08:00"}]}],
        "entry":{"at":"2025-01-01T12:00:00+08:00","type":"admin_grant","grants":[{"type":"points","amount":50},
        {"type":"membership","tier":"pro","days":7},{"type":"quota","name":"queries","count":20,"days":10}],
        "key":"case-2025-0001","reason":"an outage"}}"#;
    play(&shop, &grant()).is(200, after);
    play(&shop, &grant()).is(200, after);
    shop.pass(60);
    let later = play(&shop, &grant()).json();
    assert_eq!(later["entry"]["at"], "2025-01-01T12:00:00+08:00", "what the first request did");
    assert_eq!(later["membership"]["spans"][0]["left_seconds"], 7 * 86_400 - 60, "as it stands now");
}

#[test]
fn each_change_by_hand_is_recorded_once_with_who_what_and_why() {
    let shop = rich();
    for event in [grant(), grant(), extend(), revoke(), revoke()] {
        assert_eq!(play(&shop, &event).status(), 200);
    }
    play(&shop, &grant().body(r#"{"grants":[{"type":"points","amount":1}],"reason":"r"}"#))
        .is_problem(409, "idempotency_conflict");
    assert_eq!(play(&shop, &points()).status(), 200);
    let records = shop.memory.tables(|tables| tables.team_records.clone());
    let what: Vec<&str> = records.iter().map(|record| record.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "granted 50 points + pro for 7 days + 20 queries for 10 days",
            "extended pro for 7 days",
            "revoked 30 points + 120 queries + 12 days of pro of 30 points + 150 queries + 12 days of pro",
        ]
    );
    let first = &records[0];
    assert_eq!(
        (first.subject.to_string().as_str(), first.by.as_str(), first.role),
        ("user u1", "ann", Some(Role::Admin))
    );
    assert_eq!(
        (first.reason.as_ref().map(till_domain::text::Reason::as_str), first.at),
        (Some("an outage"), shop.now())
    );
}

#[test]
fn change_by_hand_whose_answer_is_lost_is_recorded_once() {
    for fault in [Fault::Before, Fault::After, Fault::Twice] {
        let shop = Shop::new();
        shop.fail(CallKind::Commit, fault);
        play(&shop, &grant());
        assert_eq!(play(&shop, &grant()).status(), 200);
        assert_eq!(shop.memory.tables(|tables| tables.team_records.len()), 1, "{fault:?}");
    }
}

#[test]
fn running_membership_is_extended_by_days_of_its_own() {
    let shop = rich();
    for _ in 0..2 {
        let after = play(&shop, &extend()).json();
        assert_eq!(after["membership"]["member_until"], "2025-02-07T12:00:00+08:00");
        let spans = after["membership"]["spans"].as_array().unwrap();
        let orders: Vec<bool> = spans.iter().map(|span| span["order_no"].is_string()).collect();
        assert_eq!(orders, [true, false]);
        let entry = r#"{"at":"2025-01-01T12:00:00+08:00","days":7,"key":"case-2025-0002","reason":"an outage","tier":"pro",
            "type":"admin_extend"}"#;
        assert_eq!(after["entry"], serde_json::from_str::<serde_json::Value>(entry).unwrap());
    }
}

#[test]
fn only_a_membership_that_just_ended_is_extended() {
    let shop = rich();
    play(&shop, &extend().path("/api/v1/admin/users/u2/extend")).is_problem(409, "nothing_to_extend");
    shop.pass(60 * 86_400);
    assert_eq!(play(&shop, &extend()).json()["membership"]["member_until"], "2025-03-09T12:00:00+08:00");
    shop.pass(38 * 86_400);
    play(&shop, &extend().header("idempotency-key", "k")).is_problem(409, "nothing_to_extend");
}

#[test]
fn revoke_by_hand_takes_what_there_is_and_says_how_much() {
    let shop = rich();
    assert_eq!(play(&shop, &points()).json()["points"], 70);
    for _ in 0..2 {
        let after = play(&shop, &revoke()).json();
        assert_eq!((&after["points"], after["quotas"].to_string()), (&40.into(), "[]".to_owned()));
        assert_eq!(after["membership"]["spans"][0]["left_seconds"], 18 * 86_400);
        let entry = r#"{"at":"2025-01-01T12:00:00+08:00","type":"admin_revoke",
            "asked":{"points":30,"quota":{"name":"queries","count":150},"membership":{"tier":"pro","seconds":1036800}},
            "taken":{"points":30,"quota":{"name":"queries","count":100},"membership":{"tier":"pro","seconds":1036800}},
            "key":"case-2025-0003","reason":"given by mistake"}"#;
        assert_eq!(after["entry"], serde_json::from_str::<serde_json::Value>(entry).unwrap());
    }
    let rest = revoke().header("idempotency-key", "k").body(r#"{"points":90,"reason":"r"}"#);
    let rest = play(&shop, &rest).json();
    assert_eq!((&rest["points"], &rest["entry"]["taken"]["points"]), (&0.into(), &40.into()));
}

#[test]
fn revoke_that_found_nothing_takes_nothing_later() {
    let shop = Shop::new();
    let nothing = play(&shop, &revoke()).json();
    assert_eq!(nothing["entry"]["taken"]["points"], 0);
    let no = shop.order("u1", "points", "1", Method::WechatNative);
    shop.pay(no);
    shop.grant(no);
    assert_eq!(play(&shop, &revoke()).json()["points"], 100);
}

#[test]
fn key_of_another_change_by_hand_is_a_conflict() {
    let shop = rich();
    assert_eq!(play(&shop, &grant()).status(), 200);
    let points = r#"[{"type":"points","amount":50}]"#;
    for event in [
        grant().field("reason", r#""another""#),
        grant().field("grants", points),
        extend().header("idempotency-key", "case-2025-0001"),
        revoke().header("idempotency-key", "case-2025-0001"),
    ] {
        play(&shop, &event).is_problem(409, "idempotency_conflict");
    }
    assert_eq!(play(&shop, &extend()).status(), 200);
    play(&shop, &extend().field("days", "8")).is_problem(409, "idempotency_conflict");
    assert_eq!(play(&shop, &revoke()).status(), 200);
    play(&shop, &revoke().field("points", "31")).is_problem(409, "idempotency_conflict");
    assert_eq!(play(&shop, &grant().path("/api/v1/admin/users/u2/grant")).status(), 200, "another user's key");
}

#[test]
fn only_admins_change_by_hand_and_with_a_key() {
    let shop = rich();
    for event in [grant(), extend(), revoke()] {
        refuses_bad_requests(&event, &["TOKEN_OF_A_USER", "TOKEN_OF_A_SERVICE"], |event| play(&shop, event));
        play(&shop, &event.without("idempotency-key")).is_problem(400, "idempotency_key_required");
    }
}

#[test]
fn invalid_field_of_a_change_by_hand_is_named() {
    let shop = rich();
    let one = |grant: &str| grant.to_owned();
    for (grants, field) in [
        (String::new(), "grants"),
        ("[]".to_owned(), "grants"),
        ("{}".to_owned(), "grants"),
        (format!("[{}]", [r#"{"type":"points","amount":1}"#; 9].join(",")), "grants"),
        (one(r#"[{"amount":1}]"#), "grants.type"),
        (one(r#"[{"type":"coins","amount":1}]"#), "grants.type"),
        (one(r#"[{"type":"points"}]"#), "grants.amount"),
        (one(r#"[{"type":"points","amount":0}]"#), "grants.amount"),
        (one(r#"[{"type":"points","amount":1000000001}]"#), "grants.amount"),
        (one(r#"[{"type":"points","amount":1,"days":3}]"#), "grants.days"),
        (one(r#"[{"type":"membership","tier":"pro","days":1}]"#), "grants.rank"),
        (one(r#"[{"type":"membership","tier":"pro","rank":256,"days":1}]"#), "grants.rank"),
        (one(r#"[{"type":"membership","tier":"Pro","rank":1,"days":1}]"#), "grants.tier"),
        (one(r#"[{"type":"membership","tier":"pro","rank":1,"days":3651}]"#), "grants.days"),
        (one(r#"[{"type":"membership","tier":"pro","rank":1,"days":4294967297}]"#), "grants.days"),
        (one(r#"[{"type":"quota","name":"q","count":0,"days":1}]"#), "grants.count"),
        (one(r#"[{"type":"quota","name":"q","count":1,"days":0}]"#), "grants.days"),
        (one(r#"[{"type":"quota","count":1,"days":1}]"#), "grants.name"),
    ] {
        play(&shop, &grant().field("grants", &grants)).is_bad_field(field);
    }
    for days in ["", "0", "3651", "1.5", r#""7""#, "18446744073709551615"] {
        play(&shop, &extend().field("days", days)).is_bad_field("days");
    }
    for (name, value, field) in [
        ("points", "1000000001", "points"),
        ("quota", r#"{"name":"queries","count":0}"#, "quota"),
        ("quota", r#"{"name":"queries"}"#, "quota.count"),
        ("membership", r#"{"tier":"pro","days":0}"#, "membership"),
        ("membership", r#"{"tier":"pro","days":3651}"#, "membership"),
        ("membership", r#"{"days":1}"#, "membership.tier"),
        ("reason", "", "reason"),
    ] {
        play(&shop, &revoke().field(name, value)).is_bad_field(field);
    }
    play(&shop, &extend().header("idempotency-key", &"k".repeat(65))).is_bad_field("Idempotency-Key");
    play(&shop, &revoke().body(r#"{"reason":"r"}"#)).is_bad_field("points");
    play(&shop, &grant().path("/api/v1/admin/users/u%201/grant")).is_bad_field("user_id");
}

#[test]
fn user_of_the_path_may_be_encoded() {
    let shop = Shop::new();
    let answer = play(&shop, &grant().path("/api/v1/admin/users/auth0%3A7%40a.b/grant")).json();
    assert_eq!(answer["user_id"], "auth0:7@a.b");
}

#[test]
fn change_by_hand_whose_answer_was_lost_is_done_once() {
    for event in [grant(), extend(), revoke()] {
        let shop = rich();
        shop.fail(CallKind::Commit, Fault::After);
        play(&shop, &event).is_problem(503, "unavailable");
        let first = play(&shop, &event).json();
        assert_eq!(play(&shop, &event).json(), first);
    }
}
