//! Delivering and taking back happen once, however often a task comes and beside all other work.

use till_app::Failure;
use till_app::fulfil::fulfil;
use till_app::ports::Task;
use till_app::refund::refund;
use till_domain::id::OrderNo;
use till_domain::order::{Fulfilment, Order, RefundRequest};
use till_domain::refusal::Refusal;
use till_memory::{CallKind, Fault};

use crate::run::{done, side_by_side};
use crate::world::{World, request, wanted};

fn grant(world: &World, order: &Order) -> Result<(), Failure> {
    done(fulfil(&world.ports(), Task::Grant(order.no), None))
}

fn revoke(world: &World, order: &Order) -> Result<(), Failure> {
    done(fulfil(&world.ports(), Task::Revoke(order.no), None))
}

/// A granted order whose money went back with its goods, though these are still there.
fn to_revoke() -> (World, Order) {
    let world = World::new();
    let order = world.bought_points();
    let wish = RefundRequest { revoke: true, ..wanted("r", None) };
    done(refund(&world.ports(), order.no, &wish, world.deadline())).unwrap();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Revoking);
    (world, order)
}

#[test]
fn grant_task_that_repeats_grants_once() {
    let world = World::new();
    let order = world.buy(&world.order_points());
    for _ in 0..3 {
        assert_eq!(grant(&world, &order), Ok(()));
    }
    assert_eq!((world.wallet().points(), world.wallet().version()), (100, 1));
    assert_eq!(world.ledger(), [order.no.to_string()]);
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Granted);
}

#[test]
fn known_order_is_not_loaded_again_and_another_one_is_not_taken_for_it() {
    let world = World::new();
    let (one, other) = (world.buy(&world.order_points()), world.buy(&world.order_points()));
    assert_eq!(done(fulfil(&world.ports(), Task::Grant(one.no), Some(other.clone()))), Ok(()));
    assert_eq!(world.ledger(), [one.no.to_string()]);
    world.memory.faults(|faults| faults.plan(CallKind::LoadOrder, 1, Fault::Before));
    assert_eq!(done(fulfil(&world.ports(), Task::Grant(other.no), Some(other.clone()))), Ok(()));
    assert_eq!(world.ledger(), [one.no, other.no].map(|no| no.to_string()));
}

#[test]
fn grant_tasks_side_by_side_grant_once() {
    for kind in [CallKind::LoadOrder, CallKind::LoadWallet, CallKind::Commit] {
        let world = World::new();
        let order = world.buy(&world.order_points());
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
        let workers = [world.ports(), world.ports(), world.ports()];
        let task = Task::Grant(order.no);
        let outcomes = side_by_side(workers.iter().map(|ports| Box::pin(fulfil(ports, task, None)) as _).collect());
        assert_eq!(outcomes, [Ok(()); 3]);
        assert_eq!((world.wallet().points(), world.ledger().len()), (100, 1), "{kind:?}");
    }
}

#[test]
fn grants_of_two_orders_side_by_side_both_reach_the_wallet() {
    let world = World::new();
    let (one, other) = (world.buy(&world.order_points()), world.buy(&world.order_points()));
    world.memory.faults(|faults| faults.plan(CallKind::Commit, 1, Fault::Delay));
    let ports = [world.ports(), world.ports()];
    let outcomes = side_by_side(vec![
        Box::pin(fulfil(&ports[0], Task::Grant(one.no), None)),
        Box::pin(fulfil(&ports[1], Task::Grant(other.no), None)),
    ]);
    assert_eq!(outcomes, [Ok(()), Ok(())]);
    assert_eq!((world.wallet().points(), world.wallet().version()), (200, 2));
}

#[test]
fn transaction_whose_answer_was_lost_is_not_repeated() {
    for (fault, first_outcome) in [(Fault::After, Err(Failure::Unavailable)), (Fault::Twice, Ok(()))] {
        let world = World::new();
        let order = world.buy(&world.order_points());
        world.memory.faults(|faults| faults.plan(CallKind::Commit, 1, fault));
        assert_eq!(grant(&world, &order), first_outcome);
        assert_eq!(grant(&world, &order), Ok(()));
        assert_eq!(world.wallet().points(), 100);
    }
}

