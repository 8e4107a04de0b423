//! One order, one user, and what needs a person.

use till_app::caller::{Caller, Role};
use till_app::ports::{
    CallbackAudit, Cause, Change, KeepOrphan as _, KeepProducts as _, KeepRecord as _, Noted, Orphan, Outcome, Record,
    RejectedCallback,
};
use till_app::setup::save_product;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{Fulfilment, Report, Says, Status};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Reason, TradeNo};
use till_domain::time::{Seconds, Time};
use till_memory::{CallKind, Fault};
use till_shop::shop::user;

use super::*;

fn keep(shop: &Shop, no: OrderNo, at: Time, by: Option<Caller>, callback: Option<CallbackAudit>) {
    let (cause, outcome) = (Cause::Command, Outcome::Changed(Status::Paid, Fulfilment::Queued));
    let record = Record { order: no, at, cause, account: None, outcome, callback, by, remedy: None };
    shop.run(async |ports| ports.keep_record(record).await);
}

#[test]
fn order_is_shown_with_all_that_happened_to_it() {
    let shop = ordered();
    shop.pay(first());
    shop.grant(first());
    let facts = vec![("trade_no", "T1".to_owned())];
    let callback = CallbackAudit { from: "203.0.113.9".to_owned(), hash: "ab".repeat(32), facts };
    shop.memory.tables(|tables| tables.records.clear());
    keep(&shop, first(), shop.now(), Some(Caller::admin(user("ann"))), Some(callback));
    let order = play(&shop, &Event::read("team-view.order")).json();
    assert_eq!((&order["order_no"], &order["status"]), (&Value::from(FIRST), &Value::from("paid")));
    assert_eq!(order["user_id"], "u1");
    assert!(!order["why"][0]["sentence"].as_str().unwrap().is_empty(), "{}", order["why"]);
    assert_eq!(each(&order["attempts"], "state"), ["paid"]);
    assert_eq!(each(&order["attempts"], "payment_no"), [FIRST]);
    assert_eq!(each(&order["payments"], "trade_no"), ["T1"]);
    assert_eq!(each(&order["timeline"], "what"), ["created", "paid", "granted"]);
    assert_eq!(each(&order["timeline"], "by"), ["buyer", "provider", "till"]);
    assert_eq!(each(&order["timeline"], "detail"), ["null", "kept", "null"]);
    assert_eq!(each(&order["wallet_entries"], "type"), ["grant"]);
    let record = &order["records"][0];
    assert_eq!((record["by"].as_str(), record["role"].as_str()), (Some("ann"), Some("admin")));
    assert_eq!(record["outcome"], "changed paid queued");
    assert_eq!(record["callback"]["facts"], serde_json::json!([{"name": "trade_no", "value": "T1"}]));
    for kind in [CallKind::LoadOrders, CallKind::ListRecords, CallKind::LoadEntry] {
        shop.fail(kind, Fault::Before);
        play(&shop, &Event::read("team-view.order")).is_problem(503, "unavailable");
    }
}

#[test]
fn unknown_order_is_not_found() {
    let shop = Shop::new();
    play(&shop, &Event::read("team-view.order")).is_problem(404, "order_not_found");
    play(&shop, &Event::read("team-view.order").path("/api/v1/admin/orders/ORD1")).is_bad_field("order_no");
}

#[test]
fn records_of_an_order_go_on_page_by_page() {
    let shop = ordered();
    shop.memory.tables(|tables| tables.records.clear());
    for n in 0..70 {
        keep(&shop, first(), shop.now().plus(Seconds(n)), None, None);
    }
    let newest = play(&shop, &Event::read("team-view.order")).json();
    assert_eq!(newest["records"].as_array().unwrap().len(), 50);
    assert_eq!(newest["records"][0]["at"], "2025-01-01T12:01:09+08:00");
    let rest = format!("records={}", newest["records_next"].as_str().unwrap());
    let rest = play(&shop, &Event::read("team-view.order").query(&rest)).json();
    assert_eq!((rest["records"].as_array().unwrap().len(), rest["records_next"].is_null()), (20, true));
    // The same trail by another route.
    let trail = play(&shop, &Event::read("team-view.audit").query(&format!("order_no={FIRST}"))).json();
    assert_eq!(trail["records"], newest["records"]);
    play(&shop, &Event::read("team-view.audit").query(&format!("order_no={FIRST}&by=ann"))).is_bad_field("by");
}

