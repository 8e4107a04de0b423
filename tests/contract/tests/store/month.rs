//! A month of a hundred thousand orders, rolled up and read, equals a count by hand: at once, after refunds that came late, after a
//! run that was repeated, and after runs that were killed at each write.

mod by_hand;

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::FutureExt as _;
use till_app::ports::{Clock, Commit, CommitGoods as _, Committed, Ports, SaveOrder as _, Saved};
use till_app::statistics::{RolledUp, ShownDay, read_statistics, roll_up};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::order::{May, Order, RefundId, RefundRequest, RefundWord, Report, Says, Status};
use till_domain::text::{Key, Reason, UserId};
use till_domain::time::{Seconds, Time};
use till_memory::{CallKind, Fault};
use till_month::{Ends, Month, Wish, Write};

use self::by_hand::{Counted, by_hand, flat};
use crate::fixture::start;
use crate::memory::InMemory;
use crate::table::InTable;
use crate::tested_store::TestedStore;

const DAYS: u32 = 30;
const ROLLED_UP: u32 = 35;

/// The stored month, and what it is compared with.
struct Scene<T: TestedStore> {
    tested: T,
    orders: BTreeMap<OrderNo, Order>,
    days: Days,
}

impl<T: TestedStore> Scene<T> {
    /// Writes a month, and lets the night after it come.
    async fn new(orders: u32) -> Self {
        let tested = T::new().await;
        let first = Day::of(start()).plus(1);
        let end = first.plus(DAYS).start();
        tested.pass(end.plus(Seconds::hours(1)).since(start()));
        let mut month = Month::new(Wish {
            seed: 7,
            orders,
            first,
            days: DAYS,
            // The last evening has orders that are still to be paid or delivered.
            until: end.minus(Seconds::hours(3)),
            ends: Ends::AsTheyAre,
            products: till_month::products(),
            account_prefix: "main-".to_owned(),
        });
        let mut scene = Self { tested, orders: BTreeMap::new(), days: Days { first, last: first.plus(DAYS - 1) } };
        while let Some(write) = month.next_write() {
            scene.write(write).await;
        }
        scene
    }

    async fn write(&mut self, write: Write) {
        let store = self.tested.store();
        let order = match write {
            Write::Save(order) => {
                assert_eq!(store.save_order(&order).await, Ok(Saved::Yes));
                *order
            }
            Write::Commit(goods) => {
                let commit = Commit {
                    order: Some(&goods.order),
                    user: &goods.order.sold.user,
                    wallet: &goods.wallet,
                    entry: &goods.entry,
                    unchanged: &goods.unchanged,
                    by: None,
                    record: None,
                };
                assert_eq!(store.commit(commit).await, Ok(Committed::Yes));
                goods.order
            }
        };
        self.orders.insert(order.no, order);
    }

    fn ports(&self) -> Ports<'_, T::Store, (), (), impl Clock> {
        Ports { store: self.tested.store(), messages: &(), providers: (), clock: self.tested.rest_ports() }
    }

    async fn roll_up(&self) -> RolledUp {
        roll_up(&self.ports(), ROLLED_UP, self.tested.now().plus(Seconds(60))).await.unwrap()
    }

    async fn read(&self, most_orders: usize) -> Vec<ShownDay> {
        read_statistics(&self.ports(), self.days, most_orders).await.unwrap()
    }

    /// Fails unless the rolled-up days are those of the orders as they are.
    async fn equals_the_count_by_hand(&self) {
        let shown = self.read(0).await;
        assert!(shown.iter().all(|day| day.is_rolled_up && day.statistics.is_complete() && day.statistics.is_over()));
        assert_same(&flat(&shown), &by_hand(self.orders.values()));
    }

    /// Gives back some of what was paid, weeks after it was bought.
    async fn refund_late(&mut self) -> usize {
        let now = self.tested.now();
        let paid: Vec<OrderNo> =
            self.orders.values().filter(|order| is_plainly_paid(order)).map(|order| order.no).collect();
        let mut refunded = 0;
        for no in paid.into_iter().step_by(40) {
            let mut order = self.orders[&no].clone();
            give_back(&mut order, now);
            assert_eq!(self.tested.store().save_order(&order).await, Ok(Saved::Yes));
            self.orders.insert(no, order);
            refunded += 1;
        }
        refunded
    }
}

