//! A month is the same for its seed, and finished orders owe nothing.

use std::collections::{BTreeMap, BTreeSet};

use till_domain::order::{Fulfilment, HoldWord, Role, Status};

use super::*;

fn wish(seed: u64, orders: u32, ends: Ends) -> Wish {
    let first = Day::parse("2026-10-22").unwrap();
    let until = first.plus(30).start();
    let account_prefix = "sandbox-".to_owned();
    Wish { seed, orders, first, days: 30, until, ends, products: products(), account_prefix }
}

fn made(wish: Wish) -> (Month, Vec<Write>) {
    let mut month = Month::new(wish);
    let mut writes = Vec::new();
    while let Some(write) = month.next_write() {
        writes.push(write);
    }
    (month, writes)
}

#[test]
fn finished_orders_owe_nothing_and_end_in_every_way() {
    let (month, _) = made(wish(1, 6_000, Ends::AllFinished));
    let orders: Vec<&Order> = month.orders().collect();
    let mut holds = BTreeSet::new();
    for order in &orders {
        assert_eq!(order.due_at(), None, "{order:#?}");
        assert!(order.duties().is_empty() && order.untold().is_empty(), "{order:#?}");
        holds.extend(order.holds().into_iter().map(|hold| hold.word));
    }
    let count = |is: &dyn Fn(&Order) -> bool| orders.iter().filter(|order| is(order)).count();
    for status in [Status::Cancelled, Status::Paid, Status::Refunded] {
        assert!(count(&|order| order.status() == status) > 20, "{status}");
    }
    assert_eq!(count(&|order| order.status() == Status::Pending), 0);
    for fulfilment in [Fulfilment::None, Fulfilment::Granted, Fulfilment::Revoked] {
        assert!(count(&|order| order.fulfilment() == fulfilment) > 20, "{fulfilment}");
    }
    assert!(holds.contains(&HoldWord::OddPayment) && holds.contains(&HoldWord::Dispute), "{holds:?}");
    assert!(holds.contains(&HoldWord::RefundFailed) && holds.contains(&HoldWord::RefundUnclear), "{holds:?}");
    assert!(count(&|order| order.sold.upgrade.is_some() && order.granting.granted.is_some()) > 5);
    assert!(count(&|order| order.payments.iter().any(|payment| payment.role == Role::Extra)) > 20);
    assert!(count(&|order| order.kept().is_some_and(|kept| kept.paid_at > order.expire_at)) > 20);
    let days: BTreeSet<Day> = orders.iter().map(|order| Day::of(order.created_at)).collect();
    assert_eq!(days.len(), 30);
}

#[test]
fn orders_as_they_are_include_pending_ones_and_end_with_the_month() {
    let wish = wish(2, 6_000, Ends::AsTheyAre);
    // In the evening of the last day, when many come.
    let until = wish.until.minus(Seconds::hours(3));
    let wish = Wish { until, ..wish };
    let (month, _) = made(wish);
    assert!(month.orders().any(|order| order.status() == Status::Pending));
    assert!(month.orders().all(|order| order.timeline.iter().all(|moment| moment.at <= until)));
}

#[test]
fn same_wish_makes_the_same_month_and_another_seed_another() {
    let shown = |seed| format!("{:?}", made(wish(seed, 200, Ends::AllFinished)).1);
    assert_eq!(shown(3), shown(3));
    assert_ne!(shown(3), shown(4));
}

#[test]
fn writes_follow_one_another_and_ledgers_replay_to_the_wallets() {
    let (month, writes) = made(wish(5, 3_000, Ends::AllFinished));
    let mut versions: BTreeMap<OrderNo, u64> = BTreeMap::new();
    let mut last: BTreeMap<OrderNo, Order> = BTreeMap::new();
    let mut ledgers: BTreeMap<UserId, Vec<Entry>> = BTreeMap::new();
    for write in &writes {
        let order = write.order();
        assert_eq!(versions.insert(order.no, order.version).unwrap_or(0) + 1, order.version);
        last.insert(order.no, order.clone());
        if let Write::Commit(goods) = write {
            let ledger = ledgers.entry(order.sold.user.clone()).or_default();
            ledger.push(goods.entry.clone());
            assert_eq!(Wallet::replay(ledger), Ok(goods.wallet.clone()));
            assert!(goods.unchanged.iter().all(|(no, version)| versions.get(no) == Some(version)));
        }
    }
    assert_eq!(ledgers.len(), month.wallets().len());
    for order in month.orders() {
        let written = &last[&order.no];
        assert_eq!(
            (&written.payments, &written.refunds, written.granting),
            (&order.payments, &order.refunds, order.granting)
        );
        assert_eq!(written.due_at(), None);
    }
}
