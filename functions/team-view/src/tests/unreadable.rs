//! An order, an orphan or an account that cannot be read does not hide the others.

use till_app::ports::{KeepOrphan as _, Orphan};
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{Report, Says};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, TradeNo};

use super::*;

/// From now on the order is one that a later release wrote.
fn spoil(shop: &Shop, no: OrderNo) {
    shop.memory.tables(|tables| tables.stuck_orders.insert(no));
}

/// Orders of one user, the newest first.
fn orders(shop: &Shop, count: usize) -> Vec<OrderNo> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.insert(0, shop.order("u1", "points", "1", Method::AlipayQr));
        shop.pass(1);
    }
    made
}

#[track_caller]
fn numbers(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|no| no.as_str().unwrap().to_owned()).collect()
}

fn texts(numbers: &[OrderNo]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

/// What each page of a list has: rows, and unreadable ones.
#[track_caller]
fn pages(shop: &Shop, event: &Event, query: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = play(shop, &event.clone().query(&format!("{query}{cursor}"))).json();
        pages.push((each(&page["orders"], "order_no"), numbers(&page["unreadable"])));
        assert!(pages.len() < 20, "it never ends");
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

#[test]
fn unreadable_order_is_named_beside_the_others_of_its_page() {
    let shop = Shop::new();
    let made = orders(&shop, 5);
    spoil(&shop, made[1]);
    spoil(&shop, made[4]);
    let expected = [(texts(&made[..1]), texts(&made[1..2])), (texts(&made[2..4]), vec![]), (vec![], texts(&made[4..]))];
    let list = Event::read("team-view.orders");
    assert_eq!(pages(&shop, &list, "limit=2"), expected);
    assert_eq!(pages(&shop, &list, "limit=2&user=u1"), expected);
    assert_eq!(pages(&shop, &list, "limit=2&q=u1"), expected);
    // Whether it would fit is unknown; on which day it was made is not.
    let none_fits = (vec![], texts(&[made[1], made[4]]));
    assert_eq!(pages(&shop, &list, "status=refunded"), std::slice::from_ref(&none_fits));
    assert_eq!(pages(&shop, &list, "status=refunded&user=u1"), [none_fits]);
    assert_eq!(pages(&shop, &list, "user=u1&from=2024-12-01&to=2024-12-31"), [(vec![], vec![])]);
    assert_eq!(pages(&shop, &list, &format!("q={}", made[1])), [(vec![], texts(&made[1..2]))]);
    let user = pages(&shop, &Event::read("team-view.user"), "");
    assert_eq!(user, [(texts(&[made[0], made[2], made[3]]), texts(&[made[1], made[4]]))]);
}

#[test]
fn unreadable_order_itself_is_neither_shown_nor_missing() {
    let shop = ordered();
    spoil(&shop, first());
    play(&shop, &Event::read("team-view.order")).is_problem(500, "unreadable");
}

#[test]
fn payment_of_an_unreadable_order_leads_to_its_number() {
    let shop = ordered();
    let trade_no = shop.pay(first());
    spoil(&shop, first());
    let found = pages(&shop, &Event::read("team-view.search"), &format!("q={trade_no}"));
    assert_eq!(found, [(vec![], vec![FIRST.to_owned()])]);
}

#[test]
fn unreadable_order_has_a_line_in_the_file() {
    let shop = Shop::new();
    let made = orders(&shop, 3);
    spoil(&shop, made[1]);
    let file = play(&shop, &Event::read("team-view.csv").query("format=csv")).body().to_owned();
    let lines: Vec<&str> = file.lines().skip(1).collect();
    assert!(lines[0].starts_with(&format!("\"{}\t\",\"2025-", made[0])), "{file}");
    assert_eq!(lines[1], format!("\"{}\t\",\"\",\"unreadable\"{}", made[1], ",\"\"".repeat(14)));
    assert!(lines[2].starts_with(&format!("\"{}\t\",\"2025-", made[2])), "{file}");
}

#[test]
fn unreadable_order_on_hold_is_named_beside_the_others() {
    let shop = ordered();
    shop.pay_amount(first(), cny(1));
    let other = shop.order("u2", "points", "1", Method::AlipayQr);
    shop.pay_amount(other, cny(2));
    spoil(&shop, first());
    let held = pages(&shop, &Event::read("team-view.holds"), "");
    assert_eq!(held, [(texts(&[other]), vec![FIRST.to_owned()])]);
}

#[test]
fn unreadable_orphan_is_named_beside_the_others_and_counts_as_open() {
    let shop = Shop::new();
    let account = Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() };
    for n in 0..60 {
        let trade_no = TradeNo::parse(&format!("W{n:02}")).unwrap();
        let says = Says::Paid { trade_no: trade_no.clone(), amount: cny(1), paid_at: shop.now(), buyer: None };
        let report = Report { attempt: AttemptNo::FIRST, account: account.clone(), asked_at: None, says };
        let orphan = Orphan { number: "theirs".to_owned(), trade_no, report, at: shop.now() };
        shop.run(async |ports| ports.keep_orphan(&orphan).await.unwrap());
    }
    let spoilt = |text: &str| TradeNo::parse(text).unwrap();
    shop.memory.tables(|tables| tables.unreadable_orphans.extend([spoilt("W03"), spoilt("W49")]));
    let first = play(&shop, &Event::read("team-view.orphans").query("")).json();
    assert_eq!(
        (first["orphans"].as_array().unwrap().len(), numbers(&first["unreadable"])),
        (48, vec!["W03".to_owned(), "W49".to_owned()])
    );
    let rest = format!("cursor={}", first["next"].as_str().unwrap());
    let rest = play(&shop, &Event::read("team-view.orphans").query(&rest)).json();
    assert_eq!((rest["orphans"].as_array().unwrap().len(), numbers(&rest["unreadable"]).len()), (10, 0));
    let status = play(&shop, &Event::read("team-view.system")).json();
    assert_eq!((&status["orphans"]["count"], &status["verdict"]), (&Value::from(60), &Value::from("needs_a_person")));
}

#[test]
fn status_with_an_unreadable_order_needs_a_person_and_judges_the_others() {
    let shop = ordered();
    let other = shop.order("u2", "points", "1", Method::AlipayQr);
    shop.pay(other);
    shop.grant(other);
    spoil(&shop, first());
    let status = play(&shop, &Event::read("team-view.system")).json();
    assert_eq!((&status["verdict"], &status["failed"]), (&Value::from("needs_a_person"), &serde_json::json!([])));
    assert_eq!(status["unreadable"], serde_json::json!({"count": 1, "orders": [FIRST]}));
    assert_eq!((&status["looked_through"]["orders"], &status["accounts"][1]["paid"]), (&1.into(), &1.into()));
    // What is stuck besides stays stuck.
    let third = shop.order("u3", "points", "1", Method::AlipayQr);
    shop.pay(third);
    shop.pass(200);
    let status = play(&shop, &Event::read("team-view.system")).json();
    assert_eq!((&status["verdict"], &status["paid_not_granted"]["count"]), (&Value::from("stuck"), &1.into()));
}
