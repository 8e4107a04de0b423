//! A flow whose write meets a conflict pauses and tries again, longer each time; after five tries it fails as unavailable
//! and has changed nothing.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use till_app::Failure;
use till_app::fulfil::fulfil;
use till_app::ports::Task;
use till_app::refund::refund;
use till_app::spend::spend;
use till_domain::order::{May, Order, Status};
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Wallet;
use till_memory::flows::settle;
use till_memory::{Answer, Call, CallKind, Line, Memory, Ports, Tables};

use crate::run::done;
use crate::world::{World, first, wanted};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Write,
    Pause(u32),
}

/// A line on which another writer comes before each of the first `conflicts` writes. It records writes and pauses.
struct Crowded {
    memory: Memory,
    conflicts: Cell<u32>,
    steps: RefCell<Vec<Step>>,
}

impl Crowded {
    fn ports(world: &World, conflicts: u32) -> Ports<Self> {
        Ports(Self { memory: world.memory.clone(), conflicts: conflicts.into(), steps: RefCell::default() })
    }

    /// The first write has no pause before it, and each further one the next longer pause.
    fn check_steps(&self, conflicts: u32) {
        let mut expected = vec![Step::Write];
        for nth in 1..=conflicts.min(4) {
            expected.extend([Step::Pause(nth), Step::Write]);
        }
        assert_eq!(*self.steps.borrow(), expected, "after {conflicts} conflicts");
    }
}

impl Line for Crowded {
    async fn call(&self, call: Call) -> Answer {
        if matches!(call, Call::SaveOrder(_) | Call::Commit(_)) {
            self.steps.borrow_mut().push(Step::Write);
            let left = self.conflicts.get();
            if left > 0 {
                self.conflicts.set(left - 1);
                self.memory.tables(|tables| write_first(tables, &call));
            }
        }
        self.memory.call(call).await
    }

    async fn pause(&self, nth: u32) {
        self.steps.borrow_mut().push(Step::Pause(nth));
    }

    fn now(&self) -> Time {
        self.memory.now()
    }

    fn entropy(&self) -> u64 {
        self.memory.entropy()
    }
}

fn write_first(tables: &mut Tables, call: &Call) {
    match call {
        Call::SaveOrder(order) => {
            let mut stands = Order::clone(&tables.orders[&order.no]);
            stands.claim(order.created_at, May::All);
            tables.orders.insert(stands.no, Arc::new(stands));
        }
        Call::Commit(commit) => move_on(tables, &commit.user),
        _ => {}
    }
}

/// The wallet's next version, with the same in it.
fn move_on(tables: &mut Tables, user: &UserId) {
    let mut parts = tables.wallets.get(user).cloned().unwrap_or_default().into_parts();
    parts.version += 1;
    tables.wallets.insert(user.clone(), Wallet::from_parts(parts).unwrap());
}

/// What a flow answers after so many conflicts.
fn expected(conflicts: u32) -> Result<(), Failure> {
    if conflicts < 5 { Ok(()) } else { Err(Failure::Unavailable) }
}

#[test]
fn settle_fails_after_five_conflicts_and_changes_nothing() {
    for (conflicts, outcome) in [(4, Ok(Status::Paid)), (5, Err(Failure::Unavailable))] {
        let (world, order) = World::with_order();
        let reports = world.pay(first(&order));
        let ports = Crowded::ports(&world, conflicts);
        let settled = done(settle(&ports, first(&order), &reports));
        assert_eq!(settled.map(|order| order.status()), outcome);
        assert_eq!(world.order(order.no).status(), outcome.unwrap_or(Status::Pending));
    }
}

#[test]
fn grant_fails_after_five_conflicts_and_changes_nothing() {
    for (conflicts, outcome, points) in [(4, Ok(()), 100), (5, Err(Failure::Unavailable), 0)] {
        let world = World::new();
        let order = world.buy(&world.order_points());
        assert_eq!(done(fulfil(&Crowded::ports(&world, conflicts), Task::Grant(order.no), None)), outcome);
        assert_eq!(world.wallet().points(), points);
    }
}

#[test]
fn spend_fails_after_five_conflicts_and_changes_nothing() {
    for (conflicts, outcome, points) in [(4, Ok(70), 70), (5, Err(Failure::Unavailable), 100)] {
        let world = World::new();
        world.bought_points();
        let ports = Crowded::ports(&world, conflicts);
        let spent = done(spend(&ports, &crate::spend::points("k", 30)));
        assert_eq!(spent.map(|wallet| wallet.points()), outcome);
        assert_eq!(world.wallet().points(), points);
    }
}

#[test]
fn refund_fails_after_five_conflicts_and_calls_no_provider() {
    let world = World::new();
    let no = world.bought_points().no;
    let ports = Crowded::ports(&world, 5);
    let failure = done(refund(&ports, no, &wanted("r", None), world.deadline())).unwrap_err();
    assert_eq!(failure, Failure::Unavailable);
    assert_eq!(
        (world.order(no).refunds.len(), world.bank.count(CallKind::Refund)),
        (0, 0),
        "never told, never decided"
    );
}

#[test]
fn settle_pauses_before_each_further_write() {
    for conflicts in 0..=5 {
        let (world, order) = World::with_order();
        let reports = world.pay(first(&order));
        let ports = Crowded::ports(&world, conflicts);
        let settled = done(settle(&ports, first(&order), &reports));
        assert_eq!(settled.map(|_| ()), expected(conflicts));
        ports.0.check_steps(conflicts);
    }
}

#[test]
fn fulfil_pauses_before_each_further_transaction() {
    for conflicts in 0..=5 {
        let world = World::new();
        let order = world.buy(&world.order_points());
        let ports = Crowded::ports(&world, conflicts);
        assert_eq!(done(fulfil(&ports, Task::Grant(order.no), None)), expected(conflicts));
        ports.0.check_steps(conflicts);
    }
}

#[test]
fn spend_pauses_before_each_further_transaction() {
    for conflicts in 0..=5 {
        let world = World::new();
        world.bought_points();
        let ports = Crowded::ports(&world, conflicts);
        let spent = done(spend(&ports, &crate::spend::points("k", 30)));
        assert_eq!(spent.map(|_| ()), expected(conflicts));
        ports.0.check_steps(conflicts);
    }
}