#[test]
fn held_orders_say_since_when_why_and_what_fits() {
    let shop = ordered();
    shop.pass(60);
    shop.pay_amount(first(), cny(1));
    shop.pass(60);
    let other = shop.order("u2", "points", "1", Method::AlipayQr);
    shop.pay_amount(other, cny(2));
    shop.pass(60);
    let held = play(&shop, &Event::read("team-view.holds").header("accept-language", "en")).json();
    assert_eq!(each(&held["orders"], "order_no"), [FIRST.to_owned(), other.to_string()], "the longest first");
    assert_eq!(each(&held["orders"], "held_since"), ["2025-01-01T12:01:00+08:00", "2025-01-01T12:02:00+08:00"]);
    let reason = &held["orders"][0]["reasons"][0];
    assert_eq!((&reason["hold"], &reason["trade_no"]), (&Value::from("odd_payment"), &Value::from("T1")));
    assert_eq!(reason["since"], "2025-01-01T12:01:00+08:00");
    assert_eq!(reason["decisions"], serde_json::json!(["accept", "return"]));
    assert!(reason["meaning"].as_str().unwrap().starts_with("Money arrived that does not fit"), "{reason}");
    let chinese = play(&shop, &Event::read("team-view.holds")).json();
    assert!(chinese["orders"][0]["reasons"][0]["meaning"].as_str().unwrap().starts_with("收到一笔"));
    let order = play(&shop, &Event::read("team-view.order").header("accept-language", "en")).json();
    assert_eq!(order["holds"], held["orders"][0]["reasons"]);
    let said = order["why"].as_array().unwrap().iter().find(|said| said["hold"] == "odd_payment").unwrap();
    assert_eq!((&said["about"], &said["decisions"]), (&Value::from("T1"), &reason["decisions"]));
    assert!(said["sentence"].as_str().unwrap().is_ascii(), "in the language of the request: {said}");
    // The index may be behind: what the order does not say is not shown.
    let (plain, now) = (shop.order("u3", "points", "1", Method::AlipayQr), shop.now());
    shop.memory.tables(|tables| tables.held.insert(plain, now));
    assert_eq!(play(&shop, &Event::read("team-view.holds")).json()["orders"].as_array().unwrap().len(), 2);
    shop.fail(CallKind::ListHeld, Fault::Before);
    play(&shop, &Event::read("team-view.holds")).is_problem(503, "unavailable");
}

pub(super) fn orphan(provider: Provider, trade_no: &str, number: &str, at: Time) -> Orphan {
    let trade_no = TradeNo::parse(trade_no).unwrap();
    let account = Account { provider, id: AccountId::parse("main").unwrap() };
    let says = Says::Paid { trade_no: trade_no.clone(), amount: cny(990), paid_at: at, buyer: None };
    let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
    Orphan { number: number.to_owned(), trade_no, report, at }
}

#[test]
fn orphans_are_listed_provider_by_provider() {
    let shop = Shop::new();
    let keep = |orphan: Orphan| shop.run(async |ports| ports.keep_orphan(&orphan).await.unwrap());
    for n in 0..60 {
        keep(orphan(Provider::WeChat, &format!("W{n:02}"), "theirs-1", shop.now()));
    }
    keep(orphan(Provider::Stripe, "pi_1", FIRST, shop.now()));
    let first = play(&shop, &Event::read("team-view.orphans").query("")).json();
    let rest = format!("cursor={}", first["next"].as_str().unwrap());
    let rest = play(&shop, &Event::read("team-view.orphans").query(&rest)).json();
    let numbers: Vec<String> = [&first, &rest].iter().flat_map(|page| each(&page["orphans"], "trade_no")).collect();
    let expected: Vec<String> = (0..60).map(|n| format!("W{n:02}")).chain(["pi_1".to_owned()]).collect();
    assert_eq!((numbers, rest["next"].is_null()), (expected, true));
    let last = &rest["orphans"][10];
    assert_eq!((&last["order_no"], &last["amount"]), (&Value::from(FIRST), &serde_json::json!(9.90)));
    assert!(first["orphans"][0]["order_no"].is_null(), "its number was never given");
    let open = play(&shop, &Event::read("team-view.orphans").query("status=open")).json();
    let rest = format!("status=open&cursor={}", open["next"].as_str().unwrap());
    let rest = play(&shop, &Event::read("team-view.orphans").query(&rest)).json();
    assert_eq!([&open, &rest].map(|page| page["orphans"].as_array().unwrap().len()), [50, 11]);
    play(&shop, &Event::read("team-view.orphans").query("status=closed")).is_bad_field("status");
    play(&shop, &Event::read("team-view.orphans").query("status=open&provider=wechat")).is_bad_field("provider");
    let only = play(&shop, &Event::read("team-view.orphans").query("provider=stripe")).json();
    assert_eq!(each(&only["orphans"], "trade_no"), ["pi_1"]);
    let wechat = play(&shop, &Event::read("team-view.orphans")).json();
    let other = format!("provider=stripe&cursor={}", wechat["next"].as_str().unwrap());
    play(&shop, &Event::read("team-view.orphans").query(&other)).is_bad_field("cursor");
}

