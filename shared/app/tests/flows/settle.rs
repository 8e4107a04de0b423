//! Taking in notifications: they are not refused, may come twice, and nothing verified is lost.

use till_app::Failure;
use till_app::cancel::{Canceller, cancel};
use till_app::ports::{CallbackAudit, Task};
use till_domain::currency::Currency;
use till_domain::id::AttemptNo;
use till_domain::money::Money;
use till_domain::order::{Fulfilment, HoldWord, LatePolicy, Report, Role, Says, Status};
use till_memory::flows::settle;
use till_memory::{CallKind, Fault};

use crate::provider::TradeState;
use crate::run::{done, side_by_side};
use crate::world::{World, buyer, cny, first};

#[test]
fn settle_takes_in_a_payment_and_enqueues_its_grant() {
    let world = World::new();
    let order = world.buy(&world.order_points());
    assert_eq!((order.status(), order.fulfilment()), (Status::Paid, Fulfilment::Queued));
    assert_eq!(world.tasks(), [Task::Grant(order.no)]);
    assert_eq!(world.bank.books(|books| books.calls.len()), 1, "it calls no provider: only the order's making did");
}

#[test]
fn settle_of_a_repeated_report_changes_nothing() {
    let (world, order) = World::with_order();
    let reports = world.pay(first(&order));
    let once = world.settle(first(&order), &reports).unwrap();
    world.pass(5);
    assert_eq!(world.settle(first(&order), &reports), Ok(once.clone()));
    world.settle_down();
    let settled = world.order(order.no);
    assert_eq!(world.settle(first(&order), &reports), Ok(settled));
    assert_eq!(world.wallet().points(), 100);
}

#[test]
fn settle_saves_all_reports_of_one_notification() {
    let (world, order) = World::with_order();
    let mut reports = world.pay(first(&order));
    let trade_no = reports[0].says.trade_no().unwrap().clone();
    reports.push(Report { says: Says::BackUnclear { trade_no }, ..reports[0].clone() });
    let settled = world.settle(first(&order), &reports).unwrap();
    assert_eq!((settled.payments.len(), settled.figures.len()), (1, 1));
    assert_eq!(world.order(order.no), settled, "two changes are a change");
}

#[test]
fn record_of_a_notification_keeps_what_is_known_of_its_callback() {
    let (world, order) = World::with_order();
    let audit = CallbackAudit { from: "203.0.113.7".to_owned(), hash: "aa".to_owned(), facts: Vec::new() };
    let reports = world.pay(first(&order));
    done(till_app::settle::settle(&world.ports(), first(&order), &reports, Some(&audit))).unwrap();
    let kept = world.memory.tables(|tables| tables.records.last().and_then(|record| record.callback.clone()));
    assert_eq!(kept, Some(audit));
}

#[test]
fn two_callbacks_at_once_make_one_payment() {
    for kind in [CallKind::LoadOrder, CallKind::SaveOrder, CallKind::Enqueue] {
        let (world, order) = World::with_order();
        let reports = world.pay(first(&order));
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
        let (one, other) = (world.clone(), world.clone());
        let outcomes = side_by_side(vec![
            Box::pin(settle(&one.ports(), first(&order), &reports)),
            Box::pin(settle(&other.ports(), first(&order), &reports)),
        ]);
        assert!(outcomes.iter().all(Result::is_ok));
        assert_eq!(world.order(order.no).payments.len(), 1);
        world.settle_down();
        assert_eq!(world.wallet().points(), 100);
    }
}

/// Whether money is kept that was paid after the end is the team's choice.
#[test]
fn late_payment_is_kept_or_returned_by_policy() {
    for (late, status, given, points) in
        [(LatePolicy::Fulfil, Status::Paid, 0, 100), (LatePolicy::Refund, Status::Cancelled, 990, 0)]
    {
        let mut world = World::new();
        world.settings.policy.late = late;
        let order = world.order_points();
        world.pass(30 * 60 + 1);
        let reports = world.pay(first(&order));
        world.settle(first(&order), &reports).unwrap();
        world.settle_down();
        assert_eq!(world.order(order.no).status(), status);
        assert_eq!((world.bank.money(), world.wallet().points()), ((990, given), points), "{late:?}");
    }
}

