//! The sweep: what is due is claimed once and done; what cannot be done waits, and never stops the others.

use till_app::create::CreateRequest;
use till_app::ports::{DUE_SHARDS, DuePart};
use till_app::sweep::{Limits, Patience, Swept, sweep, sweep_or_share};
use till_domain::id::OrderNo;
use till_domain::order::{AttemptState, Fulfilment, Status, Why};
use till_domain::provider::{Method, Provider};
use till_domain::time::Seconds;
use till_memory::{CallKind, Fault, Tables, due_shard};

use crate::provider::TradeState;
use crate::run::{done, run, side_by_side};
use crate::world::{World, first, request};

#[test]
fn sweep_does_nothing_when_no_order_is_due() {
    let world = World::new();
    world.order_points();
    assert_eq!(world.sweep(), Swept::default());
    assert_eq!(world.bank.count(CallKind::Query), 0);
    assert_eq!(world.memory.faults(|faults| faults.seen(CallKind::FindDue)), 1, "it looks once");
}

#[test]
fn sweep_finds_a_payment_whose_callback_was_lost() {
    let (world, order) = World::with_order();
    world.pay(first(&order));
    world.pass(60);
    assert_eq!(world.sweep(), Swept { found: 1, claimed: 1, left: 0 });
    world.work();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Granted);
}

#[test]
fn sweep_writes_once_when_the_answer_changes_nothing() {
    let (world, order) = World::with_order();
    world.pass(60);
    let saved = world.memory.faults(|faults| faults.seen(CallKind::SaveOrder));
    world.sweep();
    assert_eq!(world.memory.faults(|faults| faults.seen(CallKind::SaveOrder)), saved + 1);
    assert_eq!(world.order(order.no).due_at(), Some(world.now().plus(Seconds::minutes(5))));
}

#[test]
fn two_sweeps_side_by_side_claim_once() {
    for kind in [CallKind::FindDue, CallKind::LoadOrder, CallKind::SaveOrder, CallKind::Query] {
        let (world, order) = World::with_order();
        world.pass(60);
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
        let (one, other, patience) = (world.clone(), world.clone(), Patience::default());
        let outcomes = side_by_side(vec![
            Box::pin(sweep(&one.ports(), DuePart::All, one.limits(), &patience)),
            Box::pin(sweep(&other.ports(), DuePart::All, other.limits(), &patience)),
        ]);
        assert_eq!(outcomes.iter().map(|swept| swept.unwrap().claimed).sum::<usize>(), 1, "{kind:?}");
        assert_eq!((world.bank.count(CallKind::Query), world.order(order.no).version), (1, 2));
    }
}

#[test]
fn sweep_skips_orders_that_a_stale_index_names() {
    let (world, order) = World::with_order();
    world.memory.tables(|tables| tables.index_lags = true);
    world.pass(60);
    assert_eq!(world.sweep().claimed, 1);
    let swept = world.order(order.no);
    assert_eq!(world.sweep().claimed, 0, "the index still names it");
    assert_eq!(world.order(order.no), swept);
    world.memory.tables(Tables::propagate);
    assert_eq!(world.sweep().found, 0);
}

#[test]
fn expiry_closes_the_trade_and_cancels_the_order() {
    let (world, order) = World::with_order();
    world.pass(30 * 60);
    world.sweep();
    let order = world.order(order.no);
    assert_eq!(order.cancelled.map(|cancelled| cancelled.why), Some(Why::Expired));
    assert_eq!(world.bank.books(|books| books.trades[&first(&order)].state.clone()), TradeState::Closed);
    assert_eq!(order.due_at(), None);
}

#[test]
fn expiry_takes_in_a_payment_that_its_close_finds() {
    let (world, order) = World::with_order();
    world.pass(30 * 60);
    world.pay(first(&order));
    world.sweep();
    world.settle_down();
    assert_eq!((world.order(order.no).status(), world.wallet().points()), (Status::Paid, 100));
}