fn reject(shop: &Shop, from: &str, at: Time) {
    let rejected = RejectedCallback {
        provider: Provider::Alipay,
        account: "main".to_owned(),
        reason: "bad_signature",
        from: from.to_owned(),
        length: 900,
        hash: "ab".repeat(32),
        at,
    };
    // A store keeps only some of a flood.
    shop.memory.tables(|tables| tables.edge.strays.push(rejected));
}

#[test]
fn orphan_shows_all_that_was_reported_and_decided() {
    let shop = Shop::new();
    let paid = orphan(Provider::WeChat, "W1", "theirs-1", shop.now());
    let says = Says::BackInAll { trade_no: paid.trade_no.clone(), amount: cny(190) };
    let back = Orphan { report: Report { says, ..paid.report.clone() }, ..paid.clone() };
    for reported in [&back, &paid] {
        shop.run(async |ports| ports.keep_orphan(reported).await.unwrap());
    }
    let list = play(&shop, &Event::read("team-view.orphans")).json();
    let shown = &list["orphans"][0];
    assert_eq!((shown["says"].as_str(), shown["status"].as_str()), (Some("paid"), Some("open")));
    assert_eq!((&shown["amount"], &shown["refunded_amount"]), (&serde_json::json!(9.90), &serde_json::json!(1.90)));
    assert_eq!(each(&shown["reports"], "says"), ["back_in_all", "paid"]);
    assert!(shown["closed"].is_null() && shown["settled"].is_null());
}

