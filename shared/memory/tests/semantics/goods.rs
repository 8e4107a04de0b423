//! The one transaction: all of it or nothing, whichever condition fails; and which answer tells which.

use till_app::ports::{Commit, CommitGoods as _, Committed, LoadEntry as _, LoadWallet as _, SaveOrder as _, Saved};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::wallet::{Entry, Wallet};
use till_memory::Memory;

use crate::fixture::{granting, memory, next, now, number, order, paid, spending, start, user};

fn with_orders(orders: &[&Order]) -> Memory {
    let memory = memory();
    for order in orders {
        assert_eq!(now(memory.ports().save_order(order)), Ok(Saved::Yes));
    }
    memory
}

fn commit(
    memory: &Memory,
    order: Option<&Order>,
    wallet: &Wallet,
    entry: Option<&Entry>,
    unchanged: &[(OrderNo, u64)],
) -> Committed {
    now(memory.ports().commit(Commit { order, user: &user(), wallet, entry, unchanged })).unwrap()
}

#[test]
fn all_of_it() {
    let stands = paid(&order(1));
    let memory = with_orders(&[&order(1), &stands, &order(2)]);
    let granted = next(&stands, start());
    let (entry, wallet) = granting(&granted, &Wallet::new());
    let done = commit(&memory, Some(&granted), &wallet, Some(&entry), &[(number(2), 1)]);
    assert_eq!(done, Committed::Yes);
    assert_eq!(memory.tables(|tables| tables.orders[&granted.no].version), 3);
    assert_eq!(now(memory.ports().load_wallet(&user())), Ok(wallet));
    assert_eq!(now(memory.ports().load_entry(&user(), &entry.source())), Ok(Some(entry)));
}

#[test]
fn or_nothing_for_each_single_condition() {
    let stands = paid(&order(1));
    let granted = next(&stands, start());
    let stale = next(&order(1), start());
    let (entry, wallet) = granting(&granted, &Wallet::new());
    let (_, far_wallet) = spending("s", 1, &wallet);
    for (what, order, wallet, unchanged) in [
        ("the order is of an older version", &stale, &wallet, vec![]),
        ("the wallet is of a later version", &granted, &far_wallet, vec![]),
        ("another order moved on", &granted, &wallet, vec![(number(2), 2)]),
        ("another order is gone", &granted, &wallet, vec![(number(3), 1)]),
        ("the second of two others moved on", &granted, &wallet, vec![(number(2), 1), (number(2), 0)]),
    ] {
        let memory = with_orders(&[&super::fixture::order(1), &stands, &super::fixture::order(2)]);
        assert_eq!(commit(&memory, Some(order), wallet, Some(&entry), &unchanged), Committed::Conflict, "{what}");
        nothing_happened(&memory, &stands, &entry, what);
    }
}

fn nothing_happened(memory: &Memory, stands: &Order, entry: &Entry, what: &str) {
    assert_eq!(memory.tables(|tables| tables.orders[&stands.no].version), stands.version, "{what}");
    assert_eq!(now(memory.ports().load_wallet(&user())), Ok(Wallet::new()), "{what}");
    assert_eq!(now(memory.ports().load_entry(&user(), &entry.source())), Ok(None), "{what}");
}

#[test]
fn what_the_ledger_has_is_a_duplicate_before_all_else() {
    let memory = with_orders(&[]);
    let (_, full) = granting(&order(1), &Wallet::new());
    let (entry, spent) = spending("s", 30, &full);
    memory.tables(|tables| tables.wallets.insert(user(), full.clone()));
    assert_eq!(commit(&memory, None, &spent, Some(&entry), &[]), Committed::Yes);
    // The same again, then with a wallet on the next version, then with another content.
    let (again, twice) = spending("s", 30, &spent);
    let (other, differently) = spending("s", 31, &spent);
    for (wallet, entry) in [(&spent, &entry), (&twice, &again), (&differently, &other)] {
        assert_eq!(commit(&memory, None, wallet, Some(entry), &[]), Committed::Duplicate);
        assert_eq!(now(memory.ports().load_wallet(&user())), Ok(spent.clone()));
    }
    let (fresh, after) = spending("s2", 30, &spent);
    assert_eq!(commit(&memory, None, &after, Some(&fresh), &[]), Committed::Yes);
}

#[test]
fn two_on_one_wallet_version_conflict() {
    let memory = with_orders(&[]);
    let (_, full) = granting(&order(1), &Wallet::new());
    memory.tables(|tables| tables.wallets.insert(user(), full.clone()));
    let (one, after_one) = spending("one", 10, &full);
    let (other, after_other) = spending("other", 20, &full);
    assert_eq!(commit(&memory, None, &after_one, Some(&one), &[]), Committed::Yes);
    assert_eq!(commit(&memory, None, &after_other, Some(&other), &[]), Committed::Conflict);
    assert_eq!(now(memory.ports().load_wallet(&user())).map(|wallet| wallet.points()), Ok(90));
}