fn is_plainly_paid(order: &Order) -> bool {
    order.status() == Status::Paid && order.refunds.is_empty() && order.disputes.is_empty() && order.holds().is_empty()
}

fn give_back(order: &mut Order, now: Time) {
    let request = RefundRequest {
        key: Key::parse("late").unwrap(),
        trade_no: None,
        amount: None,
        revoke: false,
        reason: Reason::parse("late").unwrap(),
        by: UserId::parse("boss").unwrap(),
    };
    let n = order.refund(&request, now).unwrap();
    let refund = order.refund_of_ours(n).unwrap().clone();
    let attempt = order.payment(&refund.trade_no).unwrap().attempt;
    let says = Says::Refund {
        id: RefundId::Ours(n),
        trade_no: refund.trade_no,
        amount: refund.amount,
        word: RefundWord::Succeeded,
    };
    order.settle(&Report { attempt, account: refund.account, asked_at: Some(now), says }, now);
    order.claim(now, May::Enqueue);
}

fn assert_same(found: &Counted, expected: &Counted) {
    let differ: Vec<_> = expected
        .keys()
        .chain(found.keys())
        .filter(|name| found.get(*name) != expected.get(*name))
        .map(|name| (name, found.get(name), expected.get(name)))
        .take(20)
        .collect();
    assert!(differ.is_empty(), "found and expected differ: {differ:#?}");
    assert!(expected.len() > 300, "there is something to compare: {}", expected.len());
}

/// The clock moves to the next night.
fn pass_a_day(tested: &impl TestedStore) {
    tested.pass(Seconds::days(1));
}

async fn in_memory(orders: u32) {
    let begun = Instant::now();
    let mut scene: Scene<InMemory> = Scene::new(orders).await;
    println!("{orders} orders were written in {:?}", begun.elapsed());
    let begun = Instant::now();
    let done = scene.roll_up().await;
    println!("and rolled up in {:?}", begun.elapsed());
    assert_eq!((done.counted, done.known, done.left), (ROLLED_UP, 0, 0));
    assert_eq!(done.orders, scene.orders.len());
    scene.equals_the_count_by_hand().await;
    assert_eq!(scene.roll_up().await, RolledUp { known: ROLLED_UP, ..RolledUp::default() }, "it was done already");
    scene.equals_the_count_by_hand().await;

    pass_a_day(&scene.tested);
    assert!(scene.refund_late().await > 10);
    killed_at_each_write(&scene).await;
    scene.equals_the_count_by_hand().await;
}

