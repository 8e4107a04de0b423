//! Lists: pages of orders, and the newest entries of a ledger.

use till_app::ports::{Committed, ListEntries as _, ListOrders as _, ListRecent as _};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::text::UserId;
use till_domain::time::Seconds;

use crate::fixture::{commit, full_wallet, order, order_of, other_user, over, paid, save, spending, start, user};
use crate::tested_store::TestedStore;

async fn listed(tested: &impl TestedStore, user: &UserId, before: Option<OrderNo>, most: usize) -> Vec<OrderNo> {
    let orders = tested.store().list_orders(user, before, most).await.unwrap().orders;
    orders.iter().map(|order| order.no).collect()
}

pub async fn orders_of_a_user_are_listed_newest_first_in_pages(tested: &impl TestedStore) {
    let at = |n: u32| start().plus(Seconds(n));
    let mut expected = Vec::new();
    for n in 0..130 {
        let order = order_of(user(), at(n), n.into());
        save(tested.store(), &[&order]).await;
        expected.insert(0, order.no);
    }
    let theirs = order_of(other_user(), start(), 1_000);
    save(tested.store(), &[&theirs]).await;
    assert_eq!(listed(tested, &user(), None, 130).await, expected, "more than one batch");
    assert_eq!(listed(tested, &user(), None, 1_000).await, expected);
    let mut read = Vec::new();
    loop {
        let page = listed(tested, &user(), read.last().copied(), 50).await;
        if page.is_empty() {
            break;
        }
        assert_eq!(page.len(), (expected.len() - read.len()).min(50));
        read.extend(page);
    }
    assert_eq!(read, expected);
    assert_eq!(listed(tested, &other_user(), None, 50).await, [theirs.no]);
    assert_eq!(listed(tested, &UserId::parse("nobody").unwrap(), None, 50).await, []);
}

pub async fn recent_orders_of_a_user_are_named_newest_first(tested: &impl TestedStore) {
    let at = |n: u32| start().plus(Seconds(n));
    let orders: Vec<Order> = (0..5).map(|n| order_of(user(), at(n), n.into())).collect();
    let theirs = order_of(other_user(), at(2), 1_000);
    save(tested.store(), &orders.iter().chain([&theirs]).collect::<Vec<_>>()).await;
    let recent = async |since: u32, most: usize| tested.store().list_recent(&user(), at(since), most).await.unwrap();
    let newest: Vec<OrderNo> = orders.iter().rev().map(|order| order.no).collect();
    assert_eq!(recent(0, 10).await, newest);
    assert_eq!(recent(2, 10).await, newest[..3], "those of that second too");
    assert_eq!(recent(0, 2).await, newest[..2]);
    assert_eq!(recent(5, 10).await, []);
}

pub async fn listed_order_is_the_stored_one(tested: &impl TestedStore) {
    let bought = paid(&order(1));
    save(tested.store(), &[&order(1), &bought]).await;
    let listed: Vec<Order> = tested.store().list_orders(&user(), None, 10).await.unwrap().orders;
    assert_eq!(listed, [bought]);
}

pub async fn expired_order_is_not_listed(tested: &impl TestedStore) {
    let (abandoned, bought) = (order(1), order(2));
    save(tested.store(), &[&abandoned, &over(&abandoned), &bought, &paid(&bought)]).await;
    tested.pass(Seconds::days(91));
    assert_eq!(listed(tested, &user(), None, 10).await, [bought.no], "though the store has not deleted it");
}

pub async fn ledger_lists_its_newest_entries_first(tested: &impl TestedStore) {
    assert_eq!(tested.store().list_entries(&user()).await, Ok(Vec::new()));
    let mut wallet = full_wallet(tested).await;
    let mut newest_first = Vec::new();
    for n in 0..24 {
        let (entry, spent) = spending(&format!("s{n}"), 1, &wallet);
        assert_eq!(commit(tested.store(), None, &spent, &entry, &[]).await, Ok(Committed::Yes));
        newest_first.insert(0, entry);
        wallet = spent;
        let listed = tested.store().list_entries(&user()).await.unwrap();
        // The first entry of all is the grant that filled the wallet.
        assert!(listed.len() >= newest_first.len().saturating_add(1).min(10), "{} of {}", listed.len(), n + 2);
        let known = listed.len().min(newest_first.len());
        assert_eq!(listed[..known], newest_first[..known]);
    }
    assert_eq!(tested.store().list_entries(&other_user()).await, Ok(Vec::new()));
}
