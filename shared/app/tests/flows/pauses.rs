//! Between two tries against others there is a pause: a longer one each time, and none before the first.

use std::cell::RefCell;

use till_app::Failure;
use till_app::fulfil::fulfil;
use till_app::ports::{
    Clock, Commit, CommitGoods, Committed, Enqueue, KeepOrphan, KeepRecord, LoadEntry, LoadOrder, LoadWallet, Message,
    Orphan, Push, RaiseAlarm, Record, SaveOrder, Saved, Task, Unavailable,
};
use till_app::spend::spend;
use till_domain::id::OrderNo;
use till_domain::order::{Hold, Order};
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};
use till_memory::Ports;
use till_memory::flows::settle;

use crate::contention::Crowded;
use crate::run::done;
use crate::world::{World, first};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Write,
    Pause(u32),
}

/// Ports on which others write first, so many times; they remember each write and each pause.
struct Paced {
    ports: Ports<Crowded>,
    steps: RefCell<Vec<Step>>,
}

impl Paced {
    fn new(world: &World, others: u32) -> Self {
        Self { ports: Crowded::ports(world, others), steps: RefCell::default() }
    }

    fn note(&self, step: Step) {
        self.steps.borrow_mut().push(step);
    }

    /// What was done, and what is expected of a flow that others come before so many times.
    fn check(&self, what: &str, others: u32) {
        let mut expected = vec![Step::Write];
        for nth in 1..=others.min(4) {
            expected.extend([Step::Pause(nth), Step::Write]);
        }
        assert_eq!(*self.steps.borrow(), expected, "{what}, after {others} others");
    }
}

impl Clock for Paced {
    fn now(&self) -> Time {
        self.ports.now()
    }

    async fn pause(&self, nth: u32) {
        self.note(Step::Pause(nth));
    }
}

impl LoadOrder for Paced {
    async fn load_order(&self, no: OrderNo) -> Result<Option<Order>, Unavailable> {
        self.ports.load_order(no).await
    }
}

impl SaveOrder for Paced {
    async fn save_order(&self, order: &Order) -> Result<Saved, Unavailable> {
        self.note(Step::Write);
        self.ports.save_order(order).await
    }
}

impl LoadWallet for Paced {
    async fn load_wallet(&self, user: &UserId) -> Result<Wallet, Unavailable> {
        self.ports.load_wallet(user).await
    }
}

impl LoadEntry for Paced {
    async fn load_entry(&self, user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable> {
        self.ports.load_entry(user, source).await
    }
}

impl CommitGoods for Paced {
    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, Unavailable> {
        self.note(Step::Write);
        self.ports.commit(commit).await
    }
}

impl KeepRecord for Paced {
    async fn keep_record(&self, record: Record) {
        self.ports.keep_record(record).await;
    }
}

impl KeepOrphan for Paced {
    async fn keep_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        self.ports.keep_orphan(orphan).await
    }
}

impl Enqueue for Paced {
    async fn enqueue(&self, task: Task) -> Result<(), Unavailable> {
        self.ports.enqueue(task).await
    }
}

impl RaiseAlarm for Paced {
    async fn raise_alarm(&self, order: &Order, holds: &[Hold]) -> Result<(), Unavailable> {
        self.ports.raise_alarm(order, holds).await
    }

    async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable> {
        self.ports.raise_orphan(orphan).await
    }
}

impl Push for Paced {
    async fn push(&self, user: &UserId, order: OrderNo, message: Message) {
        self.ports.push(user, order, message).await;
    }
}

/// What comes of it when so many others come first.
fn expected(others: u32) -> Result<(), Failure> {
    if others < 5 { Ok(()) } else { Err(Failure::Unavailable) }
}

#[test]
fn settle_pauses_before_each_further_write() {
    for others in 0..=5 {
        let world = World::new();
        let order = world.order_points();
        let reports = world.pay(first(&order));
        let paced = Paced::new(&world, others);
        let settled = done(settle(&paced, first(&order), &reports));
        assert_eq!(settled.map(|_| ()), expected(others));
        paced.check("settle", others);
    }
}

#[test]
fn fulfil_pauses_before_each_further_transaction() {
    for others in 0..=5 {
        let world = World::new();
        let order = world.buy(&world.order_points());
        let paced = Paced::new(&world, others);
        assert_eq!(done(fulfil(&paced, Task::Grant(order.no))), expected(others));
        paced.check("fulfil", others);
    }
}

#[test]
fn spend_pauses_before_each_further_transaction() {
    for others in 0..=5 {
        let world = World::new();
        world.bought_points();
        let paced = Paced::new(&world, others);
        let spent = done(spend(&paced, &crate::spend::points("k", 30)));
        assert_eq!(spent.map(|_| ()), expected(others));
        paced.check("spend", others);
    }
}
