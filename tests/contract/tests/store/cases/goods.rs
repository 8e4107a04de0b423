//! The one transaction: all of it or nothing, whichever condition fails; and the answer for each failure.

use till_app::ports::{Commit, CommitGoods as _, Committed, LoadEntry as _, LoadOrder as _, LoadWallet as _};
use till_domain::order::Order;
use till_domain::wallet::{Entry, GrantRound, Wallet};

use crate::fixture::{
    commit, full_wallet, granting, next, number, order, other_user, paid, save, spending, start, user,
};
use crate::tested_store::TestedStore;

pub async fn commit_writes_order_wallet_and_entry(tested: &impl TestedStore) {
    let stands = paid(&order(1));
    save(tested.store(), &[&order(1), &stands, &order(2)]).await;
    let granted = next(&stands, start());
    let (entry, wallet) = granting(&granted, &Wallet::new());
    let done = commit(tested.store(), Some(&granted), &wallet, &entry, &[(number(2), 1)]).await;
    assert_eq!(done, Ok(Committed::Yes));
    assert_eq!(tested.store().load_order(granted.no).await, Ok(Some(granted)));
    assert_eq!(tested.store().load_wallet(&user()).await, Ok(wallet));
    assert_eq!(tested.store().load_entry(&user(), &entry.source()).await, Ok(Some(entry)));
}

pub async fn commit_with_one_failed_condition_writes_nothing(tested: &impl TestedStore) {
    let stands = paid(&order(1));
    save(tested.store(), &[&order(1), &stands, &order(2)]).await;
    let granted = next(&stands, start());
    let stale = next(&order(1), start());
    let (entry, wallet) = granting(&granted, &Wallet::new());
    let (_, far_wallet) = spending("s", 1, &wallet);
    for (what, order, wallet, unchanged) in [
        ("the order is of an older version", &stale, &wallet, vec![]),
        ("the wallet is of a later version", &granted, &far_wallet, vec![]),
        ("another order moved on", &granted, &wallet, vec![(number(2), 2)]),
        ("another order is gone", &granted, &wallet, vec![(number(3), 1)]),
        ("the second of two others is gone", &granted, &wallet, vec![(number(2), 1), (number(4), 1)]),
    ] {
        let done = commit(tested.store(), Some(order), wallet, &entry, &unchanged).await;
        assert_eq!(done, Ok(Committed::Conflict), "{what}");
        nothing_happened(tested, &stands, &entry, what).await;
    }
}

async fn nothing_happened(tested: &impl TestedStore, stands: &Order, entry: &Entry, what: &str) {
    assert_eq!(tested.store().load_order(stands.no).await, Ok(Some(stands.clone())), "{what}");
    assert_eq!(tested.store().load_wallet(&user()).await, Ok(Wallet::new()), "{what}");
    assert_eq!(tested.store().load_entry(&user(), &entry.source()).await, Ok(None), "{what}");
}

pub async fn existing_ledger_entry_is_a_duplicate_before_any_conflict(tested: &impl TestedStore) {
    let store = tested.store();
    let full = full_wallet(tested).await;
    let (entry, spent) = spending("s", 30, &full);
    assert_eq!(commit(store, None, &spent, &entry, &[]).await, Ok(Committed::Yes));
    // The same again, then with a wallet on the next version, then with another content, then with an order that is stale.
    let (again, twice) = spending("s", 30, &spent);
    let (other, differently) = spending("s", 31, &spent);
    for (order, wallet, entry) in [
        (None, &spent, &entry),
        (None, &twice, &again),
        (None, &differently, &other),
        (Some(order(99)), &twice, &again),
    ] {
        assert_eq!(commit(store, order.as_ref(), wallet, entry, &[]).await, Ok(Committed::Duplicate));
        assert_eq!(store.load_wallet(&user()).await, Ok(spent.clone()));
    }
    assert_eq!(store.load_entry(&user(), &entry.source()).await, Ok(Some(entry)), "the first one stands");
    let (fresh, after) = spending("s2", 30, &spent);
    assert_eq!(commit(store, None, &after, &fresh, &[]).await, Ok(Committed::Yes));
}

pub async fn two_commits_on_one_wallet_version_conflict(tested: &impl TestedStore) {
    let full = full_wallet(tested).await;
    let (one, after_one) = spending("one", 10, &full);
    let (other, after_other) = spending("other", 20, &full);
    assert_eq!(commit(tested.store(), None, &after_one, &one, &[]).await, Ok(Committed::Yes));
    assert_eq!(commit(tested.store(), None, &after_other, &other, &[]).await, Ok(Committed::Conflict));
    assert_eq!(tested.store().load_wallet(&user()).await.map(|wallet| wallet.points()), Ok(90));
    assert_eq!(tested.store().load_entry(&user(), &other.source()).await, Ok(None));
}

pub async fn unwritten_wallet_is_empty(tested: &impl TestedStore) {
    assert_eq!(tested.store().load_wallet(&user()).await, Ok(Wallet::new()));
    let (entry, _) = granting(&order(1), &Wallet::new());
    assert_eq!(tested.store().load_entry(&user(), &entry.source()).await, Ok(None));
}

pub async fn every_kind_of_entry_reads_back(tested: &impl TestedStore) {
    let full = full_wallet(tested).await;
    let (spent, after) = spending("s", 30, &full);
    assert_eq!(commit(tested.store(), None, &after, &spent, &[]).await, Ok(Committed::Yes));
    let granted = GrantRound::first(number(99));
    let grants = order(99).sold.grants.clone();
    let revoked = Entry::revoke(granted, &grants, start(), after.next_version()).unwrap();
    let mut emptied = after.clone();
    emptied.apply(&revoked).unwrap();
    let ordered = next(&next(&paid(&order(99)), start()), start());
    assert_eq!(commit(tested.store(), Some(&ordered), &emptied, &revoked, &[]).await, Ok(Committed::Yes));
    for entry in [spent, revoked] {
        assert_eq!(tested.store().load_entry(&user(), &entry.source()).await, Ok(Some(entry)));
    }
    assert_eq!(tested.store().load_wallet(&user()).await, Ok(emptied));
}

pub async fn wallets_do_not_affect_each_other(tested: &impl TestedStore) {
    let full = full_wallet(tested).await;
    let (entry, wallet) = granting(&order(5), &Wallet::new());
    let commit = Commit {
        order: None,
        user: &other_user(),
        wallet: &wallet,
        entry: &entry,
        unchanged: &[],
        by: None,
        record: None,
    };
    assert_eq!(tested.store().commit(commit).await, Ok(Committed::Yes));
    assert_eq!(tested.store().load_wallet(&user()).await, Ok(full));
    assert_eq!(tested.store().load_entry(&user(), &entry.source()).await, Ok(None));
}
