//! The audit trail: every change, every refusal, and every call to a provider that failed.

use till_app::cancel::{Canceller, cancel};
use till_app::ports::{Cause, Outcome};
use till_app::refund::refund;
use till_domain::order::{Fulfilment, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_memory::{CallKind, Fault};

use crate::run::done;
use crate::world::{World, buyer, first, wanted};

fn trail(world: &World) -> Vec<(Cause, Outcome)> {
    world.memory.tables(|tables| tables.records.iter().map(|record| (record.cause, record.outcome)).collect())
}

#[test]
fn a_purchase_from_the_callback_to_the_goods() {
    let world = World::new();
    let order = world.bought_points();
    let changed = |fulfilment| Outcome::Changed(Status::Paid, fulfilment);
    let expected = [(Cause::Pushed, changed(Fulfilment::Queued)), (Cause::Task, changed(Fulfilment::Granted))];
    assert_eq!(trail(&world), expected);
    assert!(world.memory.tables(|tables| tables.records.iter().all(|record| record.order == order.no)));
}

#[test]
fn a_refusal_and_a_silent_provider() {
    let world = World::new();
    let no = world.order_points().no;
    assert!(done(refund(&world.ports(), no, &wanted("r", None), world.deadline())).is_err());
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    assert!(done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, world.deadline())).is_err());
    let trail = trail(&world);
    assert!(trail.contains(&(Cause::Command, Outcome::Refused(Refusal::NotPaid))));
    assert!(trail.contains(&(Cause::Asked, Outcome::Unanswered(Provider::WeChat))));
    assert!(trail.contains(&(Cause::Command, Outcome::Refused(Refusal::StillOpen))));
}

#[test]
fn a_record_that_is_lost_stops_nothing() {
    let world = World::new();
    let order = world.order_points();
    world.memory.faults(|faults| faults.plan(CallKind::KeepRecord, 1, Fault::Before));
    let reports = world.pay(first(&order));
    assert!(world.settle(first(&order), &reports).is_ok());
    world.work();
    assert_eq!(world.wallet().points(), 100);
}