/// Each run dies at its first write, before or after that took effect; the day is whole each time, as it was or as it is.
async fn killed_at_each_write(scene: &Scene<InMemory>) {
    let before = flat(&scene.read(0).await);
    let now = scene.tested.now();
    let memory = scene.tested.rest();
    let mut deaths = 0;
    for kill in [Fault::DieBefore, Fault::DieAfter].into_iter().cycle() {
        memory.faults(|faults| faults.plan(CallKind::SaveStatistics, 1, kill));
        let ports = scene.ports();
        let run = roll_up(&ports, ROLLED_UP, now.plus(Seconds(60))).now_or_never();
        let after = scene.read(0).await;
        for day in &after {
            let no_later = flat(std::slice::from_ref(day));
            let is_new = day.statistics.counted_at >= Day::of(now).start();
            let is_old = no_later.iter().all(|(name, count)| before.get(name) == Some(count));
            assert!(is_new || is_old, "{:?} is neither old nor new", day.statistics.day);
        }
        match run {
            None => deaths += 1,
            Some(done) => {
                assert_eq!(done.unwrap().counted, 0, "every day was counted by runs that died after writing it");
                break;
            }
        }
    }
    // Every second run got one day further.
    assert_eq!(deaths, 2 * ROLLED_UP);
    memory.faults(|faults| *faults = till_memory::Faults::default());
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn month_of_100_000_orders_equals_the_count_by_hand() {
    run(in_memory(100_000));
}

#[test]
fn month_in_the_table_equals_the_count_by_hand_and_costs_a_unit_for_each_order() {
    run(async {
        let mut scene: Scene<InTable> = Scene::new(600).await;
        scene.tested.tap.take_metered();
        let done = scene.roll_up().await;
        assert_eq!((done.counted, done.orders), (ROLLED_UP, scene.orders.len()));
        let (reads, writes) = units(&scene);
        println!("600 orders in {ROLLED_UP} days: {reads} half read units, {writes} half write units");
        // An order of up to 4 KiB is read for a unit; a day is looked for in four shards of the index.
        let (orders, days) = (u64::try_from(done.orders).unwrap(), u64::from(ROLLED_UP));
        assert!((2 * orders..4 * orders + 20 * days).contains(&reads), "{reads}");
        // An empty day takes one unit, one with orders a few.
        assert!((2 * days..20 * days).contains(&writes), "{writes}");
        scene.equals_the_count_by_hand().await;
        assert!(scene.refund_late().await > 5);
        pass_a_day(&scene.tested);
        scene.roll_up().await;
        scene.equals_the_count_by_hand().await;
    });
}

fn units(scene: &Scene<InTable>) -> (u64, u64) {
    let calls = scene.tested.tap.take_metered();
    let sum = |reads: bool| calls.iter().filter(|call| call.reads() == reads).map(|call| call.half_units).sum();
    (sum(true), sum(false))
}

#[test]
fn days_without_figures_are_counted_when_asked_up_to_a_bound() {
    run(async {
        let scene: Scene<InMemory> = Scene::new(2_000).await;
        let live = scene.read(usize::MAX).await;
        assert!(live.iter().all(|day| !day.is_rolled_up && day.statistics.is_complete()));
        assert_same(&flat(&live), &by_hand(scene.orders.values()));
        // The newest orders of the newest days are within a bound.
        let bounded = scene.read(700).await;
        let counted: u64 = bounded.iter().map(|day| day.statistics.tally.all().created).sum();
        assert_eq!(counted, 700);
        let (last, first) = (bounded.last().unwrap(), bounded.first().unwrap());
        assert!(last.statistics.is_complete() && !first.statistics.is_complete());
        assert_eq!(first.statistics.made_from, first.statistics.day.end());
        let cut = bounded.iter().find(|day| day.statistics.made_from < day.statistics.day.end()).unwrap();
        let newer = scene.orders.values().filter(|order| order.created_at >= cut.statistics.made_from).count();
        assert!((700..705).contains(&newer), "{newer}");
    });
}

#[test]
fn day_that_ended_a_moment_ago_waits_for_the_index_and_no_page_is_begun_too_late() {
    run(async {
        let scene: Scene<InMemory> = Scene::new(300).await;
        let late = roll_up(&scene.ports(), ROLLED_UP, scene.tested.now().minus(Seconds(1))).await.unwrap();
        assert_eq!(late, RolledUp { left: ROLLED_UP, ..RolledUp::default() });
        let to_midnight = Day::of(scene.tested.now()).end().since(scene.tested.now());
        scene.tested.pass(to_midnight.plus(Seconds(10)));
        let early = scene.roll_up().await;
        assert_eq!((early.counted, early.left), (ROLLED_UP - 1, 1));
        scene.tested.pass(Seconds::minutes(6));
        let rest = scene.roll_up().await;
        assert_eq!((rest.counted, rest.known, rest.left), (1, ROLLED_UP - 1, 0));
    });
}
