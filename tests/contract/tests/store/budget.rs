//! What an order costs: the write and read units of every step of its life, as the engine counts them and AWS bills them, and
//! the most that each may take. `cargo test -p till-contract budget -- --nocapture` prints the table.

use till_app::ports::{Connection, CountCalls as _, KeepConnection as _, Listens, LoadOrder as _, Scope};
use till_domain::order::{Order, Status};

use crate::cases::flows::Shop;
use crate::fixture::user;
use crate::table::InTable;
use crate::wire::Metered;
use crate::world::World as _;

/// Units, in halves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Cost {
    write: u64,
    read: u64,
    /// What sweeps took to look into the index of due orders: the same for one order and for a thousand, so no order's own.
    sweep: u64,
}

impl Cost {
    fn of(calls: &[Metered]) -> Self {
        let mut cost = Self::default();
        for call in calls {
            let part = if call.index.as_deref() == Some("due") {
                &mut cost.sweep
            } else if call.reads() {
                &mut cost.read
            } else {
                &mut cost.write
            };
            *part += call.half_units;
        }
        cost
    }

    fn plus(self, other: Self) -> Self {
        Self { write: self.write + other.write, read: self.read + other.read, sweep: self.sweep + other.sweep }
    }
}

/// The rows of the table, and whether each keeps within its limits (in whole units; none: it is only shown).
#[derive(Default)]
struct Table {
    rows: Vec<(&'static str, Cost, Option<u64>, Option<u64>)>,
}

impl Table {
    fn row(&mut self, name: &'static str, cost: Cost, most_write: Option<u64>, most_read: Option<u64>) -> Cost {
        self.rows.push((name, cost, most_write, most_read));
        cost
    }

    fn holds(&self) {
        let units = |halves: u64| format!("{}.{}", halves / 2, halves % 2 * 5);
        let most = |most: Option<u64>| most.map_or(String::new(), |most| format!("≤ {most}"));
        println!("{:<36} {:>7} {:>5} {:>7} {:>5}", "step", "write", "", "read", "");
        for (name, cost, write, read) in &self.rows {
            let (w, r) = (units(cost.write), units(cost.read));
            println!("{name:<36} {w:>7} {:>5} {r:>7} {:>5}", most(*write), most(*read));
        }
        for (name, cost, write, read) in &self.rows {
            assert!(write.is_none_or(|most| cost.write <= most * 2), "{name} writes {cost:?}, at most {write:?}");
            assert!(read.is_none_or(|most| cost.read <= most * 2), "{name} reads {cost:?}, at most {read:?}");
            assert_ne!((cost.write, cost.read), (0, 0), "{name} was not counted");
        }
    }
}

fn run(steps: impl AsyncFnOnce(&InTable, &Shop<'_, InTable>)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let world = InTable::new().await;
        let shop = Shop::open(&world).await;
        // What a process reads once a minute is no order's own: products and accounts.
        shop.look_around().await;
        cost(&world);
        steps(&world, &shop).await;
    });
}

/// What the calls since the last look took.
fn cost(world: &InTable) -> Cost {
    Cost::of(&world.wire.take_metered())
}

/// create-order: two counters at its door, then the order.
async fn create(world: &InTable, shop: &Shop<'_, InTable>, key: Option<&str>) -> (Order, Cost) {
    for (scope, value) in
        [(Scope::CreationsOfUser, user().as_str()), (Scope::CreationsOfAddress, "2001:db8:85a3::8a2e:370:7334")]
    {
        world.store().count_call(scope, value, world.now()).await.unwrap();
    }
    let order = shop.create(key).await.order;
    (order, cost(world))
}

async fn come_and_go(world: &InTable) -> Cost {
    let id = "Sq8AFcyAvHMCJWA=".to_owned();
    let connection = Connection { id: id.clone(), user: user(), listens: Listens::User };
    world.store().keep_connection(&connection).await.unwrap();
    world.store().forget_connection(&id).await.unwrap();
    cost(world)
}

/// Who is to hear of it is read, and then the page reads the order's status again.
async fn push_and_look(world: &InTable, order: &Order) -> Cost {
    world.listeners(&user(), order.no).await;
    world.store().load_order(order.no).await.unwrap().unwrap();
    cost(world)
}

/// One sweep at the time at which the order is due next.
async fn poll(world: &InTable, shop: &Shop<'_, InTable>, order: &Order) -> Cost {
    let due = shop.stands(order).await.due_at().unwrap();
    world.pass(due.since(world.now()));
    cost(world);
    assert_eq!(shop.sweep().await.claimed, 1);
    cost(world)
}

#[test]
fn paid_order_stays_within_its_unit_budget() {
    run(async |world, shop| {
        let mut table = Table::default();
        let (order, created) = create(world, shop, None).await;
        table.row("create", created, Some(6), None);
        let socket = table.row("a socket's coming and going", come_and_go(world).await, Some(4), None);
        let polled = table.row("a poll that is told nothing new", poll(world, shop, &order).await, Some(4), None);
        let reports = shop.pay(&order);
        shop.settle(&order, &reports).await;
        let settled = table.row("settle, by a callback", cost(world), Some(4), None);
        shop.work().await;
        let granted = table.row("grant", cost(world), Some(8), None);
        let told = table.row("a push, and the page's look", push_and_look(world, &order).await, Some(0), Some(2));
        let life = [created, socket, polled, settled, granted, told].into_iter().fold(Cost::default(), Cost::plus);
        table.row("a paid order's life", life, Some(26), Some(12));
        assert_eq!(shop.stands(&order).await.status(), Status::Paid);
        table.holds();
    });
}

#[test]
fn idempotency_key_stays_within_its_unit_budget() {
    run(async |world, shop| {
        let mut table = Table::default();
        let (_, plain) = create(world, shop, None).await;
        let (_, keyed) = create(world, shop, Some("8e03978e-40d5-43e8-bc93-6894a57f9324")).await;
        let added = Cost { write: keyed.write - plain.write, read: keyed.read - plain.read, sweep: 0 };
        table.row("what a key adds", added, Some(3), None);
        table.holds();
    });
}

#[test]
fn abandoned_order_stays_within_its_unit_budget() {
    run(async |world, shop| {
        let mut table = Table::default();
        let (order, created) = create(world, shop, None).await;
        let mut life = created.plus(come_and_go(world).await);
        let mut sweeps = 0;
        while shop.stands(&order).await.due_at().is_some() {
            life = life.plus(poll(world, shop, &order).await);
            sweeps += 1;
            assert!(sweeps < 50, "it never ends");
        }
        assert_eq!(shop.stands(&order).await.status(), Status::Cancelled);
        println!("{sweeps} sweeps found it");
        table.row("an abandoned order's life", life, Some(45), Some(30));
        table.holds();
    });
}

#[test]
fn status_costs_one_strong_read() {
    run(async |world, shop| {
        let (order, _) = create(world, shop, None).await;
        shop.settle(&order, &shop.pay(&order)).await;
        shop.work().await;
        world.wire.take_metered();
        world.store().load_order(order.no).await.unwrap().unwrap();
        let read = Metered { operation: "GetItem".to_owned(), index: None, half_units: 2, strong: true };
        assert_eq!(world.wire.take_metered(), [read]);
    });
}

#[test]
fn sweep_without_work_reads_only_the_index() {
    run(async |world, shop| {
        create(world, shop, None).await;
        shop.sweep().await;
        // Sixteen shards, half a unit each.
        assert_eq!(cost(world), Cost { write: 0, read: 0, sweep: 16 });
    });
}
