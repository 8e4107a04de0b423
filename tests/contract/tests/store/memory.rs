//! The store in memory.

use till_app::ports::{AccountSettings, ListedProduct};
use till_contract::Departure;
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_memory::{CallKind, Fault, Memory, Ports, Tables};

use crate::bank::Bank;
use crate::fixture::start;
use crate::tested_store::{TestedStore, Write};

pub struct InMemory {
    memory: Memory,
    ports: Ports<Memory>,
    bank: Bank,
}

impl TestedStore for InMemory {
    const DEPARTURES: &'static [Departure] = &[Departure {
        case: "size::order_over_the_size_limit_is_refused",
        why: "memory takes orders of any size, because only the table has a limit",
        says: "an order of this size is taken",
    }];

    type Store = Ports<Memory>;

    async fn new() -> Self {
        let bank = Bank::default();
        let memory = Memory::new(Tables::new(Vec::new(), Vec::new()), bank.clone(), start());
        Self { ports: memory.ports(), memory, bank }
    }

    fn store(&self) -> &Self::Store {
        &self.ports
    }

    fn rest(&self) -> &Memory {
        &self.memory
    }

    fn bank(&self) -> &Bank {
        &self.bank
    }

    async fn purge(&self) {
        let now = self.now();
        self.memory.tables(|tables| tables.purge(now));
    }

    async fn let_indexes_lag(&self) {
        self.memory.tables(|tables| tables.index_lags = true);
    }

    async fn catch_up(&self) {
        self.memory.tables(Tables::propagate);
    }

    fn lose_answer(&self, of: Write) {
        let kind = match of {
            Write::Order => CallKind::SaveOrder,
            Write::Goods => CallKind::Commit,
            Write::FirstClaim => CallKind::PutClaim,
        };
        self.memory.faults(|faults| faults.plan(kind, 1, Fault::After));
    }

    async fn put_product(&self, displayed: ListedProduct) {
        self.memory.tables(|tables| tables.put_product(displayed));
    }

    async fn put_account(&self, settings: AccountSettings) {
        self.memory.tables(|tables| tables.put_account(settings));
    }

    async fn records(&self, no: OrderNo) -> usize {
        self.memory.tables(|tables| tables.records.iter().filter(|record| record.order == no).count())
    }

    async fn orphans(&self) -> Vec<String> {
        let mut kept: Vec<String> = self.memory.tables(|tables| {
            let name = |orphan: &till_app::ports::Orphan| {
                format!("{} {}", orphan.report.account.provider, orphan.trade_no.as_str())
            };
            tables.orphans.iter().map(name).collect()
        });
        kept.sort_unstable();
        kept
    }

    async fn strays(&self) -> usize {
        self.memory.tables(|tables| tables.edge.strays.len())
    }

    async fn listeners(&self, user: &UserId, no: OrderNo) -> Vec<String> {
        let now = self.now();
        let mut heard: Vec<String> = self.memory.tables(|tables| {
            let listeners = tables.edge.listeners(user, no, now);
            listeners.into_iter().map(|connection| connection.id.clone()).collect()
        });
        heard.sort_unstable();
        heard
    }

    async fn closed(&self) -> Vec<String> {
        self.memory.tables(|tables| std::mem::take(&mut tables.edge.closed))
    }

    async fn has_ttl(&self, no: OrderNo) -> bool {
        self.memory
            .tables(|tables| tables.orders.get(&no).is_some_and(|order| order.delete_at(tables.abandoned).is_some()))
    }
}
