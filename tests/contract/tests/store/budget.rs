//! What an order costs: the write and read units of every step of its life, as the engine counts them and AWS bills them, each
//! with its limit. `cargo test -p till-contract budget -- --nocapture` prints the table.

use till_app::ports::{
    Connection, CountCalls as _, KeepConnection as _, ListRecent as _, Listens, LoadOrder as _, Scope,
};
use till_contract::tap::Metered;
use till_domain::order::{Order, Status};
use till_domain::time::Seconds;

use crate::cases::flows::Shop;
use crate::fixture::user;
use crate::table::InTable;
use crate::tested_store::TestedStore as _;

/// Half units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Cost {
    write: u64,
    read: u64,
    /// What sweeps took to query the index of due orders. It does not depend on the number of orders.
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

/// Costs with their limits in whole units; a cost without a limit is only shown.
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
        for (name, cost, ..) in &self.rows {
            // `cargo xtask test figures` reads this line and compares it with what is recorded.
            println!("figure: write_units: {name}: {}", units(cost.write));
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
        let tested = InTable::new().await;
        let shop = Shop::open(&tested).await;
        // A process reads products and accounts once a minute, whatever orders there are.
        shop.fill_caches().await;
        cost(&tested);
        steps(&tested, &shop).await;
    });
}

fn cost(tested: &InTable) -> Cost {
    Cost::of(&tested.tap.take_metered())
}

/// create-order: two counters and a look at the user's recent orders, then the order.
async fn create(tested: &InTable, shop: &Shop<'_, InTable>, key: Option<&str>) -> (Order, Cost) {
    for (scope, value) in
        [(Scope::CreationsOfUser, user().as_str()), (Scope::CreationsOfAddress, "2001:db8:85a3::8a2e:370:7334")]
    {
        tested.store().count_call(scope, value, tested.now()).await.unwrap();
    }
    tested.store().list_recent(&user(), tested.now().minus(Seconds::minutes(30)), 100).await.unwrap();
    let order = shop.create(key).await.order;
    (order, cost(tested))
}

async fn open(tested: &InTable) -> Cost {
    let id = "Sq8AFcyAvHMCJWA=".to_owned();
    let connection = Connection { id: id.clone(), user: user(), listens: Listens::User };
    assert!(tested.store().use_ticket(&"ab".repeat(32), &id, tested.now().plus(Seconds(60))).await.unwrap());
    tested.store().keep_connection(&connection).await.unwrap();
    cost(tested)
}

/// The push reads the listeners, and then the page requests the order's status.
async fn push_and_status(tested: &InTable, order: &Order) -> Cost {
    tested.listeners(&user(), order.no).await;
    tested.store().load_order(order.no).await.unwrap().unwrap();
    cost(tested)
}

/// One sweep at the time at which the order is due next.
async fn poll(tested: &InTable, shop: &Shop<'_, InTable>, order: &Order) -> Cost {
    let due = shop.stored(order).await.due_at().unwrap();
    tested.pass(due.since(tested.now()));
    cost(tested);
    assert_eq!(shop.sweep().await.claimed, 1);
    cost(tested)
}

#[test]
fn paid_order_stays_within_its_unit_budget() {
    run(async |tested, shop| {
        let mut table = Table::default();
        let (order, created) = create(tested, shop, None).await;
        table.row("create", created, Some(6), Some(8));
        let socket = table.row("a socket", open(tested).await, Some(2), None);
        let polled = table.row("a poll without news", poll(tested, shop, &order).await, Some(4), None);
        let reports = shop.pay(&order);
        shop.settle(&order, &reports).await;
        let settled = table.row("settle, by a callback", cost(tested), Some(5), None);
        shop.fulfil_tasks().await;
        let granted = table.row("grant", cost(tested), Some(7), None);
        let told = table.row("a push, and the status request", push_and_status(tested, &order).await, Some(0), Some(2));
        let life = [created, socket, polled, settled, granted, told].into_iter().fold(Cost::default(), Cost::plus);
        table.row("a paid order's life", life, Some(23), Some(12));
        assert_eq!(shop.stored(&order).await.status(), Status::Paid);
        table.holds();
    });
}

#[test]
fn idempotency_key_stays_within_its_unit_budget() {
    run(async |tested, shop| {
        let mut table = Table::default();
        let (_, plain) = create(tested, shop, None).await;
        let (_, keyed) = create(tested, shop, Some("8e03978e-40d5-43e8-bc93-6894a57f9324")).await;
        let added = Cost { write: keyed.write - plain.write, read: keyed.read - plain.read, sweep: 0 };
        table.row("an idempotency key, besides", added, Some(3), None);
        table.holds();
    });
}

#[test]
fn abandoned_order_stays_within_its_unit_budget() {
    run(async |tested, shop| {
        let mut table = Table::default();
        let (order, created) = create(tested, shop, None).await;
        let mut life = created.plus(open(tested).await);
        let mut sweeps = 0;
        while shop.stored(&order).await.due_at().is_some() {
            life = life.plus(poll(tested, shop, &order).await);
            sweeps += 1;
            assert!(sweeps < 50, "it never ends");
        }
        assert_eq!(shop.stored(&order).await.status(), Status::Cancelled);
        println!("{sweeps} sweeps found it");
        table.row("an abandoned order's life", life, Some(40), Some(30));
        table.holds();
    });
}

#[test]
fn status_costs_one_strong_read() {
    run(async |tested, shop| {
        let (order, _) = create(tested, shop, None).await;
        shop.settle(&order, &shop.pay(&order)).await;
        shop.fulfil_tasks().await;
        tested.tap.take_metered();
        tested.store().load_order(order.no).await.unwrap().unwrap();
        let read = Metered { operation: "GetItem".to_owned(), index: None, half_units: 2, strong: true };
        assert_eq!(tested.tap.take_metered(), [read]);
    });
}

#[test]
fn sweep_without_work_reads_only_the_index() {
    run(async |tested, shop| {
        create(tested, shop, None).await;
        shop.sweep().await;
        // Sixteen shards of each kind, half a unit each.
        assert_eq!(cost(tested), Cost { write: 0, read: 0, sweep: 32 });
    });
}