#[test]
fn order_does_not_expire_while_a_payment_is_processing() {
    let (world, order) = World::with_order();
    world.bank.books(|books| books.trades.get_mut(&first(&order)).unwrap().state = TradeState::Processing);
    for _ in 0..5 {
        world.pass(3_600);
        world.sweep();
        assert_eq!(world.order(order.no).status(), Status::Pending);
    }
    world.pay(first(&order));
    world.settle_down();
    assert_eq!(world.order(order.no).status(), Status::Paid);
}

#[test]
fn order_does_not_expire_while_its_provider_is_silent() {
    let (world, order) = World::with_order();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    for _ in 0..20 {
        world.pass(900);
        world.sweep();
        assert_eq!(world.order(order.no).status(), Status::Pending);
        assert_eq!(world.order(order.no).attempts[0].state, AttemptState::Open);
    }
    world.bank.books(|books| books.silent.clear());
    world.settle_down();
    assert_eq!(world.order(order.no).status(), Status::Cancelled);
}

#[test]
fn order_of_a_crashed_sweep_is_claimed_at_its_next_try() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        let (world, order) = World::with_order();
        world.pay(first(&order));
        world.pass(60);
        world.memory.faults(|faults| faults.plan(CallKind::Query, 1, fault));
        assert!(run(sweep(&world.ports(), DuePart::All, world.limits(), &Patience::default())).is_none());
        assert_eq!(world.sweep().claimed, 0, "it is claimed until its next try");
        world.pass(300);
        assert_eq!(world.sweep().claimed, 1);
        assert_eq!(world.order(order.no).status(), Status::Paid);
    }
}

#[test]
fn unreadable_order_does_not_stop_the_others() {
    let world = World::new();
    let orders = [world.order_points(), world.order_points(), world.order_points()];
    for order in &orders {
        world.pay(first(order));
    }
    world.pass(60);
    world.memory.faults(|faults| faults.plan(CallKind::LoadOrder, 2, Fault::Before));
    assert_eq!(world.sweep(), Swept { found: 3, claimed: 2, left: 1 });
    assert_eq!(world.sweep(), Swept { found: 1, claimed: 1, left: 0 });
    world.settle_down();
    assert_eq!(world.wallet().points(), 300);
}

/// The earliest stay the earliest as long as nothing can be done with them.
#[test]
fn orders_of_a_silent_provider_do_not_block_later_orders() {
    let world = World::new();
    for _ in 0..5 {
        world.order_points();
    }
    world.pass(60);
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    let patience = Patience::default();
    let few = |most| Limits { most_orders: most, at_once: [1; Provider::ALL.len()], ..world.limits() };
    assert_eq!(done(sweep(&world.ports(), DuePart::All, few(3), &patience)).unwrap().claimed, 3);
    assert!(patience.has_run_out(Provider::WeChat, world.now()));
    let by_stripe = CreateRequest { method: Method::StripeCheckout, ..request("points", "hundred") };
    let later = world.create(&by_stripe).unwrap().order;
    world.pay(first(&later));
    world.pass(60);
    let swept = done(sweep(&world.ports(), DuePart::All, few(2), &patience)).unwrap();
    assert_eq!((swept.claimed, swept.left), (1, 2), "{swept:?}");
    assert_eq!(world.order(later.no).status(), Status::Paid);
}

#[test]
fn unreadable_orders_do_not_block_later_orders() {
    let world = World::new();
    let broken = [world.order_points(), world.order_points()];
    world.pass(1);
    let sound = world.order_points();
    world.pay(first(&sound));
    world.pass(60);
    for nth in (1..).take(broken.len()) {
        world.memory.faults(|faults| faults.plan(CallKind::LoadOrder, nth, Fault::Before));
    }
    let limits = Limits { most_orders: 2, at_once: [1; Provider::ALL.len()], ..world.limits() };
    let swept = done(sweep(&world.ports(), DuePart::All, limits, &Patience::default())).unwrap();
    assert_eq!(swept, Swept { found: 3, claimed: 1, left: 2 });
    assert_eq!(world.order(sound.no).status(), Status::Paid);
}

