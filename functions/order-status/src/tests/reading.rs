//! Lists of orders, and the wallet.

use till_app::by_hand::{Asked, HandRequest, change_by_hand};
use till_app::caller::Caller;
use till_domain::text::{Key, Reason};
use till_domain::wallet::Portion;
use till_memory::{CallKind, Fault};
use till_shop::shop::user;

use super::*;

#[test]
fn orders_are_listed_page_by_page_newest_first() {
    let shop = Shop::new();
    let mut made = Vec::new();
    for n in 0..45 {
        made.push(shop.order("u1", "points", "1", Method::AlipayQr).to_string());
        if n % 3 == 0 {
            shop.order("u2", "points", "1", Method::AlipayQr);
        }
        shop.pass(1);
    }
    made.reverse();
    let event = Event::read("order-status.orders");
    let mut seen = Vec::new();
    let mut page = play(&shop, &event).json();
    let mut lengths = Vec::new();
    loop {
        let orders = page["orders"].as_array().unwrap();
        lengths.push(orders.len());
        seen.extend(orders.iter().map(|order| order["order_no"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        page = play(&shop, &event.clone().query(&format!("cursor={next}"))).json();
    }
    assert_eq!((lengths, seen), (vec![20, 20, 5], made));
}

#[test]
fn full_last_page_has_no_next_page() {
    let shop = Shop::new();
    for _ in 0..20 {
        shop.order("u1", "points", "1", Method::AlipayQr);
        shop.pass(1);
    }
    let page = play(&shop, &Event::read("order-status.orders")).json();
    assert_eq!((page["orders"].as_array().unwrap().len(), page["next"].is_null()), (20, true));
}

#[test]
fn page_of_orders_has_their_buyers_view() {
    let shop = ordered();
    play(&shop, &Event::read("order-status.orders")).is(
        200,
        r#"{"orders":[{"order_no":"ORD20250101120000P78EZM44","status":"pending","fulfilment":"none","amount":99.00,
        "amount_minor":9900,"refunded_amount":0.00,"currency":"CNY","payment_method":"wechat_native",
        "created_at":"2025-01-01T12:00:00+08:00","expire_at":"2025-01-01T12:30:00+08:00","on_hold":false,
        "product":{"product_type":"membership","product_id":"1","name":"Pro, 30 days"},
        "attempt":{"method":"wechat_native","state":"open","qr_code_expire_at":"2025-01-01T12:15:00+08:00"},
        "can_retry":true,"can_cancel":true,"attempts_left":9,"server_time":"2025-01-01T12:00:00+08:00"}],"next":null}"#,
    );
    // No order is older than the cursor.
    let next = Event::read("order-status.orders-next-page");
    play(&shop, &next).is(200, r#"{"orders":[],"next":null}"#);
    play(&shop, &next.clone().query("cursor=x")).is_bad_field("cursor");
    play(&shop, &next.without("authorization")).is_problem(401, "unauthenticated");
    shop.fail(CallKind::ListOrders, Fault::Before);
    play(&shop, &Event::read("order-status.orders")).is_problem(503, "unavailable");
    // A buyer is not told that an order was never made.
    shop.memory.tables(|tables| tables.stuck_orders.insert(first()));
    play(&shop, &Event::read("order-status.orders")).is_problem(503, "unavailable");
}

#[test]
fn wallet_is_shown_as_of_now() {
    let shop = ordered();
    let empty = r#"{"user_id":"u1","points":0,"membership":{"tier":null,"until":null,"member_until":null,"spans":[]},
        "quotas":[],"entries":[]}"#;
    let event = Event::read("order-status.wallet");
    play(&shop, &event).is(200, empty);
    shop.pay(first());
    shop.grant(first());
    shop.pass(86_400);
    play(&shop, &event).is(
        200,
        r#"{"user_id":"u1","points":0,"membership":{"tier":"pro","until":"2025-01-31T12:00:00+08:00",
        "member_until":"2025-01-31T12:00:00+08:00","spans":[{"order_no":"ORD20250101120000P78EZM44","tier":"pro",
        "left_seconds":2505600,"until":"2025-01-31T12:00:00+08:00"}]},"quotas":[],
        "entries":[{"at":"2025-01-01T12:00:00+08:00","type":"grant","order_no":"ORD20250101120000P78EZM44",
        "grants":[{"type":"membership","tier":"pro","days":30}]}]}"#,
    );
    play(&shop, &event.clone().token("TOKEN_OF_ANOTHER_USER")).is(200, &empty.replace("u1", "u2"));
    play(&shop, &event.clone().without("authorization")).is_problem(401, "unauthenticated");
    shop.fail(CallKind::ListEntries, Fault::Before);
    play(&shop, &event).is_problem(503, "unavailable");
}

