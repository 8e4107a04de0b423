//! Answers that are lost after the write took effect: a repeated write must recognise the first one as its own.

use till_app::ports::{
    ClaimKey as _, ClaimState, Claimed, Committed, LoadEntry as _, LoadOrder as _, LoadWallet as _, SaveOrder as _,
    Saved, Unavailable,
};

use crate::fixture::{claim, commit, full_wallet, next, order, save, spending, start, user};
use crate::tested_store::{TestedStore, Write};

pub async fn order_whose_answer_is_lost_is_written_once(tested: &impl TestedStore) {
    let store = tested.store();
    let (first, second) = (order(1), next(&order(1), start()));
    for write in [&first, &second] {
        let ours = Saved::Conflict(Some(Box::new(write.clone())));
        tested.lose_answer(Write::Order);
        let heard = store.save_order(write).await;
        let says_so = [Err(Unavailable), Ok(Saved::Yes), Ok(ours.clone())];
        assert!(says_so.contains(&heard), "it is written: {heard:?}");
        assert_eq!(store.save_order(write).await, Ok(ours), "what stands is the caller's own write");
        assert_eq!(store.load_order(first.no).await, Ok(Some(write.clone())));
    }
    save(store, &[&next(&second, start())]).await;
}

pub async fn goods_whose_answer_is_lost_are_granted_once(tested: &impl TestedStore) {
    let store = tested.store();
    let full = full_wallet(tested).await;
    let (entry, spent) = spending("s", 30, &full);
    tested.lose_answer(Write::Goods);
    let heard = commit(store, None, &spent, &entry, &[]).await;
    assert_ne!(heard, Ok(Committed::Conflict), "it is written");
    assert_eq!(commit(store, None, &spent, &entry, &[]).await.map(is_there), Ok(true));
    let (again, twice) = spending("s", 30, &spent);
    assert_eq!(commit(store, None, &twice, &again, &[]).await, Ok(Committed::Duplicate));
    assert_eq!(store.load_wallet(&user()).await, Ok(spent));
    assert_eq!(store.load_entry(&user(), &entry.source()).await, Ok(Some(entry)));
}

/// A repeated transaction may be recognised as the first one.
fn is_there(done: Committed) -> bool {
    match done {
        Committed::Yes | Committed::Duplicate => true,
        Committed::Conflict => false,
    }
}

pub async fn claim_whose_answer_is_lost_is_stored(tested: &impl TestedStore) {
    let store = tested.store();
    let first = claim(1, ClaimState::Running);
    let ours = Claimed::Exists(Box::new(first.clone()));
    tested.lose_answer(Write::FirstClaim);
    let heard = store.put_claim(&first).await;
    let says_so = [Ok(Claimed::Yes), Ok(ours)];
    assert!(heard == Err(Unavailable) || says_so.contains(&heard), "it is written: {heard:?}");
    // The same claim, with an order number that no other caller has, may be recognised as the caller's own.
    let again = store.put_claim(&first).await;
    assert!(says_so.contains(&again), "{again:?}");
    assert_eq!(store.load_claim(&user(), &first.key).await, Ok(Some(first)));
}