/// Once a person has cancelled, every payment is late.
#[test]
fn payment_of_a_cancelled_order_is_kept_or_returned_by_policy() {
    for (late, status, points) in [(LatePolicy::Fulfil, Status::Paid, 100), (LatePolicy::Refund, Status::Cancelled, 0)]
    {
        let mut world = World::new();
        world.settings.policy.late = late;
        let order = world.order_points();
        let reports = world.pay(first(&order));
        // The close said that it was not paid, and was wrong.
        world.bank.books(|books| books.trades.get_mut(&first(&order)).unwrap().state = TradeState::Open);
        let who = Canceller::Buyer(buyer());
        done(cancel(&world.ports(), &who, order.no, world.deadline())).unwrap();
        let paid = TradeState::Paid { amount: cny(990), at: world.now() };
        world.bank.books(|books| books.trades.get_mut(&first(&order)).unwrap().state = paid);
        world.settle(first(&order), &reports).unwrap();
        world.settle_down();
        assert_eq!((world.order(order.no).status(), world.wallet().points()), (status, points));
    }
}

/// Paid in time and heard of late is not late.
#[test]
fn payment_made_in_time_and_reported_later_is_kept() {
    let mut world = World::new();
    world.settings.policy.late = LatePolicy::Refund;
    let order = world.order_points();
    world.pass(30 * 60);
    let reports = world.pay(first(&order));
    world.pass(3_600);
    world.settle(first(&order), &reports).unwrap();
    world.settle_down();
    assert_eq!((world.order(order.no).status(), world.wallet().points()), (Status::Paid, 100));
}

#[test]
fn odd_payment_raises_one_alarm_and_grants_nothing() {
    let (world, order) = World::with_order();
    let settled = world.pay_short(&order);
    assert_eq!((settled.payments[0].role, settled.status()), (Role::Odd, Status::Pending));
    world.settle_down();
    let alarms = world.memory.tables(|tables| tables.alarms.clone());
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0].1[0].word, HoldWord::OddPayment);
    assert_eq!((world.wallet().points(), world.bank.money()), (0, (989, 0)));
}

#[test]
fn alarm_that_failed_is_raised_again() {
    let (world, order) = World::with_order();
    world.memory.faults(|faults| faults.plan(CallKind::RaiseAlarm, 1, Fault::Before));
    let usd = Money::new(990, Currency::USD).unwrap();
    let reports = world.bank.pay(first(&order), usd, world.now());
    world.settle(first(&order), &reports).unwrap();
    assert_eq!(world.memory.tables(|tables| tables.alarms.len()), 0);
    world.settle_down();
    assert_eq!(world.memory.tables(|tables| tables.alarms.len()), 1);
}

#[test]
fn task_that_was_not_enqueued_comes_with_the_sweep() {
    let world = World::new();
    world.memory.faults(|faults| faults.plan(CallKind::Enqueue, 1, Fault::Before));
    let order = world.buy(&world.order_points());
    assert_eq!(world.memory.tables(|tables| tables.queue.waiting().len()), 0);
    world.settle_down();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Granted);
}

#[test]
fn payment_of_an_unknown_attempt_is_taken_in() {
    let (world, order) = World::with_order();
    let mut reports = world.pay(first(&order));
    let seventh = AttemptNo::new(7).unwrap();
    for report in &mut reports {
        report.attempt = seventh;
    }
    let settled = world.settle(order.no.payment(seventh), &reports).unwrap();
    assert_eq!((settled.status(), settled.attempts.len()), (Status::Paid, 2));
}

#[test]
fn settle_fails_when_the_order_is_not_written() {
    for (kind, fault) in [(CallKind::LoadOrder, Fault::Before), (CallKind::SaveOrder, Fault::Before)] {
        let (world, order) = World::with_order();
        let reports = world.pay(first(&order));
        world.memory.faults(|faults| faults.plan(kind, 1, fault));
        assert_eq!(world.settle(first(&order), &reports), Err(Failure::Unavailable));
        assert_eq!(world.order(order.no).status(), Status::Pending);
    }
}

/// Its own write, repeated below it: the task is not enqueued at once, and comes with the next step.
#[test]
fn settle_succeeds_when_its_write_was_repeated() {
    let (world, order) = World::with_order();
    let reports = world.pay(first(&order));
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Twice));
    let settled = done(settle(&world.ports(), first(&order), &reports));
    assert_eq!(settled.map(|order| order.status()), Ok(Status::Paid));
    world.settle_down();
    assert_eq!(world.wallet().points(), 100);
}
