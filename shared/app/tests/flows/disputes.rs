//! Disputes that only the account's list tells of: each is found, however late it is decided, and no look is lost.

use till_app::Failure;
use till_app::create::CreateRequest;
use till_app::disputes::{Looked, ask_disputes};
use till_domain::id::{AttemptNo, PaymentNo};
use till_domain::order::{DisputeState, Fulfilment, HoldWord, Order};
use till_domain::provider::{Method, Provider};
use till_domain::time::Seconds;
use till_memory::{CallKind, Fault};

use crate::provider::trade_no;
use crate::run::{done, run, side_by_side};
use crate::world::{World, account, first, request};

const HOUR: Seconds = Seconds::hours(1);

/// Orders of 100 points by Stripe, paid and granted.
fn granted(world: &World, count: usize) -> Vec<Order> {
    let wish = CreateRequest { method: Method::StripeCheckout, ..request("points", "hundred") };
    let orders = (0..count).map(|_| {
        let order = world.buy(&world.create(&wish).unwrap().order);
        world.work();
        world.order(order.no)
    });
    orders.collect()
}

fn look(world: &World) -> Result<Looked, Failure> {
    done(ask_disputes(&world.ports(), &account(Provider::Stripe), HOUR, world.deadline()))
}

fn lists(world: &World) -> usize {
    world.bank.count(CallKind::ListDisputes)
}

#[test]
fn lost_dispute_takes_the_goods_back_without_any_webhook() {
    let world = World::new();
    let [order] = granted(&world, 1).try_into().unwrap();
    world.bank.dispute("du_1", first(&order), DisputeState::Opened, world.now());
    assert_eq!(look(&world), Ok(Looked::Through));
    let held: Vec<HoldWord> = world.order(order.no).holds().into_iter().map(|hold| hold.word).collect();
    assert_eq!(held, [HoldWord::Dispute]);
    // The bank takes two months, in which the list is read every hour.
    for _ in 0..60 {
        world.pass(86_400);
        assert_eq!(look(&world), Ok(Looked::Through));
    }
    world.bank.dispute("du_1", first(&order), DisputeState::Lost, world.now());
    world.pass(3_600);
    assert_eq!(look(&world), Ok(Looked::Through));
    world.settle_down();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Revoked);
    assert_eq!(world.wallet().points(), 0);
}

#[test]
fn account_is_asked_once_an_hour() {
    let world = World::new();
    assert_eq!((look(&world), look(&world), lists(&world)), (Ok(Looked::Through), Ok(Looked::NotDue), 1));
    world.pass(3_599);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::NotDue), 1));
    world.pass(1);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 2));
}

#[test]
fn decided_disputes_are_not_read_again_and_open_ones_are() {
    let world = World::new();
    let orders = granted(&world, 5);
    for (n, order) in orders.iter().enumerate() {
        let state = if n == 2 { DisputeState::Opened } else { DisputeState::Won };
        world.bank.dispute(&format!("du_{n}"), first(order), state, world.now());
        world.pass(7_200);
    }
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 3), "five disputes, two on a page");
    world.pass(86_400);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 5), "from the open one on there are three");
    world.bank.dispute("du_2", first(&orders[2]), DisputeState::Won, world.now());
    world.pass(86_400);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 7));
    world.pass(86_400);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 8), "none is left");
}

#[test]
fn disputes_of_an_earlier_look_are_not_read_again() {
    let world = World::new();
    let orders = granted(&world, 3);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 1));
    world.pass(86_400);
    for (n, order) in orders.iter().enumerate() {
        world.bank.dispute(&format!("du_{n}"), first(order), DisputeState::Won, world.now());
    }
    world.pass(60);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), 3));
    world.pass(86_400);
    assert_eq!(look(&world), Ok(Looked::Through));
    world.pass(86_400);
    let before = lists(&world);
    assert_eq!((look(&world), lists(&world)), (Ok(Looked::Through), before + 1), "none is left");
}