#[test]
fn orders_wait_two_minutes_after_three_silences_of_their_provider() {
    let world = World::new();
    for _ in 0..5 {
        world.order_points();
    }
    world.pass(60);
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    let patience = Patience::default();
    let one_by_one = || Limits { at_once: [1; Provider::ALL.len()], ..world.limits() };
    let swept = done(sweep(&world.ports(), DuePart::All, one_by_one(), &patience)).unwrap();
    assert_eq!(swept, Swept { found: 5, claimed: 3, left: 2 });
    assert!(patience.has_run_out(Provider::WeChat, world.now()));
    assert!(!patience.has_run_out(Provider::Stripe, world.now()));
    world.pass(119);
    assert_eq!(done(sweep(&world.ports(), DuePart::All, one_by_one(), &patience)).unwrap().claimed, 0);
    world.pass(1);
    assert!(done(sweep(&world.ports(), DuePart::All, one_by_one(), &patience)).unwrap().claimed > 0);
}

/// Orders that were asked about in vain as often as is counted say so no less than new ones.
#[test]
fn orders_wait_again_when_their_provider_stays_silent() {
    let world = World::new();
    for _ in 0..5 {
        world.order_points();
    }
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    for _ in 0..10 {
        world.pass(900);
        world.sweep();
    }
    world.pass(900);
    let (patience, limits) = (Patience::default(), Limits { at_once: [1; Provider::ALL.len()], ..world.limits() });
    assert_eq!(done(sweep(&world.ports(), DuePart::All, limits, &patience)).unwrap().claimed, 3);
    assert!(patience.has_run_out(Provider::WeChat, world.now()));
}

#[test]
fn patience_starts_anew_after_an_answer() {
    let world = World::new();
    for _ in 0..5 {
        world.order_points();
    }
    world.pass(60);
    for nth in [1, 2, 4, 5] {
        world.memory.faults(|faults| faults.plan(CallKind::Query, nth, Fault::Before));
    }
    let patience = Patience::default();
    let limits = Limits { at_once: [1; Provider::ALL.len()], ..world.limits() };
    assert_eq!(done(sweep(&world.ports(), DuePart::All, limits, &patience)).unwrap().claimed, 5);
    assert!(!patience.has_run_out(Provider::WeChat, world.now()));
}

#[test]
fn sweep_keeps_its_limits_of_time_and_orders() {
    let world = World::new();
    for _ in 0..5 {
        world.order_points();
    }
    world.pass(60);
    let swept = |limits| done(sweep(&world.ports(), DuePart::All, limits, &Patience::default())).unwrap();
    let over = world.now().minus(Seconds(1));
    assert_eq!(swept(Limits { begin_until: over, ..world.limits() }), Swept { found: 5, claimed: 0, left: 5 });
    assert_eq!(swept(Limits { most_orders: 2, ..world.limits() }), Swept { found: 2, claimed: 2, left: 0 });
    assert_eq!(
        swept(Limits { at_once: [0; Provider::ALL.len()], ..world.limits() }),
        Swept { found: 3, claimed: 3, left: 0 }
    );
    assert_eq!(world.bank.count(CallKind::Query), 5);
}

#[test]
fn sweep_begins_nothing_after_its_last_instant_and_everything_until_then() {
    let looks = |world: &World| world.memory.faults(|faults| faults.seen(CallKind::FindDue));
    for (late, expected, reads) in [
        (0, Swept { found: 2, claimed: 2, left: 0 }, 1),
        // It reads no further, although there may be more.
        (1, Swept { found: 2, claimed: 0, left: 2 }, 1),
    ] {
        let world = World::new();
        for _ in 0..5 {
            world.order_points();
        }
        world.pass(60);
        let begin_until = world.now().minus(Seconds(late));
        let limits = Limits { most_orders: 2, begin_until, ..world.limits() };
        let swept = done(sweep(&world.ports(), DuePart::All, limits, &Patience::default())).unwrap();
        assert_eq!((swept, looks(&world)), (expected, reads), "{late} s late");
    }
}

