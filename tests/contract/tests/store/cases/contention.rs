//! Sixteen simultaneous writers: exactly one wins each version, and each one gets through in the end.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use till_app::ports::{Claim, Saved};
use till_app::ports::{ClaimKey as _, ClaimState, Claimed, Committed, LoadOrder as _, LoadWallet as _, SaveOrder as _};
use till_domain::order::Order;

use crate::fixture::{claim, commit, full_wallet, next, number, order, save, spending, start, user};
use crate::tested_store::TestedStore;

const WRITERS: u8 = 16;

/// All begin from the same version, and each goes on until one of its writes is taken.
pub async fn each_order_version_has_one_winner(tested: &impl TestedStore) {
    let first = order(1);
    save(tested.store(), &[&first]).await;
    let writers = (0..WRITERS).map(|_| async {
        let mut stands = first.clone();
        for _ in 0..=WRITERS {
            let ours = next(&stands, start());
            match tested.store().save_order(&ours).await.unwrap() {
                Saved::Yes => return ours.version,
                Saved::Conflict(there) => stands = *there.expect("it stands"),
            }
        }
        panic!("each round has a winner, so a writer loses at most once to each other writer");
    });
    let won: BTreeSet<u64> = join_all(writers).await.into_iter().collect();
    let versions: BTreeSet<u64> = (2..2 + u64::from(WRITERS)).collect();
    assert_eq!(won, versions);
    let stands = tested.store().load_order(first.no).await.unwrap().map(|order| order.version);
    assert_eq!(stands, versions.last().copied());
}

pub async fn first_order_version_has_one_winner(tested: &impl TestedStore) {
    let first = order(1);
    let saved = join_all((0..WRITERS).map(|_| tested.store().save_order(&first))).await;
    let won = saved.iter().filter(|saved| **saved == Ok(Saved::Yes)).count();
    let lost = Saved::Conflict(Some(Box::new(Order::clone(&first))));
    assert_eq!((won, saved.iter().filter(|saved| **saved == Ok(lost.clone())).count()), (1, saved.len() - 1));
}

pub async fn wallet_takes_every_spending_once(tested: &impl TestedStore) {
    let full = full_wallet(tested).await;
    let spenders = (0..WRITERS).map(|n| {
        let mut wallet = full.clone();
        async move {
            for _ in 0..=WRITERS {
                let (entry, spent) = spending(&format!("s{n}"), 3, &wallet);
                match commit(tested.store(), None, &spent, &entry, &[]).await.unwrap() {
                    Committed::Yes => return,
                    Committed::Conflict => wallet = tested.store().load_wallet(&user()).await.unwrap(),
                    Committed::Duplicate => panic!("no other spending has this key"),
                }
            }
            panic!("each round has a winner");
        }
    });
    join_all(spenders).await;
    let wallet = tested.store().load_wallet(&user()).await.unwrap();
    assert_eq!((wallet.points(), wallet.version()), (100 - 3 * 16, full.version() + 16));
}

pub async fn claim_has_one_winner(tested: &impl TestedStore) {
    let ours = |n: u8| {
        let mut ours = claim(1, ClaimState::Running);
        ours.frozen.no = number(u64::from(n));
        ours
    };
    let claims: Vec<Claim> = (0..WRITERS).map(ours).collect();
    let claimed = join_all(claims.iter().map(|claim| tested.store().put_claim(claim))).await;
    let won: Vec<usize> = (0..claimed.len()).filter(|n| claimed[*n] == Ok(Claimed::Yes)).collect();
    assert_eq!(won.len(), 1);
    let stands = Claimed::Exists(Box::new(claims[won[0]].clone()));
    assert_eq!(claimed.iter().filter(|claimed| **claimed == Ok(stands.clone())).count(), claims.len() - 1);
}

pub async fn idle_claim_has_one_taker(tested: &impl TestedStore) {
    let idle = claim(1, ClaimState::Idle);
    assert_eq!(tested.store().put_claim(&idle).await, Ok(Claimed::Yes));
    let taken = claim(2, ClaimState::Running);
    let takers = join_all((0..WRITERS).map(|_| tested.store().move_claim(&idle, &taken))).await;
    assert_eq!(takers.iter().filter(|taker| **taker == Ok(Claimed::Yes)).count(), 1);
    assert!(takers.iter().all(Result::is_ok), "{takers:?}");
}
