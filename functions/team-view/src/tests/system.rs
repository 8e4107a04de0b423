//! Whether money is stuck.

use till_app::ports::{Closing, DecideOrphan as _, KeepOrphan as _, Orphan, SaveOrder as _, Saved};
use till_domain::id::AttemptNo;
use till_domain::order::{Duty, Facts, Fingerprint, Order, Report, Says, Slot};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Reason, TradeNo, UserId};
use till_domain::time::Seconds;
use till_memory::{CallKind, Fault};

use super::*;

#[track_caller]
fn system(shop: &Shop) -> Value {
    play(shop, &Event::read("team-view.system")).json()
}

#[test]
fn empty_shop_is_well_and_names_its_accounts() {
    let status = system(&Shop::new());
    assert_eq!(status["verdict"], "ok");
    assert_eq!(each(&status["accounts"], "provider"), ["wechat", "alipay", "stripe"]);
    assert!(status["accounts"][0]["last_payment"].is_null());
    assert_eq!(status["looked_through"]["orders"], 0);
    assert_eq!(status["queues"][0].to_string(), r#"{"dead":0,"queue":"fulfilment","waiting":0}"#);
}

#[test]
fn paid_order_without_its_goods_is_stuck_after_two_minutes() {
    let shop = ordered();
    shop.pay(first());
    let status = system(&shop);
    assert_eq!((status["verdict"].as_str(), status["queues"][0]["waiting"].as_u64()), (Some("ok"), Some(1)));
    let account = &status["accounts"][0];
    assert_eq!(
        (account["paid"].as_u64(), account["last_payment"].as_str()),
        (Some(1), Some("2025-01-01T12:00:00+08:00"))
    );
    shop.pass(200);
    let status = system(&shop);
    assert_eq!(status["verdict"], "stuck");
    let waiting = &status["paid_not_granted"];
    assert_eq!((waiting["count"].as_u64(), waiting["longest_seconds"].as_u64()), (Some(1), Some(200)));
    assert_eq!(waiting["orders"][0], FIRST);
    shop.grant(first());
    assert_eq!(system(&shop)["paid_not_granted"]["count"], 0);
}

#[test]
fn duty_that_no_sweep_does_is_overdue() {
    let shop = ordered();
    shop.pass(3 * 3600);
    let status = system(&shop);
    assert_eq!((status["verdict"].as_str(), status["overdue"]["count"].as_u64()), (Some("stuck"), Some(1)));
    assert!(status["overdue"]["longest_seconds"].as_u64().unwrap() > 3600, "{status}");
    assert_eq!(status["overdue"]["orders"][0], FIRST);
}

#[test]
fn order_on_hold_needs_a_person() {
    let shop = ordered();
    shop.pay_amount(first(), cny(1));
    let status = system(&shop);
    assert_eq!((status["verdict"].as_str(), status["holds"]["count"].as_u64()), (Some("needs_a_person"), Some(1)));
    assert_eq!(status["holds"]["since"], "2025-01-01T12:00:00+08:00");
    assert_eq!(status["paid_not_granted"]["count"], 0);
}

#[test]
fn paid_order_whose_grant_fails_is_found_behind_newer_ones_and_before_its_next_try() {
    let shop = ordered();
    shop.pay(first());
    for _ in 0..201 {
        shop.pass(20);
        let no = shop.order("u2", "points", "1", Method::AlipayQr);
        shop.pay(no);
        shop.grant(no);
    }
    // It was tried seven times, and is tried again in fifty minutes.
    let mut facts = Facts::clone(&shop.stored(first()));
    facts.version += 1;
    facts.schedule =
        vec![Slot { duty: Duty::Grant, tries: 7, next: shop.now().plus(Seconds::minutes(50)), owed: true }];
    let failing = Order::from_facts(facts);
    assert_eq!(shop.run(async |ports| ports.save_order(&failing).await), Ok(Saved::Yes));
    let status = system(&shop);
    let waiting = &status["paid_not_granted"];
    assert_eq!((waiting["count"].as_u64(), waiting["orders"][0].as_str()), (Some(1), Some(FIRST)));
    assert_eq!((&waiting["longest_seconds"], &waiting["more"]), (&Value::from(201 * 20), &Value::from(false)));
    assert_eq!((&status["verdict"], &status["overdue"]["count"]), (&Value::from("stuck"), &Value::from(0)));
}

#[test]
fn more_owing_orders_than_are_looked_through_are_said_to_be_more() {
    let shop = Shop::new();
    for _ in 0..201 {
        let no = shop.order("u2", "points", "1", Method::AlipayQr);
        shop.pay(no);
        let mut facts = Facts::clone(&shop.stored(no));
        facts.version += 1;
        facts.schedule =
            vec![Slot { duty: Duty::Grant, tries: 7, next: shop.now().plus(Seconds::minutes(50)), owed: true }];
        let failing = Order::from_facts(facts);
        assert_eq!(shop.run(async |ports| ports.save_order(&failing).await), Ok(Saved::Yes));
    }
    shop.pass(200);
    let waiting = &system(&shop)["paid_not_granted"];
    assert_eq!((&waiting["more"], waiting["orders"].as_array().unwrap().len()), (&Value::from(true), 10));
    assert!(waiting["count"].as_u64().unwrap() >= 200, "{waiting}");
}

#[test]
fn part_that_cannot_be_looked_at_is_null_and_the_others_are_there() {
    let of_orders = ["paid_not_granted", "overdue", "unreadable", "accounts", "looked_through"];
    for (kind, nth, parts) in [
        (CallKind::ListNumbers, 1, &["paid_not_granted", "accounts", "looked_through"][..]),
        (CallKind::FindDue, 1, &["overdue"]),
        (CallKind::FindDue, 2, &["paid_not_granted"]),
        (CallKind::LoadOrders, 1, &of_orders),
        (CallKind::InspectQueues, 1, &["queues"]),
        (CallKind::ListHeld, 1, &["holds"]),
        (CallKind::ListOpenOrphans, 1, &["orphans"]),
        (CallKind::ListRejected, 1, &["rejected_today"]),
        (CallKind::ReadAccounts, 3, &["accounts"]),
    ] {
        let shop = ordered();
        let whole = system(&shop);
        assert_eq!((&whole["verdict"], &whole["failed"]), (&Value::from("ok"), &serde_json::json!([])));
        shop.memory.faults(|faults| faults.plan(kind, nth, Fault::Before));
        let status = system(&shop);
        assert_eq!(status["failed"], serde_json::json!(parts), "{kind:?}");
        assert_eq!(status["verdict"], "needs_a_person", "{kind:?}");
        for (part, said) in whole.as_object().unwrap() {
            let is_there = !parts.contains(&part.as_str());
            let changes = ["verdict", "failed"].contains(&part.as_str());
            assert!(changes || status[part] == if is_there { said.clone() } else { Value::Null }, "{kind:?} {part}");
        }
    }
}

fn paid_elsewhere(shop: &Shop, trade_no: &str) -> Orphan {
    let trade_no = TradeNo::parse(trade_no).unwrap();
    let account = Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() };
    let says = Says::Paid { trade_no: trade_no.clone(), amount: cny(990), paid_at: shop.now(), buyer: None };
    let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
    Orphan { number: "theirs".to_owned(), trade_no, report, at: shop.now() }
}