#[test]
fn silence_counts_from_the_end_of_the_last_look() {
    let world = World::new();
    assert_eq!(look(&world), Ok(Looked::Through));
    world.pass(86_400);
    assert_eq!(look(&world), Ok(Looked::Through));
    world.pass(7_200);
    world.memory.faults(|faults| faults.plan(CallKind::ListDisputes, 1, Fault::Before));
    assert_eq!(look(&world), Ok(Looked::Unanswered { silent: Seconds(7_200) }));
}

#[test]
fn look_goes_on_where_time_ran_out() {
    let world = World::new();
    let orders = granted(&world, 3);
    for (n, order) in orders.iter().enumerate() {
        world.bank.dispute(&format!("du_{n}"), first(order), DisputeState::Lost, world.now());
    }
    // The second page is not answered.
    world.memory.faults(|faults| faults.plan(CallKind::ListDisputes, 2, Fault::Before));
    assert_eq!(look(&world), Ok(Looked::Unanswered { silent: Seconds(0) }));
    world.pass(1);
    assert_eq!(look(&world), Ok(Looked::Through));
    assert_eq!(lists(&world), 2, "the first page is not read again");
    world.settle_down();
    assert!(orders.iter().all(|order| world.order(order.no).fulfilment() == Fulfilment::Revoked));
}

#[test]
fn order_that_cannot_be_saved_is_looked_at_again() {
    let world = World::new();
    let [order] = granted(&world, 1).try_into().unwrap();
    world.bank.dispute("du_1", first(&order), DisputeState::Lost, world.now());
    world.pass(86_400);
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Before));
    assert_eq!(look(&world), Ok(Looked::Through));
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Granted);
    world.pass(86_400);
    assert_eq!(look(&world), Ok(Looked::Through));
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Revoking);
}

#[test]
fn look_of_a_process_that_dies_is_taken_up_after_ten_minutes() {
    for kind in [CallKind::ListDisputes, CallKind::SaveOrder, CallKind::SaveDisputeLook] {
        let world = World::new();
        let [order] = granted(&world, 1).try_into().unwrap();
        world.bank.dispute("du_1", first(&order), DisputeState::Lost, world.now());
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::DieAfter));
        let account = account(Provider::Stripe);
        assert_eq!(run(ask_disputes(&world.ports(), &account, HOUR, world.deadline())), None);
        world.pass(599);
        assert_eq!(look(&world), Ok(Looked::NotDue), "{kind:?}");
        world.pass(1);
        assert_eq!(look(&world), Ok(Looked::Through), "{kind:?}");
        world.settle_down();
        assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Revoked, "{kind:?}");
    }
}

#[test]
fn of_two_processes_one_looks() {
    let world = World::new();
    let (ports, account) = (world.ports(), account(Provider::Stripe));
    let looks =
        (0..2).map(|_| -> crate::run::Flow<'_, _> { Box::pin(ask_disputes(&ports, &account, HOUR, world.deadline())) });
    world.memory.faults(|faults| faults.plan(CallKind::SaveDisputeLook, 1, Fault::Delay));
    let looked = side_by_side(looks.collect());
    assert_eq!(looked.iter().filter(|looked| **looked == Ok(Looked::Through)).count(), 1, "{looked:?}");
    assert_eq!(lists(&world), 1);
}

#[test]
fn dispute_that_fits_no_order_is_kept_as_an_orphan_and_told() {
    let world = World::new();
    let [order] = granted(&world, 1).try_into().unwrap();
    world.bank.dispute("du_1", first(&order), DisputeState::Opened, world.now());
    world.memory.tables(|tables| tables.orders.clear());
    assert_eq!(look(&world), Ok(Looked::Through));
    let of: PaymentNo = order.no.payment(AttemptNo::FIRST);
    world.memory.tables(|tables| {
        assert_eq!((tables.orphans.len(), tables.orphan_alarms.len()), (1, 1));
        assert_eq!(tables.orphans[0].trade_no, trade_no(of));
    });
}
