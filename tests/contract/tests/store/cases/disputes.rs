//! How far an account's disputes were looked through: written over the version before, by one of two.

use futures_util::future::join_all;
use till_app::ports::{DisputeLook, KeepDisputeLook as _};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, DisputeNo};
use till_domain::time::Seconds;

use crate::fixture::start;
use crate::tested_store::TestedStore;

fn look(version: u64) -> DisputeLook {
    let account = Account { provider: Provider::Stripe, id: AccountId::parse("main").unwrap() };
    DisputeLook {
        account,
        version,
        next: start().plus(Seconds(600)),
        since: start(),
        begun: start(),
        through: start(),
        after: Some(DisputeNo::parse("du_1").unwrap()),
        oldest_open: Some(start()),
    }
}

pub async fn dispute_look_follows_the_version_before_it(tested: &impl TestedStore) {
    let store = tested.store();
    let account = look(1).account;
    assert_eq!(store.load_dispute_look(&account).await, Ok(None));
    assert_eq!(store.save_dispute_look(&look(2)).await, Ok(false), "there is no first one");
    assert_eq!(store.save_dispute_look(&look(1)).await, Ok(true));
    let second = DisputeLook { after: None, oldest_open: None, ..look(2) };
    assert_eq!(store.save_dispute_look(&second).await, Ok(true));
    assert_eq!(store.save_dispute_look(&look(1)).await, Ok(false));
    assert_eq!(store.save_dispute_look(&look(4)).await, Ok(false));
    assert_eq!(store.load_dispute_look(&account).await, Ok(Some(second)));
    let other = Account { id: AccountId::parse("other").unwrap(), ..account };
    assert_eq!(store.load_dispute_look(&other).await, Ok(None));
}

pub async fn dispute_look_has_one_winner(tested: &impl TestedStore) {
    let store = tested.store();
    let looks: Vec<DisputeLook> = (0..8).map(|n| DisputeLook { next: start().plus(Seconds(n)), ..look(1) }).collect();
    let saved = join_all(looks.iter().map(|look| store.save_dispute_look(look))).await;
    assert_eq!(saved.iter().filter(|saved| **saved == Ok(true)).count(), 1, "{saved:?}");
}
