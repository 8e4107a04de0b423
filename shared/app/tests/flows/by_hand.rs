//! Changes by hand: once a key, even when two requests come at once, and beside orders that are taken back.

use till_app::Failure;
use till_app::by_hand::{Asked, ChangedByHand, HandRequest, change_by_hand};
use till_app::caller::Caller;
use till_app::refund::refund;
use till_domain::order::{Fulfilment, Order};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Tier};
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, TierName, UserId};
use till_domain::wallet::{ByHand, Change, MOST_SPANS, Portion};
use till_memory::{CallKind, Fault};

use crate::run::{done, run, side_by_side};
use crate::world::{World, buyer, key, reason, wanted};

fn by_hand(name: &str, asked: Asked) -> HandRequest {
    let by = Caller::admin(UserId::parse("kim").unwrap());
    HandRequest { user: buyer(), key: key(name), asked, reason: reason(), by }
}

fn give(name: &str, points: u64) -> HandRequest {
    by_hand(name, Asked::Grant(vec![Grant::Points(PointsGrant::new(points).unwrap())]))
}

fn take(name: &str, points: u64) -> HandRequest {
    by_hand(name, Asked::Revoke(Portion::new(points, None, None).unwrap()))
}

fn change(world: &World, request: &HandRequest) -> Result<ChangedByHand, Failure> {
    done(change_by_hand(&world.ports(), request))
}

fn points(world: &World, request: &HandRequest) -> Result<i64, Failure> {
    change(world, request).map(|changed| changed.wallet.points())
}

fn given_back(world: &World, order: &Order) {
    done(refund(&world.ports(), order.no, &wanted("r", None), world.deadline())).unwrap();
    world.settle_down();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Revoked);
}

#[test]
fn change_by_hand_with_a_repeated_key_is_done_once() {
    let world = World::new();
    world.bought_points();
    for _ in 0..3 {
        assert_eq!(points(&world, &give("k", 30)), Ok(130));
    }
    assert_eq!(points(&world, &take("l", 50)), Ok(80));
    for _ in 0..3 {
        let first = change(&world, &give("k", 30)).unwrap();
        assert_eq!((first.wallet.points(), first.entry.version()), (80, 2), "as it stands now");
        assert_eq!(points(&world, &take("l", 50)), Ok(80));
    }
    let by_hand: Vec<String> = world.ledger().into_iter().filter(|source| source.starts_with("admin#")).collect();
    assert_eq!(by_hand, ["admin#k", "admin#l"]);
}

#[test]
fn key_of_another_change_by_hand_conflicts() {
    let world = World::new();
    world.bought_points();
    change(&world, &give("k", 30)).unwrap();
    let reason = Reason::parse("another").unwrap();
    let others = [
        give("k", 31),
        take("k", 30),
        by_hand("k", Asked::Extend { days: 30 }),
        HandRequest { reason, ..give("k", 30) },
    ];
    for other in others {
        assert_eq!(change(&world, &other), Err(Failure::Refused(Refusal::IdempotencyConflict)));
    }
    assert_eq!(world.wallet().points(), 130);
    assert!(change(&world, &HandRequest { user: UserId::parse("else").unwrap(), ..take("k", 30) }).is_ok());
}

#[test]
fn order_that_is_taken_back_spares_points_that_were_taken_by_hand() {
    let world = World::new();
    let order = world.bought_points();
    let other = world.bought_points();
    assert_eq!(points(&world, &take("k", 150)), Ok(50));
    given_back(&world, &order);
    assert_eq!(world.wallet().points(), 50, "the order gave 100, and these were taken");
    given_back(&world, &other);
    assert_eq!(world.wallet().points(), 0);
}

#[test]
fn refused_change_by_hand_leaves_its_key_unused() {
    let world = World::new();
    let extend = by_hand("k", Asked::Extend { days: 7 });
    assert_eq!(change(&world, &extend), Err(Failure::Refused(Refusal::NothingToExtend)));
    let tier = Tier { name: TierName::parse("pro").unwrap(), rank: 1 };
    let month = Asked::Grant(vec![Grant::Membership(MembershipGrant::new(tier, 30).unwrap())]);
    change(&world, &by_hand("l", month)).unwrap();
    let entry = change(&world, &extend).unwrap().entry;
    assert!(
        matches!(entry.change(), Change::Admin { done: ByHand::Extend(more), .. } if more.days() == 7),
        "{entry:?}"
    );
    let no_days = change(&world, &by_hand("m", Asked::Extend { days: 0 }));
    assert!(matches!(no_days, Err(Failure::Refused(Refusal::InvalidField { field: "days", .. }))), "{no_days:?}");
}

#[test]
fn gifts_leave_the_room_that_paid_orders_need() {
    let world = World::new();
    let tier = Tier { name: TierName::parse("pro").unwrap(), rank: 1 };
    let day = || Asked::Grant(vec![Grant::Membership(MembershipGrant::new(tier.clone(), 1).unwrap())]);
    for n in 0..MOST_SPANS / 2 {
        change(&world, &by_hand(&format!("k{n}"), day())).unwrap();
    }
    for asked in [day(), Asked::Extend { days: 1 }] {
        assert_eq!(change(&world, &by_hand("l", asked)), Err(Failure::Refused(Refusal::WalletFull)));
    }
}

#[test]
fn two_changes_at_once_are_both_done_and_one_key_once() {
    for (one, other, left) in [
        (give("k", 30), give("k", 30), 130),
        (give("k", 30), give("l", 30), 160),
        (take("k", 70), take("l", 70), 0),
        (take("k", 70), take("k", 70), 30),
    ] {
        for kind in [CallKind::LoadWallet, CallKind::Commit] {
            let world = World::new();
            world.bought_points();
            world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
            let ports = [world.ports(), world.ports()];
            let first = Box::pin(change_by_hand(&ports[0], &one));
            let outcomes = side_by_side(vec![first, Box::pin(change_by_hand(&ports[1], &other))]);
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            assert_eq!(world.wallet().points(), left, "{kind:?}");
        }
    }
}

#[test]
fn change_by_hand_whose_answer_was_lost_is_answered_when_repeated() {
    for fault in [Fault::After, Fault::Twice, Fault::DieAfter] {
        for (request, left) in [(give("k", 30), 130), (take("k", 170), 0)] {
            let world = World::new();
            world.bought_points();
            world.memory.faults(|faults| faults.plan(CallKind::Commit, 1, fault));
            let _ = run(change_by_hand(&world.ports(), &request));
            let again = change(&world, &request).unwrap();
            assert_eq!((again.wallet.points(), again.entry.version()), (left, 2), "{fault:?}");
        }
    }
}