#[test]
fn wallet_of_any_user_is_read_by_the_team_and_its_services() {
    let shop = ordered();
    shop.pay(first());
    shop.grant(first());
    let event = Event::read("order-status.wallet-for-a-service");
    let own = play(&shop, &Event::read("order-status.wallet")).json();
    for event in [event.clone(), event.clone().token("TOKEN_OF_AN_ADMIN"), event.clone().token("TOKEN_OF_A_USER")] {
        assert_eq!(play(&shop, &event).json(), own);
    }
    play(&shop, &event.clone().token("TOKEN_OF_ANOTHER_USER")).is_problem(403, "forbidden");
    play(&shop, &event.clone().query("")).is_bad_field("user_id");
    play(&shop, &event.clone().query("user_id=u%201")).is_bad_field("user_id");
    let admin = play(&shop, &event.token("TOKEN_OF_AN_ADMIN").query("")).json();
    assert_eq!(admin["user_id"], "ann", "their own");
}

/// Takes five points from user u1, who has none.
fn take_by_hand(shop: &Shop, key: &str, reason: &str) {
    let request = HandRequest {
        user: user("u1"),
        key: Key::parse(key).unwrap(),
        asked: Asked::Revoke(Portion::new(5, None, None).unwrap()),
        reason: Reason::parse(reason).unwrap(),
        by: Caller::admin(user("ann")),
    };
    shop.run(async |ports| change_by_hand(ports, &request).await.unwrap());
}

#[test]
fn reason_of_a_change_by_hand_is_for_the_team_alone() {
    let shop = Shop::new();
    take_by_hand(&shop, "case-1", "suspicion of fraud");
    let event = Event::read("order-status.wallet");
    let own = play(&shop, &event).json()["entries"][0].clone();
    assert_eq!((&own["type"], &own["taken"]["points"]), (&"admin_revoke".into(), &0.into()));
    assert!(["key", "reason", "asked"].iter().all(|name| own.get(name).is_none()), "{own}");
    let team = play(&shop, &Event::read("order-status.wallet-for-a-service")).json();
    let team = team["entries"][0].clone();
    assert_eq!((&team["key"], &team["reason"]), (&"case-1".into(), &"suspicion of fraud".into()));
    assert_eq!(team["asked"]["points"], 5);
}

#[test]
fn higher_of_two_tiers_runs_first() {
    let shop = Shop::new();
    for product in ["1", "2"] {
        let no = shop.order("u1", "membership", product, Method::AlipayQr);
        shop.pay(no);
        shop.grant(no);
    }
    let membership = play(&shop, &Event::read("order-status.wallet")).json()["membership"].clone();
    assert_eq!(membership["tier"], "premium");
    assert_eq!(membership["until"], "2025-04-01T12:00:00+08:00");
    assert_eq!(membership["member_until"], "2025-05-01T12:00:00+08:00");
    assert_eq!(membership["spans"][1]["until"], membership["member_until"]);
}

#[test]
fn parameter_that_a_route_does_not_know_is_refused_by_name() {
    let shop = Shop::new();
    for (event, parameter) in [
        ("order-status.wallet", "user"),
        ("order-status.orders", "limit"),
        ("order-status.pending", "order"),
        ("order-status.push-ticket", "order_no"),
    ] {
        play(&shop, &Event::read(event).query(&format!("{parameter}=1"))).is_bad_field(parameter);
    }
}