#[test]
fn sweep_in_its_last_instant_reads_past_orders_that_cannot_be_handled() {
    let world = World::new();
    for _ in 0..3 {
        world.order_points();
    }
    world.pass(60);
    for nth in 1..=2 {
        world.memory.faults(|faults| faults.plan(CallKind::LoadOrder, nth, Fault::Before));
    }
    let limits =
        Limits { most_orders: 2, at_once: [1; Provider::ALL.len()], begin_until: world.now(), ..world.limits() };
    let swept = done(sweep(&world.ports(), DuePart::All, limits, &Patience::default())).unwrap();
    assert_eq!(swept.claimed, 1);
}

#[test]
fn sweep_of_a_shard_handles_the_orders_of_that_shard() {
    let world = World::new();
    let orders: Vec<_> = (0..40).map(|_| world.order_points().no).collect();
    world.pass(60);
    for shard in 0..DUE_SHARDS {
        let theirs: Vec<_> = orders.iter().filter(|no| due_shard(**no) == shard).collect();
        let swept = done(sweep(&world.ports(), DuePart::Shard(shard), world.limits(), &Patience::default())).unwrap();
        assert_eq!((swept.found, swept.claimed), (theirs.len(), theirs.len()), "{shard}");
        assert!(theirs.iter().all(|no| !world.order(**no).is_due(world.now())));
    }
    assert_eq!(world.sweep(), Swept::default());
}

#[test]
fn others_are_asked_to_sweep_when_a_look_does_not_return_all() {
    for (most_orders, fault, expected) in
        [(4, None, (false, 0)), (3, None, (true, 1)), (1, None, (true, 1)), (1, Some(Fault::Before), (false, 0))]
    {
        let world = World::new();
        for _ in 0..3 {
            world.order_points();
        }
        world.pass(60);
        if let Some(fault) = fault {
            world.memory.faults(|faults| faults.plan(CallKind::ShareSweep, 1, fault));
        }
        let limits = Limits { most_orders, ..world.limits() };
        let (swept, shared) = done(sweep_or_share(&world.ports(), limits, &Patience::default())).unwrap();
        assert_eq!((shared, world.memory.tables(|tables| tables.shared_sweeps)), expected, "{most_orders}");
        assert_eq!(swept.claimed, most_orders.min(3), "it sweeps nevertheless");
    }
}

#[test]
fn hanging_provider_holds_its_own_orders_only() {
    let world = World::new();
    let by_stripe = CreateRequest { method: Method::StripeCheckout, ..request("points", "hundred") };
    let hanging: Vec<_> = (0..3).map(|_| world.order_points().no).collect();
    let others: Vec<_> = (0..3).map(|_| world.create(&by_stripe).unwrap().order.no).collect();
    world.pass(60);
    world.memory.faults(|faults| faults.plan(CallKind::Query, 1, Fault::DieBefore));
    let limits = Limits { at_once: [1; Provider::ALL.len()], ..world.limits() };
    assert!(run(sweep(&world.ports(), DuePart::All, limits, &Patience::default())).is_none());
    let is_due = |no: &OrderNo| world.order(*no).is_due(world.now());
    assert_eq!((hanging.iter().filter(|no| is_due(no)).count(), others.iter().any(is_due)), (2, false));
}

/// Sweeps stood still for a season: what is left to do is still there, and only what is done is deleted.
#[test]
fn orders_survive_two_hundred_days_without_sweeps() {
    let world = World::new();
    let (paid, abandoned) = (world.order_points(), world.order_points());
    world.pay(first(&paid));
    world.pass(200 * 86_400);
    world.memory.tables(|tables| tables.purge(world.now()));
    world.settle_down();
    assert_eq!((world.order(paid.no).status(), world.wallet().points()), (Status::Paid, 100));
    assert_eq!(world.order(abandoned.no).status(), Status::Cancelled);
    world.memory.tables(|tables| tables.purge(world.now()));
    assert_eq!(world.orders().iter().map(|order| order.no).collect::<Vec<_>>(), [paid.no]);
}
