//! Each remedy is applied once under its key, and the audit trail says which and why.

use till_app::cancel::cancel_once;
use till_app::ports::RemedyNote;
use till_app::refund::refund_once;
use till_app::remedy::RemedyRequest;
use till_app::resolve::resolve_once;
use till_domain::order::{Decision, Fingerprint, HoldWord, Remedy, RemedyWord, Resolution, Status};
use till_domain::refusal::Refusal;
use till_domain::text::UserId;

use crate::run::done;
use crate::world::{World, reason, wanted};

/// A remedy under this key; the same with another request under that key is refused.
pub fn asked(key: u128, request: u128) -> RemedyRequest {
    of(RemedyWord::Complete, key, request)
}

fn of(word: RemedyWord, key: u128, request: u128) -> RemedyRequest {
    let remedy = Remedy { word, key: Fingerprint(key), request: Fingerprint(request) };
    RemedyRequest { remedy, by: UserId::parse("admin").unwrap(), reason: reason() }
}

fn notes(world: &World) -> Vec<RemedyNote> {
    world.memory.tables(|tables| tables.records.iter().filter_map(|record| record.remedy.clone()).collect())
}

#[test]
fn order_is_cancelled_once() {
    let (world, no) = World::with_order_no();
    for _ in 0..2 {
        let order = done(cancel_once(&world.ports(), no, &of(RemedyWord::Cancel, 1, 1), world.deadline())).unwrap();
        assert_eq!((order.status(), order.remedies.len()), (Status::Cancelled, 1));
    }
    let other = done(cancel_once(&world.ports(), no, &of(RemedyWord::Cancel, 1, 2), world.deadline()));
    assert_eq!(other.unwrap_err(), Refusal::IdempotencyConflict.into());
    assert_eq!(notes(&world), [RemedyNote { word: RemedyWord::Cancel, reason: reason() }], "once");
}

#[test]
fn cancelling_what_is_cancelled_is_recorded_too() {
    let (world, no) = World::with_order_no();
    for key in [1, 1, 2, 2] {
        let order = done(cancel_once(&world.ports(), no, &of(RemedyWord::Cancel, key, 1), world.deadline())).unwrap();
        assert_eq!(order.status(), Status::Cancelled);
    }
    assert_eq!((notes(&world).len(), world.order(no).remedies.len()), (2, 2), "one for each key");
}

#[test]
fn refund_is_made_once_and_its_key_serves_no_other_remedy() {
    let world = World::new();
    let order = world.bought_points();
    let refund = |request: &RemedyRequest| {
        done(refund_once(&world.ports(), order.no, &wanted("r", None), Some(request), world.deadline()))
    };
    assert!(refund(&of(RemedyWord::Refund, 1, 1)).unwrap().is_new);
    assert!(!refund(&of(RemedyWord::Refund, 1, 1)).unwrap().is_new);
    assert_eq!(refund(&of(RemedyWord::Refund, 1, 2)).unwrap_err(), Refusal::IdempotencyConflict.into());
    assert_eq!(refund(&of(RemedyWord::Resolve, 1, 1)).unwrap_err(), Refusal::IdempotencyConflict.into());
    assert_eq!((world.order(order.no).refunds.len(), world.order(order.no).remedies.len()), (1, 1));
}

#[test]
fn decision_is_made_once() {
    let (world, order) = World::with_order();
    world.pay_short(&order);
    let resolution = Resolution {
        word: HoldWord::OddPayment,
        trade_no: None,
        decision: Decision::Return,
        amount: None,
        by: UserId::parse("admin").unwrap(),
        reason: reason(),
    };
    let request = of(RemedyWord::Resolve, 1, 1);
    let resolve = || done(resolve_once(&world.ports(), order.no, &resolution, Some(&request), world.deadline()));
    assert_eq!(resolve().unwrap().given_back.len(), 1);
    let again = resolve().unwrap();
    assert_eq!((again.given_back.len(), again.order.refunds.len()), (0, 1));
}