#[test]
fn task_that_is_no_duty_changes_nothing() {
    let pending = World::new();
    let unpaid = pending.order_points();
    let (revoking, revoked) = to_revoke();
    for (what, world, order, task) in [
        ("an unpaid order", &pending, &unpaid, Task::Grant(unpaid.no)),
        ("goods that were never given", &pending, &unpaid, Task::Revoke(unpaid.no)),
        ("goods that are to go back", &revoking, &revoked, Task::Grant(revoked.no)),
    ] {
        let (before, points) = (world.order(order.no), world.wallet().points());
        assert_eq!(
            done(fulfil(&world.ports(), task, None)),
            Ok(()),
            "{what}: acknowledged, since there is nothing to do"
        );
        assert_eq!((world.order(order.no), world.wallet().points()), (before, points), "{what}");
    }
}

#[test]
fn forged_revoke_task_takes_nothing_from_a_paid_order() {
    let world = World::new();
    let order = world.bought_points();
    assert_eq!(revoke(&world, &order), Ok(()));
    assert_eq!(world.wallet().points(), 100);
}

#[test]
fn task_for_an_unknown_order_is_refused() {
    let world = World::new();
    let unknown = OrderNo::mint(world.now(), 99);
    for task in [Task::Grant(unknown), Task::Revoke(unknown)] {
        assert_eq!(done(fulfil(&world.ports(), task, None)), Err(Failure::Refused(Refusal::OrderNotFound)));
    }
}

#[test]
fn refund_during_the_grant_stops_it() {
    let world = World::new();
    let order = world.buy(&world.order_points());
    world.memory.faults(|faults| faults.plan(CallKind::Commit, 1, Fault::Delay));
    let (worker, admin) = (world.clone(), world.clone());
    side_by_side(vec![
        Box::pin(async { worker.work_beside().await }),
        Box::pin(async { refund(&admin.ports(), order.no, &wanted("r", None), admin.deadline()).await.map(|_| ()) }),
    ]);
    world.settle_down();
    assert_eq!((world.order(order.no).fulfilment(), world.ledger()), (Fulfilment::None, Vec::new()));
}

#[test]
fn revoke_task_that_repeats_revokes_once() {
    let (world, order) = to_revoke();
    for _ in 0..3 {
        assert_eq!(revoke(&world, &order), Ok(()));
    }
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Revoked);
    assert_eq!((world.wallet().points(), world.ledger().len()), (0, 2));
    assert_eq!(grant(&world, &order), Ok(()));
    assert_eq!(world.wallet().points(), 0);
}

#[test]
fn grant_delivers_quotas_and_memberships() {
    let world = World::new();
    for (kind, id) in [("package", "exports"), ("membership", "silver")] {
        let order = world.create(&request(kind, id)).unwrap().order;
        world.buy(&order);
        world.work();
    }
    let wallet = world.wallet();
    assert_eq!(wallet.quota(&till_domain::text::QuotaName::parse("exports").unwrap()), 10);
    assert_eq!(wallet.tier().map(|tier| tier.rank), Some(1));
}

/// A message that cannot be dealt with is laid aside after five receipts, and a redrive makes good.
#[test]
fn dead_letter_is_granted_after_a_redrive() {
    let world = World::new();
    let order = world.buy(&world.order_points());
    for _ in 0..5 {
        world.memory.faults(|faults| faults.plan(CallKind::LoadWallet, 1, Fault::Before));
        world.work();
    }
    world.work();
    assert_eq!(world.memory.tables(|tables| (tables.queue.dead().len(), tables.queue.waiting().len())), (1, 0));
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Queued);
    world.memory.tables(|tables| tables.queue.redrive());
    world.work();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Granted);
    assert_eq!(world.wallet().points(), 100);
}