/// What settling it to an order would bring is told before.
#[test]
fn one_orphan_shows_what_it_would_be_to_an_order() {
    let event = || Event::read("team-view.orphan");
    play(&ordered(), &event()).is_problem(404, "orphan_not_found");
    for (amount, is_paid, expected) in [
        (9_900, false, r#"{"delivers":true,"goes_back":false,"order_no":"ORD20250101120000P78EZM44","role":"kept"}"#),
        (9_900, true, r#"{"delivers":false,"goes_back":true,"order_no":"ORD20250101120000P78EZM44","role":"extra"}"#),
        (9_800, false, r#"{"delivers":false,"goes_back":false,"order_no":"ORD20250101120000P78EZM44","role":"odd"}"#),
    ] {
        let shop = ordered();
        if is_paid {
            shop.pay(first());
        }
        let mut kept = orphan(Provider::WeChat, "W1", "theirs-1", shop.now());
        kept.report.says =
            Says::Paid { trade_no: kept.trade_no.clone(), amount: cny(amount), paid_at: shop.now(), buyer: None };
        shop.run(async |ports| ports.keep_orphan(&kept).await.unwrap());
        let answer = play(&shop, &event()).json();
        assert_eq!((answer["trade_no"].as_str(), answer["as_payment"].to_string().as_str()), (Some("W1"), expected));
        assert!(play(&shop, &event().query("")).json()["as_payment"].is_null());
        play(&shop, &event().query("order_no=ORD20250101120000AAAAAAAA")).is_problem(404, "order_not_found");
        play(&shop, &event().query("order_no=1")).is_bad_field("order_no");
        assert_eq!(shop.stored(first()).payments.len(), usize::from(is_paid), "nothing is changed");
    }
    play(&ordered(), &event().path("/api/v1/admin/orphans/paypal/W1")).is_bad_field("provider");
}

#[test]
fn rejected_callbacks_are_those_of_a_day() {
    let shop = Shop::new();
    for (n, at) in [(1, shop.now()), (2, shop.now().plus(Seconds(60))), (3, shop.now().plus(Seconds::days(1)))] {
        reject(&shop, &format!("203.0.113.{n}"), at);
    }
    let day = play(&shop, &Event::read("team-view.rejected")).json();
    assert_eq!(each(&day["callbacks"], "from"), ["203.0.113.2", "203.0.113.1"]);
    assert_eq!((&day["callbacks"][0]["body_bytes"], &day["day"]), (&Value::from(900), &Value::from("2025-01-01")));
    let next = play(&shop, &Event::read("team-view.rejected").query("day=2025-01-02")).json();
    assert_eq!(each(&next["callbacks"], "from"), ["203.0.113.3"]);
    assert_eq!(play(&shop, &Event::read("team-view.rejected").query("")).json()["day"], "2025-01-01", "today");
    play(&shop, &Event::read("team-view.rejected").query("day=1")).is_bad_field("day");
}

#[test]
fn list_of_rejected_callbacks_goes_on_after_midnight_with_its_day() {
    let shop = Shop::new();
    for n in 0..130 {
        reject(&shop, "203.0.113.1", shop.now().plus(Seconds(n)));
    }
    let list = |query: &str| play(&shop, &Event::read("team-view.rejected").query(query));
    let begun = list("").json();
    let cursor = begun["next"].as_str().unwrap();
    shop.pass(86_400);
    reject(&shop, "203.0.113.2", shop.now());
    let rest = list(&format!("cursor={cursor}")).json();
    assert_eq!((&rest["day"], rest["callbacks"].as_array().unwrap().len()), (&Value::from("2025-01-01"), 30));
    assert_eq!((&rest["unreadable"], rest["next"].is_null()), (&Value::from(0), true));
    assert_eq!(list(&format!("day=2025-01-01&cursor={cursor}")).json()["callbacks"], rest["callbacks"]);
    list(&format!("day=2025-01-02&cursor={cursor}")).is_bad_field("cursor");
    assert_eq!(each(&list("").json()["callbacks"], "from"), ["203.0.113.2"], "today");
}

#[test]
fn cursor_of_another_list_is_refused() {
    let shop = ordered();
    shop.memory.tables(|tables| tables.records.clear());
    for n in 0..130 {
        reject(&shop, "203.0.113.1", shop.now().plus(Seconds(n)));
        keep(&shop, first(), shop.now().plus(Seconds(n)), None, None);
    }
    let of_rejected = play(&shop, &Event::read("team-view.rejected")).json()["next"].as_str().unwrap().to_owned();
    let of_records = play(&shop, &Event::read("team-view.order")).json()["records_next"].as_str().unwrap().to_owned();
    let order = |records: &str| play(&shop, &Event::read("team-view.order").query(&format!("records={records}")));
    assert_eq!(order(&of_records).status(), 200);
    order(&of_rejected).is_bad_field("records");
    for (name, cursor) in [
        ("team-view.rejected", &of_records),
        ("team-view.orphans", &of_records),
        ("team-view.orphans", &of_rejected),
        ("team-view.orders", &of_records),
        ("team-view.holds", &of_rejected),
    ] {
        play(&shop, &Event::read(name).query(&format!("cursor={cursor}"))).is_bad_field("cursor");
    }
}

#[test]
fn audit_lists_what_the_team_commanded() {
    let shop = Shop::new();
    let no = |n| OrderNo::mint(shop.now(), n);
    let (ann, bob) = (Caller::admin(user("ann")), Caller { user: user("bob"), role: Role::Service });
    for n in 0..60 {
        keep(&shop, no(n), shop.now().plus(Seconds(n.try_into().unwrap())), Some(ann.clone()), None);
    }
    keep(&shop, no(100), shop.now().minus(Seconds::days(3)), Some(bob), None);
    keep(&shop, no(101), shop.now(), Some(Caller::buyer(user("u1"))), None);
    keep(&shop, no(102), shop.now(), None, None);
    let follow = |query: &str| {
        let (mut by, mut pages, mut cursor) = (Vec::new(), 0, String::new());
        loop {
            let page = play(&shop, &Event::read("team-view.audit").query(&format!("{query}{cursor}"))).json();
            by.extend(each(&page["records"], "by"));
            pages += 1;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (by, pages),
            }
        }
    };
    let (by, pages) = follow("");
    assert_eq!((by.len(), by.last().map(String::as_str), pages), (61, Some("bob"), 2));
    assert_eq!(follow("by=bob").0, ["bob"]);
    assert_eq!(follow("from=2025-01-01").0, vec!["ann"; 60]);
    assert_eq!(follow("to=2024-12-31&from=2024-01-01").0, ["bob"], "over many days without one");
    assert_eq!(play(&shop, &Event::read("team-view.audit")).json()["records"].as_array().unwrap().len(), 50);
}

/// Takes a product off sale and back on sale, a second later each time.
fn change_product(shop: &Shop, by: &str) {
    for n in 0..2 {
        shop.pass(1);
        let (by, at) = (user(by), shop.now());
        shop.run(async |ports| {
            let before = ports.noted_products().await.unwrap().remove(0);
            let change = Change { by, at, reason: Some(Reason::parse("a sale").unwrap()), key: None, hash: None };
            let mut after = Noted { item: before.item.clone(), notes: before.notes.with(change) };
            after.item.product.active = n > 0;
            save_product(ports, Some(&before), &after, Some(Role::Admin)).await.unwrap();
        });
    }
}

#[test]
fn audit_lists_what_is_about_no_order_among_the_rest() {
    let shop = Shop::new();
    let no = OrderNo::mint(shop.now(), 1);
    change_product(&shop, "bob");
    shop.pass(1);
    keep(&shop, no, shop.now(), Some(Caller::admin(user("ann"))), None);
    let asked = |query: &str| play(&shop, &Event::read("team-view.audit").query(query)).json()["records"].clone();
    let all = asked("");
    assert_eq!(each(&all, "subject"), ["order", "product", "product"]);
    assert_eq!(each(&all, "order_no"), [no.to_string(), "null".to_owned(), "null".to_owned()]);
    let name = all[1]["name"].as_str().unwrap();
    assert!(name.contains('/'), "{name}");
    let expected = serde_json::json!({
        "at": "2025-01-01T12:00:02+08:00", "subject": "product", "name": name, "order_no": null,
        "cause": "command", "outcome": "changed active=true", "provider": null, "account": null, "by": "bob",
        "role": "admin", "remedy": null, "reason": "a sale", "callback": null,
    });
    assert_eq!(all[1], expected);
    assert_eq!(each(&asked("by=bob"), "outcome"), ["changed active=true", "changed active=false"]);
    assert_eq!(asked(&format!("product={name}")), serde_json::json!([all[1], all[2]]));
    assert_eq!(asked("user_id=u1"), serde_json::json!([]));
    assert_eq!(asked("account=wechat/main"), serde_json::json!([]));
}

#[test]
fn audit_of_one_subject_is_read_page_by_page_and_alone() {
    let shop = Shop::new();
    for _ in 0..30 {
        change_product(&shop, "bob");
    }
    let audit = |query: &str| play(&shop, &Event::read("team-view.audit").query(query));
    let name = audit("").json()["records"][0]["name"].as_str().unwrap().to_owned();
    let first = audit(&format!("product={name}")).json();
    let next = first["next"].as_str().expect("there are more").to_owned();
    let second = audit(&format!("product={name}&cursor={next}")).json();
    let length = |page: &Value| page["records"].as_array().unwrap().len();
    assert_eq!((length(&first), length(&second), second["next"].is_null()), (50, 10, true));
    for (query, field) in [
        ("account=main", "account"),
        ("account=paypal/main", "account"),
        ("account=wechat/a,b", "account"),
        ("product=points", "product"),
        ("product=POINTS/1", "product"),
        ("user_id=a,b", "user_id"),
        ("user_id=u1&product=points/1", "product"),
        ("account=wechat/main&from=2025-01-01", "from"),
        ("user_id=u1&by=ann", "by"),
    ] {
        audit(query).is_bad_field(field);
    }
}

#[test]
fn user_is_shown_with_wallet_ledger_and_orders() {
    let shop = ordered();
    shop.pay(first());
    shop.grant(first());
    shop.order("u2", "points", "1", Method::AlipayQr);
    let seen = play(&shop, &Event::read("team-view.user")).json();
    assert_eq!((&seen["user_id"], &seen["wallet"]["membership"]["tier"]), (&Value::from("u1"), &Value::from("pro")));
    assert_eq!(each(&seen["ledger"], "type"), ["grant"]);
    assert_eq!((each(&seen["orders"], "order_no"), seen["next"].is_null()), (vec![FIRST.to_owned()], true));
    let nobody = play(&shop, &Event::read("team-view.user").path("/api/v1/admin/users/nobody")).json();
    assert_eq!((&nobody["wallet"]["points"], &nobody["orders"]), (&Value::from(0), &serde_json::json!([])));
    play(&shop, &Event::read("team-view.user").path("/api/v1/admin/users/a,b")).is_bad_field("user_id");
    for _ in 0..55 {
        shop.pass(1);
        shop.order("u1", "points", "1", Method::AlipayQr);
    }
    let page = play(&shop, &Event::read("team-view.user")).json();
    let next = play(&shop, &Event::read("team-view.user").query(&format!("cursor={}", page["next"].as_str().unwrap())));
    let lengths = [page["orders"].as_array().unwrap().len(), next.json()["orders"].as_array().unwrap().len()];
    assert_eq!(lengths, [50, 6]);
}
