//! One key makes one order, however often it is sent, wherever a process dies, and whichever request comes second.

use till_app::Failure;
use till_app::ports::{ClaimState, RequestHash, Sales};
use till_domain::order::{AttemptState, Report, Says, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::time::Time;
use till_memory::flows::create;
use till_memory::{CallKind, Fault};

use crate::run::{run, side_by_side};
use crate::world::{World, account, buyer, first, key, keyed};

fn claim(world: &World) -> (u8, ClaimState) {
    let claim = world.memory.tables(|tables| tables.claims[&(buyer(), key("k"))].clone());
    (claim.owner, claim.state)
}

fn dies(world: &World, kind: CallKind, fault: Fault) {
    world.memory.faults(|faults| faults.plan(kind, 1, fault));
    assert!(run(create(&world.ports(), &world.settings, &keyed("k"), world.deadline())).is_none());
}

fn suspend(world: &World) {
    world.memory.tables(|tables| tables.sales = Sales::Open.suspended(Time::FIRST, [].into()));
}

#[test]
fn repeated_key_returns_the_same_order() {
    let mut world = World::new();
    let first = world.create(&keyed("k")).unwrap();
    assert_eq!(claim(&world), (1, ClaimState::Done));
    world.settings.paused = true;
    suspend(&world);
    let again = world.create(&keyed("k")).unwrap();
    assert_eq!((again.order, again.show), (first.order, first.show));
    assert_eq!(world.bank.count(CallKind::Create), 1);
}

#[test]
fn repeated_key_shows_nothing_when_the_attempt_has_ended_or_the_order_is_decided() {
    let ended = World::new();
    let order = ended.create(&keyed("k")).unwrap().order;
    let says = Says::Closed { for_good: true };
    let report = Report { attempt: order.attempts[0].n, account: account(Provider::WeChat), asked_at: None, says };
    ended.settle(first(&order), &[report]).unwrap();
    assert_eq!(ended.create(&keyed("k")).unwrap().show, None);

    let decided = World::new();
    let order = decided.create(&keyed("k")).unwrap().order;
    decided.open_second_attempt(order.no);
    let paid = decided.buy(&order);
    assert_eq!(paid.newest_attempt().unwrap().state, AttemptState::Open);
    assert_eq!(decided.create(&keyed("k")).unwrap().show, None);
}

#[test]
fn two_first_requests_with_one_key_make_one_order() {
    for kind in [CallKind::LoadClaim, CallKind::PutClaim, CallKind::Create, CallKind::SaveOrder, CallKind::MoveClaim] {
        let world = World::new();
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
        let (ports, wish) = ([world.ports(), world.ports()], keyed("k"));
        let outcomes = side_by_side(vec![
            Box::pin(create(&ports[0], &world.settings, &wish, world.deadline())),
            Box::pin(create(&ports[1], &world.settings, &wish, world.deadline())),
        ]);
        let orders: Vec<_> = outcomes.iter().flatten().map(|payable| payable.order.no).collect();
        assert!(outcomes.iter().all(|outcome| !matches!(outcome, Err(failure) if *failure != in_progress())));
        assert_eq!(world.orders().len(), 1, "{kind:?}");
        assert!(!orders.is_empty() && orders.iter().all(|no| *no == world.orders()[0].no));
        assert_eq!(world.bank.count(CallKind::Create), 1);
    }
}

const fn in_progress() -> Failure {
    Failure::Refused(Refusal::InProgress)
}

#[test]
fn another_key_or_user_makes_another_order() {
    let world = World::new();
    let mine = world.create(&keyed("k")).unwrap().order.no;
    let other_key = world.create(&keyed("l")).unwrap().order.no;
    let mut other = keyed("k");
    other.by.user = till_domain::text::UserId::parse("u2").unwrap();
    let other_user = world.create(&other).unwrap().order.no;
    assert!(mine != other_key && mine != other_user && other_key != other_user);
}

#[test]
fn repeated_key_with_other_content_conflicts_in_every_claim_state() {
    let other = till_app::create::CreateRequest { hash: RequestHash([2; 32]), ..keyed("k") };
    let conflict = Failure::Refused(Refusal::IdempotencyConflict);
    let done = World::new();
    done.create(&keyed("k")).unwrap();
    let running = World::new();
    dies(&running, CallKind::Create, Fault::DieBefore);
    let refused = World::new();
    refused.bank.books(|books| books.refuses = true);
    assert!(refused.create(&keyed("k")).is_err());
    for world in [done, running, refused] {
        assert_eq!(world.create(&other).unwrap_err(), conflict, "{:?}", claim(&world));
    }
}

#[test]
fn running_claim_is_taken_over_after_thirty_seconds_of_silence() {
    let world = World::new();
    dies(&world, CallKind::Create, Fault::DieAfter);
    assert_eq!(claim(&world), (1, ClaimState::Running));
    for _ in 0..2 {
        assert_eq!(world.create(&keyed("k")).unwrap_err(), in_progress());
        world.pass(15);
    }
    world.pass(1);
    let payable = world.create(&keyed("k")).unwrap();
    assert_eq!(claim(&world), (2, ClaimState::Done));
    let attempt = payable.order.newest_attempt().unwrap().n;
    assert_eq!(attempt.get(), 2, "the second owner makes the second number");
    assert_eq!(world.bank.books(|books| books.trades.len()), 2);
    assert_eq!(payable.show.unwrap().qr_code_url, Some(format!("qr-{}_2", payable.order.no)));
}

#[test]
fn claim_that_was_taken_over_runs_for_thirty_seconds_more() {
    for first in [ClaimState::Running, ClaimState::Idle] {
        let world = World::new();
        if first == ClaimState::Running {
            dies(&world, CallKind::Create, Fault::DieBefore);
            world.pass(31);
        } else {
            world.bank.books(|books| books.silent.extend([Provider::WeChat]));
            world.create(&keyed("k")).unwrap_err();
            world.bank.books(|books| books.silent.clear());
        }
        assert_eq!(claim(&world), (1, first));
        dies(&world, CallKind::Create, Fault::DieBefore);
        assert_eq!(claim(&world), (2, ClaimState::Running), "{first:?}");
        world.pass(30);
        assert_eq!(world.create(&keyed("k")).unwrap_err(), in_progress(), "{first:?}");
        world.pass(1);
        assert!(world.create(&keyed("k")).is_ok(), "{first:?}");
        assert_eq!(claim(&world), (3, ClaimState::Done), "{first:?}");
    }
}

#[test]
fn next_owner_returns_the_order_of_an_owner_that_died_after_its_write() {
    let world = World::new();
    dies(&world, CallKind::SaveOrder, Fault::DieAfter);
    let order = world.orders()[0].clone();
    world.pass(31);
    assert_eq!(world.create(&keyed("k")).unwrap().order, order);
    assert_eq!((claim(&world), world.bank.count(CallKind::Create)), ((2, ClaimState::Done), 1));
}

#[test]
fn idle_claim_is_taken_over_at_once() {
    let world = World::new();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    for owner in 1..=2 {
        let failure = Failure::Provider { provider: Provider::WeChat, refused: false };
        assert_eq!(world.create(&keyed("k")).unwrap_err(), failure);
        assert_eq!(claim(&world), (owner, ClaimState::Idle));
    }
    world.bank.books(|books| books.silent.clear());
    let payable = world.create(&keyed("k")).unwrap();
    assert_eq!(claim(&world), (3, ClaimState::Done));
    assert_eq!(world.bank.books(|books| books.trades.keys().map(|no| no.attempt.get()).collect::<Vec<_>>()), [3]);
    assert_eq!(payable.order.attempts.len(), 1);
}

/// New orders are usually suspended because a provider is in trouble, which is when owners get no answer.
#[test]
fn claim_is_not_taken_over_while_orders_are_paused() {
    let mut world = World::new();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    world.create(&keyed("k")).unwrap_err();
    world.settings.paused = true;
    let asked = world.bank.count(CallKind::Create);
    assert_eq!(world.create(&keyed("k")).unwrap_err(), Failure::Refused(Refusal::Paused));
    assert_eq!((world.bank.count(CallKind::Create), claim(&world)), (asked, (1, ClaimState::Idle)));
    world.settings.paused = false;
    suspend(&world);
    assert_eq!(world.create(&keyed("k")).unwrap_err(), Failure::Refused(Refusal::Paused));
    world.memory.tables(|tables| tables.sales = Sales::Open);
    world.bank.books(|books| books.silent.clear());
    assert_eq!(world.create(&keyed("k")).unwrap().order.status(), Status::Pending);
}

#[test]
fn next_owner_uses_what_the_first_owner_froze() {
    let mut world = World::new();
    dies(&world, CallKind::Create, Fault::DieBefore);
    let frozen = world.memory.tables(|tables| tables.claims[&(buyer(), key("k"))].frozen.clone());
    world.pass(31);
    world.memory.tables(|tables| tables.products = std::sync::Arc::default());
    world.settings.expire_after = till_domain::time::Seconds::hours(5);
    let order = world.create(&keyed("k")).unwrap().order;
    assert_eq!((order.no, order.created_at, order.expire_at), (frozen.no, frozen.created_at, frozen.expire_at));
    assert_eq!(order.sold, frozen.sold);
}

/// What the first owner decided has an end: no trade is opened that could no longer be paid.
#[test]
fn next_owner_opens_no_trade_at_or_after_the_orders_end() {
    for (after, expired) in [(30 * 60 - 1, false), (30 * 60, true), (30 * 60 + 1, true), (86_000, true)] {
        let world = World::new();
        world.bank.books(|books| books.silent.extend([Provider::WeChat]));
        assert!(world.create(&keyed("k")).is_err());
        world.bank.books(|books| books.silent.clear());
        world.pass(after);
        let outcome = world.create(&keyed("k")).map(|payable| payable.order.status());
        let expected = if expired { Err(Failure::Refused(Refusal::Expired)) } else { Ok(Status::Pending) };
        assert_eq!(outcome, expected, "after {after} s");
        assert_eq!(world.bank.count(CallKind::Create), usize::from(!expired), "after {after} s");
        assert_eq!(world.orders().len(), usize::from(!expired));
        world.pass(31);
        let again = world.create(&keyed("k")).map(|payable| payable.order.status());
        assert_eq!(again, expected, "and so it is the next time");
    }
}

#[test]
fn next_owner_returns_an_existing_order_after_its_end() {
    let world = World::new();
    dies(&world, CallKind::SaveOrder, Fault::DieAfter);
    let no = world.orders()[0].no;
    world.settle_down();
    let payable = world.create(&keyed("k")).unwrap();
    assert_eq!((payable.order.no, payable.order.status(), payable.show), (no, Status::Cancelled, None));
    assert_eq!((claim(&world), world.bank.count(CallKind::Create)), ((2, ClaimState::Done), 1));
}

#[test]
fn key_is_refused_after_ten_owners() {
    let world = World::new();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    for _ in 0..10 {
        assert!(matches!(world.create(&keyed("k")), Err(Failure::Provider { .. })));
    }
    assert_eq!(world.create(&keyed("k")).unwrap_err(), Failure::Refused(Refusal::TooManyAttempts));
    assert_eq!(claim(&world), (10, ClaimState::Idle));
}

#[test]
fn key_that_the_provider_refused_stays_refused() {
    let world = World::new();
    world.bank.books(|books| books.refuses = true);
    let failure = Failure::Provider { provider: Provider::WeChat, refused: true };
    assert_eq!(world.create(&keyed("k")).unwrap_err(), failure);
    world.bank.books(|books| books.refuses = false);
    world.pass(86_000);
    assert_eq!(world.create(&keyed("k")).unwrap_err(), failure);
    assert_eq!((claim(&world), world.orders().len()), ((1, ClaimState::Refused), 0));
    assert_eq!(world.bank.count(CallKind::Create), 1);
}

#[test]
fn key_is_free_after_a_day() {
    let world = World::new();
    let first = world.create(&keyed("k")).unwrap().order.no;
    world.pass(86_400);
    assert_ne!(world.create(&keyed("k")).unwrap().order.no, first);
}

/// The first owner is at its provider for so long that a second one takes over; both write.
#[test]
fn owner_that_loses_the_write_closes_its_trade_and_shows_the_winners() {
    for first_is_slow_at in [CallKind::Create, CallKind::SaveOrder] {
        let world = World::new();
        world.memory.faults(|faults| faults.plan(first_is_slow_at, 1, Fault::Delay));
        let (first, second) = (world.clone(), world.clone());
        let wish = keyed("k");
        let outcomes = side_by_side(vec![
            Box::pin(create(&first.ports(), &first.settings, &wish, first.deadline())),
            Box::pin(async {
                second.pass(31);
                create(&second.ports(), &second.settings, &wish, second.deadline()).await
            }),
        ]);
        let shown: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap().show.unwrap().qr_code_url).collect();
        let order = world.orders()[0].clone();
        assert_eq!(world.orders().len(), 1);
        assert_eq!(shown[0], shown[1], "both show the winner's");
        assert_eq!(shown[1], Some(format!("qr-{}_2", order.no)));
        assert_eq!(world.bank.open_attempts(), [2], "the loser's trade is closed");
        assert_eq!(claim(&world), (2, ClaimState::Done));
    }
}

/// The second owner comes too late with its write: it, too, says that the order is there.
#[test]
fn claim_is_done_when_a_later_owner_loses_the_write() {
    let world = World::new();
    world.memory.faults(|faults| faults.plan(CallKind::Create, 1, Fault::Delay));
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Delay));
    let (first, second) = (world.clone(), world.clone());
    let wish = keyed("k");
    let outcomes = side_by_side(vec![
        Box::pin(create(&first.ports(), &first.settings, &wish, first.deadline())),
        Box::pin(async {
            second.pass(31);
            create(&second.ports(), &second.settings, &wish, second.deadline()).await
        }),
    ]);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.orders()[0].newest_attempt().unwrap().n.get(), 1, "the first wrote first");
    assert_eq!(claim(&world), (2, ClaimState::Done));
    assert!(world.create(&keyed("k")).is_ok());
}
