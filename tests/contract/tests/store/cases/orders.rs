//! Conditional writes of orders: a first version where there is none, then each on the version before its own.

use till_app::ports::{LoadOrder as _, SaveOrder as _, Saved};

use crate::fixture::{next, number, order, over, paid, save, start};
use crate::tested_store::TestedStore;

pub async fn unwritten_order_is_missing(tested: &impl TestedStore) {
    assert_eq!(tested.store().load_order(number(1)).await, Ok(None));
}

pub async fn each_order_version_follows_the_one_before(tested: &impl TestedStore) {
    let store = tested.store();
    let first = order(1);
    let second = next(&first, start());
    assert_eq!(store.save_order(&first).await, Ok(Saved::Yes));
    assert_eq!(store.save_order(&second).await, Ok(Saved::Yes));
    assert_eq!(store.load_order(first.no).await, Ok(Some(second)));
}

pub async fn conflict_returns_the_stored_order_and_changes_nothing(tested: &impl TestedStore) {
    let store = tested.store();
    for (entropy, stands, saves) in [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 1, 3), (5, 0, 2)] {
        let first = order(entropy);
        let second = next(&first, start());
        let versions = [first, second.clone(), next(&second, start())];
        save(store, &versions.iter().take(stands).collect::<Vec<_>>()).await;
        let there = versions[..stands].last().cloned();
        let conflict = Saved::Conflict(there.clone().map(Box::new));
        assert_eq!(store.save_order(&versions[saves - 1]).await, Ok(conflict), "{stands} stands, {saves} is saved");
        assert_eq!(store.load_order(versions[0].no).await, Ok(there));
    }
}

pub async fn orders_do_not_affect_each_other(tested: &impl TestedStore) {
    let (one, other) = (order(1), order(2));
    save(tested.store(), &[&one, &other]).await;
    assert_eq!(tested.store().load_order(one.no).await, Ok(Some(one)));
}

pub async fn order_reads_back_as_written(tested: &impl TestedStore) {
    let store = tested.store();
    for stage in [paid, over] {
        let first = order(if stage(&order(1)).payments.is_empty() { 1 } else { 2 });
        let later = stage(&first);
        save(store, &[&first, &later]).await;
        assert_eq!(store.load_order(first.no).await, Ok(Some(later)));
    }
}
