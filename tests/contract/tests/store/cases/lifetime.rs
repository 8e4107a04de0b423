//! Expired items: every read treats them as missing, whether they were deleted already or not. Money never expires.

use till_app::ports::{DuePart, FindDue as _, LoadOrder as _, SaveOrder as _, Saved};
use till_domain::order::Order;
use till_domain::time::Seconds;

use crate::fixture::{next, order, over, paid, save, start};
use crate::tested_store::TestedStore;

/// A second less than the order's 30 minutes and the 90 days after them.
const ALIVE: Seconds = Seconds(30 * 60 + 90 * 86_400 - 1);

async fn is_there(tested: &impl TestedStore, order: &Order) -> bool {
    tested.store().load_order(order.no).await.unwrap().is_some()
}

pub async fn abandoned_order_is_gone_at_its_time(tested: &impl TestedStore) {
    let order = order(1);
    save(tested.store(), &[&order, &over(&order)]).await;
    tested.pass(ALIVE);
    assert!(is_there(tested, &order).await);
    tested.pass(Seconds(1));
    assert!(!is_there(tested, &order).await, "though the store has not deleted it");
}

pub async fn expired_order_does_not_block_a_new_one(tested: &impl TestedStore) {
    let (abandoned, bought) = (order(1), order(2));
    save(tested.store(), &[&abandoned, &over(&abandoned), &bought, &paid(&bought)]).await;
    tested.pass(Seconds::days(91));
    let stale = next(&next(&next(&abandoned, start()), start()), start());
    assert_eq!(tested.store().save_order(&stale).await, Ok(Saved::Conflict(None)), "nothing stands there");
    save(tested.store(), &[&abandoned]).await;
    assert_eq!(tested.store().load_order(abandoned.no).await, Ok(Some(abandoned)));
    let there = Saved::Conflict(Some(Box::new(paid(&bought))));
    assert_eq!(tested.store().save_order(&bought).await, Ok(there), "money is never over");
}

pub async fn purge_deletes_only_expired_items(tested: &impl TestedStore) {
    let (abandoned, bought, due) = (order(1), order(2), order(3));
    save(tested.store(), &[&abandoned, &over(&abandoned), &bought, &paid(&bought), &due]).await;
    tested.pass(ALIVE);
    tested.purge().await;
    assert!(is_there(tested, &abandoned).await, "it has a second left");
    tested.pass(Seconds::days(1));
    tested.purge().await;
    assert!(!is_there(tested, &abandoned).await);
    assert!(is_there(tested, &bought).await && is_there(tested, &due).await);
    let mut left = tested.store().find_due(DuePart::All, tested.now(), 10).await.unwrap();
    left.sort_unstable();
    let mut expected = [bought.no, due.no];
    expected.sort_unstable();
    assert_eq!(left, expected);
}

pub async fn order_with_duties_never_expires(tested: &impl TestedStore) {
    let due = order(1);
    save(tested.store(), &[&due]).await;
    tested.pass(Seconds::days(20_000));
    tested.purge().await;
    assert!(is_there(tested, &due).await, "it still has duties");
}

pub async fn paid_order_never_expires(tested: &impl TestedStore) {
    let bought = order(1);
    save(tested.store(), &[&bought, &paid(&bought)]).await;
    assert!(!tested.has_ttl(bought.no).await);
    tested.pass(Seconds::days(20_000));
    tested.purge().await;
    assert!(is_there(tested, &bought).await);
}

pub async fn payment_removes_the_expiry_of_an_order(tested: &impl TestedStore) {
    let abandoned = over(&order(1));
    save(tested.store(), &[&order(1), &abandoned]).await;
    assert!(tested.has_ttl(abandoned.no).await);
    save(tested.store(), &[&paid(&abandoned)]).await;
    assert!(!tested.has_ttl(abandoned.no).await, "late money is money");
    assert_eq!(start(), tested.now(), "the clock stood still");
    tested.pass(Seconds::days(20_000));
    tested.purge().await;
    assert!(is_there(tested, &abandoned).await);
}
