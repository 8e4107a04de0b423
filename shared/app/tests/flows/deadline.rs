//! No worker acts after its deadline: another may have claimed the duty.

use till_app::Failure;
use till_app::cancel::{Canceller, cancel};
use till_app::perform::perform;
use till_app::ports::{DuePart, Outcome};
use till_app::refund::refund;
use till_app::sweep::{Limits, Patience, sweep};
use till_domain::order::{AttemptState, Duty, RefundState, Status};
use till_domain::provider::Provider;
use till_domain::time::Seconds;
use till_memory::flows::retry;
use till_memory::{CallKind, Fault};

use crate::run::{done, side_by_side};
use crate::world::{WHILE, World, buyer, wanted};

#[test]
fn refund_decided_after_the_deadline_is_left_to_the_sweep() {
    let world = World::new();
    let no = world.bought_points().no;
    let over = world.now().minus(Seconds(1));
    let refunded = done(refund(&world.ports(), no, &wanted("r", None), over)).unwrap();
    assert_eq!(refunded.order.refunds[0].state, RefundState::Requested);
    assert_eq!(world.bank.count(CallKind::Refund), 0);
    world.settle_down();
    assert_eq!(world.bank.money(), (990, 990));
}

#[test]
fn perform_does_no_duty_after_the_deadline() {
    let (world, order) = World::with_order();
    let n = order.attempts[0].n;
    let calls = world.bank.books(|books| books.calls.len());
    let over = world.now().minus(Seconds(1));
    for duty in [Duty::Ask(n), Duty::Close(n), Duty::Expire, Duty::Grant, Duty::Revoke, Duty::Remind, Duty::Alarm] {
        let performed = done(perform(&world.ports(), order.clone(), vec![duty], over));
        assert_eq!((performed.order, performed.answered), (order.clone(), None), "{duty:?}");
    }
    assert_eq!(world.bank.books(|books| books.calls.len()), calls);
    assert_eq!((world.pushes(), world.memory.tables(|tables| tables.queue.waiting().len())), (vec![], 0));
    assert_eq!(world.order(order.no), order);
}

#[test]
fn cancel_after_the_deadline_leaves_the_order_pending() {
    let (world, no) = World::with_order_no();
    let over = world.now().minus(Seconds(1));
    let outcome = done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, over));
    assert_eq!(outcome, Err(Failure::Provider { provider: Provider::WeChat, refused: false }));
    assert_eq!((world.order(no).status(), world.bank.count(CallKind::Close)), (Status::Pending, 0));
    assert_eq!((world.order(no).attempts[0].unanswered, world.order(no).version), (0, 1), "no provider was asked");
    assert!(!world.outcomes().contains(&Outcome::Unanswered));
}

/// The first of two providers answers slowly: what it said is taken in, and the second was not silent.
#[test]
fn cancel_out_of_time_halfway_counts_no_silence_of_the_unasked_provider() {
    let (world, no) = World::with_order_no();
    world.open_second_attempt(no);
    world.memory.tables(|tables| tables.records.clear());
    world.memory.faults(|faults| faults.plan(CallKind::Close, 1, Fault::Delay));
    let (customer, clock) = (world.clone(), world.clone());
    let (who, deadline) = (Canceller::Buyer(buyer()), world.deadline());
    let outcomes = side_by_side(vec![
        Box::pin(async { cancel(&customer.ports(), &who, no, deadline).await.map(|_| ()) }),
        Box::pin(async {
            clock.memory.pass(WHILE.plus(Seconds(1)));
            Ok(())
        }),
    ]);
    assert_eq!(outcomes[0], Err(Failure::Provider { provider: Provider::Stripe, refused: false }));
    let attempts = world.order(no).attempts.clone();
    assert_eq!((attempts[0].state, attempts[1].state), (AttemptState::Closed, AttemptState::Open));
    assert_eq!((attempts[0].unanswered, attempts[1].unanswered, world.bank.count(CallKind::Close)), (0, 0, 1));
    assert!(!world.outcomes().contains(&Outcome::Unanswered));
}

#[test]
fn sweep_after_the_deadline_claims_and_calls_no_provider() {
    let world = World::new();
    world.order_points();
    world.pass(60);
    let limits = Limits { deadline: world.now().minus(Seconds(1)), ..world.limits() };
    assert_eq!(done(sweep(&world.ports(), DuePart::All, limits, &Patience::default())).unwrap().claimed, 1);
    assert_eq!(world.bank.count(CallKind::Query), 0);
}

/// The time runs out at the very call that claims.
#[test]
fn retry_whose_time_runs_out_in_the_write_calls_no_provider() {
    let (world, no) = World::with_order_no();
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Delay));
    let (customer, clock) = (world.clone(), world.clone());
    let (wish, deadline) = (crate::retry::wish(no, None), world.deadline());
    let outcomes = side_by_side(vec![
        Box::pin(async { retry(&customer.ports(), &wish, deadline).await.map(|_| ()) }),
        Box::pin(async {
            clock.memory.pass(WHILE.plus(Seconds(1)));
            Ok(())
        }),
    ]);
    let failure = Failure::Provider { provider: Provider::WeChat, refused: false };
    assert_eq!(outcomes, [Err(failure), Ok(())]);
    assert_eq!(world.bank.count(CallKind::Create), 1, "only the order's making called");
    assert_eq!(world.order(no).attempts[1].unanswered, 0);
    assert!(!world.outcomes().contains(&Outcome::Unanswered), "no provider was asked, so none was silent");
    world.settle_down();
    assert_eq!(world.order(no).status(), Status::Cancelled);
}
