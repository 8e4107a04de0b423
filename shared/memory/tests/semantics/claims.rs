//! Claims of keys: put where none stands, moved on owner and state, gone after a day.

use till_app::ports::{Claim, ClaimKey as _, ClaimState, Claimed};
use till_domain::text::Key;
use till_domain::time::Seconds;

use crate::fixture::{claim, memory, now, start, user};

fn key() -> Key {
    claim(1, ClaimState::Running).key
}

#[test]
fn the_first_is_put_and_the_second_sees_it() {
    let ports = memory().ports();
    let (first, second) = (claim(1, ClaimState::Running), claim(2, ClaimState::Idle));
    assert_eq!(now(ports.load_claim(&user(), &key())), Ok(None));
    assert_eq!(now(ports.put_claim(&first)), Ok(Claimed::Yes));
    assert_eq!(now(ports.put_claim(&second)), Ok(Claimed::Exists(Box::new(first.clone()))));
    assert_eq!(now(ports.load_claim(&user(), &key())), Ok(Some(first)));
}

#[test]
fn another_key_or_another_user_is_another_claim() {
    let ports = memory().ports();
    let mine = claim(1, ClaimState::Running);
    let other_key = Claim { key: Key::parse("k2").unwrap(), ..mine.clone() };
    let other_user = Claim { user: till_domain::text::UserId::parse("u2").unwrap(), ..mine.clone() };
    for claim in [mine, other_key, other_user] {
        assert_eq!(now(ports.put_claim(&claim)), Ok(Claimed::Yes));
    }
}

#[test]
fn it_moves_only_from_the_owner_and_state_that_stand() {
    use ClaimState::{Done, Idle, Running};
    let stands = claim(1, Running);
    for (before, moves) in [
        (claim(1, Running), true),
        (Claim { since: start().plus(Seconds(9)), ..claim(1, Running) }, true),
        (claim(2, Running), false),
        (claim(1, Idle), false),
        (claim(1, Done), false),
    ] {
        let ports = memory().ports();
        assert_eq!(now(ports.put_claim(&stands)), Ok(Claimed::Yes));
        let after = claim(2, Running);
        let expected = if moves { Claimed::Yes } else { Claimed::Exists(Box::new(stands.clone())) };
        assert_eq!(now(ports.move_claim(&before, &after)), Ok(expected));
        let now_there = if moves { after } else { stands.clone() };
        assert_eq!(now(ports.load_claim(&user(), &key())), Ok(Some(now_there)));
    }
}

#[test]
fn what_does_not_stand_does_not_move() {
    let ports = memory().ports();
    let moved = now(ports.move_claim(&claim(1, ClaimState::Running), &claim(2, ClaimState::Running)));
    assert!(matches!(moved, Ok(Claimed::Exists(_))));
    assert_eq!(now(ports.load_claim(&user(), &key())), Ok(None));
}

#[test]
fn it_is_gone_after_a_day_deleted_or_not() {
    let memory = memory();
    let ports = memory.ports();
    let first = claim(1, ClaimState::Done);
    assert_eq!(now(ports.put_claim(&first)), Ok(Claimed::Yes));
    memory.pass(Seconds(86_400 - 1));
    assert_eq!(now(ports.load_claim(&user(), &key())), Ok(Some(first.clone())));
    memory.pass(Seconds(1));
    assert_eq!(now(ports.load_claim(&user(), &key())), Ok(None));
    assert_eq!(memory.tables(|tables| tables.claims.len()), 1);
    let mut second = claim(1, ClaimState::Running);
    second.frozen.created_at = start().plus(Seconds::days(1));
    assert_eq!(now(ports.put_claim(&second)), Ok(Claimed::Yes));
    memory.tables(|tables| tables.purge(start().plus(Seconds::days(2))));
    assert_eq!(memory.tables(|tables| tables.claims.len()), 0);
}
