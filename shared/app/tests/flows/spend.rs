//! Spending points and quota: once a key and never below zero, even when two requests spend at once.

use till_app::Failure;
use till_app::caller::{Caller, Role};
use till_app::spend::{Spending, spend};
use till_domain::refusal::Refusal;
use till_domain::text::{QuotaName, UserId};
use till_domain::wallet::Wallet;
use till_memory::{CallKind, Fault};

use crate::run::{done, run, side_by_side};
use crate::world::{World, buyer, key, reason, request};

fn service() -> Caller {
    Caller { user: UserId::parse("exporter").unwrap(), role: Role::Service }
}

pub fn points(name: &str, points: u64) -> Spending {
    Spending { user: buyer(), key: key(name), points, quota: None, reason: reason(), by: service() }
}

fn take(world: &World, spending: &Spending) -> Result<Wallet, Failure> {
    done(spend(&world.ports(), spending))
}

/// A wallet of 100 points and 10 exports.
fn full() -> World {
    let world = World::new();
    world.bought_points();
    let exports = world.create(&request("package", "exports")).unwrap().order;
    world.buy(&exports);
    world.work();
    world
}

fn exports(name: &str, count: u64) -> Spending {
    Spending { quota: Some((QuotaName::parse("exports").unwrap(), count)), ..points(name, 0) }
}

#[test]
fn spend_with_a_repeated_key_spends_once() {
    let world = full();
    for _ in 0..3 {
        assert_eq!(take(&world, &points("k", 30)).map(|wallet| wallet.points()), Ok(70));
    }
    assert!(world.ledger().contains(&"spend#k".to_owned()));
    assert_eq!(take(&world, &points("l", 30)).map(|wallet| wallet.points()), Ok(40));
    assert_eq!(take(&world, &points("k", 30)).map(|wallet| wallet.points()), Ok(40), "as it stands now");
}

#[test]
fn spend_with_a_repeated_key_and_other_content_conflicts() {
    let world = full();
    take(&world, &points("k", 30)).unwrap();
    let other_reason = till_domain::text::Reason::parse("another").unwrap();
    for spending in
        [points("k", 31), points("k", 1_000), exports("k", 1), Spending { reason: other_reason, ..points("k", 30) }]
    {
        assert_eq!(take(&world, &spending), Err(Failure::Refused(Refusal::IdempotencyConflict)));
    }
    assert_eq!(world.wallet().points(), 70);
}

#[test]
fn spend_beyond_the_balance_spends_nothing() {
    let world = full();
    let both = Spending { points: 50, ..exports("both", 11) };
    for spending in [points("k", 101), exports("l", 11), both] {
        assert_eq!(take(&world, &spending), Err(Failure::Refused(Refusal::Insufficient)));
    }
    assert_eq!((world.wallet().points(), world.wallet().version()), (100, 2));
    assert!(take(&world, &points("k", 100)).is_ok(), "a refused key is not used up");
    assert!(take(&world, &exports("l", 10)).is_ok());
    assert_eq!(take(&world, &points("k", 100)).map(|wallet| wallet.points()), Ok(0), "repeated on an empty wallet");
}

#[test]
fn spend_of_zero_is_refused() {
    let world = full();
    for spending in [points("k", 0), exports("k", 0)] {
        assert!(matches!(take(&world, &spending), Err(Failure::Refused(Refusal::InvalidField { .. }))));
    }
}

#[test]
fn two_spends_at_once_never_exceed_the_balance() {
    for (one, other, left, granted) in [
        (points("k", 30), points("k", 30), 70, 2),
        (points("k", 30), points("l", 30), 40, 2),
        (points("k", 60), points("l", 60), 40, 1),
    ] {
        for kind in [CallKind::LoadWallet, CallKind::Commit] {
            let world = full();
            world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
            let ports = [world.ports(), world.ports()];
            let outcomes = side_by_side(vec![Box::pin(spend(&ports[0], &one)), Box::pin(spend(&ports[1], &other))]);
            assert_eq!(world.wallet().points(), left);
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), granted);
        }
    }
}

#[test]
fn spend_whose_answer_was_lost_is_answered_when_repeated() {
    for fault in [Fault::After, Fault::Twice, Fault::DieAfter] {
        let world = full();
        world.memory.faults(|faults| faults.plan(CallKind::Commit, 1, fault));
        let _ = run(spend(&world.ports(), &points("k", 30)));
        assert_eq!(take(&world, &points("k", 30)).map(|wallet| wallet.points()), Ok(70), "{fault:?}");
    }
}