/// More orphans were settled and returned than one page of the list has; those that sort behind them still wait.
#[test]
fn open_orphan_is_counted_behind_any_number_of_decided_ones() {
    let shop = Shop::new();
    let keep = |orphan: &Orphan| shop.run(async |ports| ports.keep_orphan(orphan).await.unwrap());
    for n in 0..150 {
        let orphan = paid_elsewhere(&shop, &format!("A{n:03}"));
        keep(&orphan);
        if n % 2 == 0 {
            let (by, reason, at) = (UserId::parse("ann").unwrap(), Reason::parse("seen").unwrap(), shop.now());
            let closing = Closing { by, reason, at, key: Fingerprint(1), request: Fingerprint(1) };
            shop.run(async |ports| ports.close_orphan(Provider::WeChat, &orphan.trade_no, &closing).await.unwrap());
        } else {
            let says = Says::BackInAll { trade_no: orphan.trade_no.clone(), amount: cny(990) };
            keep(&Orphan { report: Report { says, ..orphan.report.clone() }, ..orphan });
        }
    }
    let status = system(&shop);
    assert_eq!((status["verdict"].as_str(), status["orphans"]["count"].as_u64()), (Some("ok"), Some(0)));
    shop.pass(60);
    keep(&paid_elsewhere(&shop, "Z1"));
    let status = system(&shop);
    assert_eq!((status["verdict"].as_str(), status["orphans"]["count"].as_u64()), (Some("needs_a_person"), Some(1)));
    assert_eq!(status["orphans"]["since"], "2025-01-01T12:01:00+08:00");
    let open = play(&shop, &Event::read("team-view.orphans").query("status=open")).json();
    assert_eq!(
        (each(&open["orphans"], "trade_no"), each(&open["orphans"], "status")),
        (vec!["Z1".to_owned()], vec!["open".to_owned()])
    );
}

#[test]
fn part_that_cannot_be_looked_at_does_not_hide_what_is_stuck() {
    let shop = ordered();
    shop.pass(3 * 3600);
    shop.fail(CallKind::ListHeld, Fault::Before);
    let status = system(&shop);
    assert_eq!((&status["verdict"], &status["failed"]), (&Value::from("stuck"), &serde_json::json!(["holds"])));
}
