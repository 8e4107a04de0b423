//! Whether money is stuck.

use till_app::ports::{Closing, DecideOrphan as _, KeepOrphan as _, Orphan};
use till_domain::id::AttemptNo;
use till_domain::order::{Fingerprint, Report, Says};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Reason, TradeNo, UserId};
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
fn status_is_unavailable_while_a_part_is() {
    for part in [CallKind::ListNumbers, CallKind::LoadOrders, CallKind::ListHeld, CallKind::InspectQueues] {
        let shop = ordered();
        shop.fail(part, Fault::Before);
        play(&shop, &Event::read("team-view.system")).is_problem(503, "unavailable");
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
