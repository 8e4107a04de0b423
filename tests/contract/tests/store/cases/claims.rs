//! Claims of keys: put where there is none, moved on condition of owner and state, gone after a day.

use till_app::ports::{Claim, ClaimKey as _, ClaimState, Claimed};
use till_domain::text::Key;
use till_domain::time::Seconds;

use crate::fixture::{claim, key, other_user, sold_to, start, user};
use crate::tested_store::TestedStore;

fn name() -> Key {
    claim(1, ClaimState::Running).key
}

fn named(text: &str, owner: u8, state: ClaimState) -> Claim {
    Claim { key: key(text), ..claim(owner, state) }
}

pub async fn first_claim_is_put_and_the_second_sees_it(tested: &impl TestedStore) {
    let store = tested.store();
    let (first, second) = (claim(1, ClaimState::Running), claim(2, ClaimState::Idle));
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(None));
    assert_eq!(store.put_claim(&first).await, Ok(Claimed::Yes));
    assert_eq!(store.put_claim(&second).await, Ok(Claimed::Exists(Box::new(first.clone()))));
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(Some(first)));
}

pub async fn claims_of_other_keys_and_users_are_separate(tested: &impl TestedStore) {
    let mine = claim(1, ClaimState::Running);
    let other_key = Claim { key: key("k2"), ..mine.clone() };
    let mut theirs = Claim { user: other_user(), ..mine.clone() };
    theirs.frozen.sold = sold_to(other_user());
    for claim in [&mine, &other_key, &theirs] {
        assert_eq!(tested.store().put_claim(claim).await, Ok(Claimed::Yes));
    }
    for claim in [mine, other_key, theirs] {
        assert_eq!(tested.store().load_claim(&claim.user, &claim.key).await, Ok(Some(claim)));
    }
}

pub async fn claim_moves_only_from_its_stored_owner_and_state(tested: &impl TestedStore) {
    use ClaimState::{Done, Idle, Running};
    let store = tested.store();
    for (text, before, moves) in [
        ("a", named("a", 1, Running), true),
        ("b", Claim { since: start().plus(Seconds(9)), ..named("b", 1, Running) }, true),
        ("c", named("c", 2, Running), false),
        ("d", named("d", 1, Idle), false),
        ("e", named("e", 1, Done), false),
    ] {
        let (stands, after) = (named(text, 1, Running), named(text, 2, Running));
        assert_eq!(store.put_claim(&stands).await, Ok(Claimed::Yes));
        let expected = if moves { Claimed::Yes } else { Claimed::Exists(Box::new(stands.clone())) };
        assert_eq!(store.move_claim(&before, &after).await, Ok(expected), "{text}");
        let there = if moves { after } else { stands };
        assert_eq!(store.load_claim(&user(), &key(text)).await, Ok(Some(there)), "{text}");
    }
}

/// Running → idle → running under the next owner → done, and running → refused; nothing moves from what it has left.
pub async fn every_claim_state_reads_back(tested: &impl TestedStore) {
    use ClaimState::{Done, Idle, Refused, Running};
    let store = tested.store();
    let path = [(1, Running), (1, Idle), (2, Running), (2, Done)].map(|(owner, state)| claim(owner, state));
    assert_eq!(store.put_claim(&path[0]).await, Ok(Claimed::Yes));
    for step in path.windows(2) {
        assert_eq!(store.move_claim(&step[0], &step[1]).await, Ok(Claimed::Yes));
        assert_eq!(store.load_claim(&user(), &name()).await, Ok(Some(step[1].clone())));
        let again = store.move_claim(&step[0], &step[1]).await;
        assert_eq!(again, Ok(Claimed::Exists(Box::new(step[1].clone()))));
    }
    let (runs, refused) = (named("refused", 1, Running), named("refused", 1, Refused));
    assert_eq!(store.put_claim(&runs).await, Ok(Claimed::Yes));
    assert_eq!(store.move_claim(&runs, &refused).await, Ok(Claimed::Yes));
    assert_eq!(store.put_claim(&runs).await, Ok(Claimed::Exists(Box::new(refused))));
}

pub async fn missing_claim_does_not_move(tested: &impl TestedStore) {
    let store = tested.store();
    let moved = store.move_claim(&claim(1, ClaimState::Running), &claim(2, ClaimState::Running)).await;
    assert!(matches!(moved, Ok(Claimed::Exists(_))), "{moved:?}");
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(None));
}

pub async fn claim_is_gone_after_a_day_deleted_or_not(tested: &impl TestedStore) {
    let store = tested.store();
    let first = claim(1, ClaimState::Done);
    assert_eq!(store.put_claim(&first).await, Ok(Claimed::Yes));
    tested.pass(Seconds(86_400 - 1));
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(Some(first.clone())));
    tested.pass(Seconds(1));
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(None));
    let moved = store.move_claim(&first, &claim(2, ClaimState::Running)).await;
    assert!(matches!(moved, Ok(Claimed::Exists(_))), "what is gone does not move: {moved:?}");
    // The store still has it, but it does not block a new claim.
    let mut second = claim(1, ClaimState::Running);
    second.frozen.created_at = start().plus(Seconds::days(1));
    second.since = second.frozen.created_at;
    assert_eq!(store.put_claim(&second).await, Ok(Claimed::Yes));
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(Some(second.clone())));
    tested.pass(Seconds(60));
    tested.purge().await;
    assert_eq!(store.load_claim(&user(), &name()).await, Ok(Some(second)));
}
