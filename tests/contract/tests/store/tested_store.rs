//! What a store must provide so that the contract can be tested on it.

use till_app::ports::{
    AccountSettings, ClaimKey, CommitGoods, CountCalls, DecideOrphan, FindAccount, FindDue, FindProduct, FindTrade,
    KeepAccounts, KeepAlarms, KeepConnection, KeepDisputeLook, KeepOrphan, KeepProducts, KeepRecord, KeepRejected,
    KeepSales, ListEntries, ListHeld, ListNumbers, ListOrders, ListOrphans, ListProducts, ListRecent, ListRecords,
    ListRejected, ListedProduct, LoadEntry, LoadOrder, LoadOrders, LoadOrphan, LoadSales, LoadStatistics, LoadWallet,
    ReadAccounts, SaveOrder, SaveStatistics, ShowSales,
};
use till_contract::Departure;
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_memory::{Memory, Ports};

use crate::bank::Bank;

macro_rules! store {
    ($first:ident $(+ $port:ident)*) => {
        /// All of the store's ports.
        pub trait Store: $first $(+ $port)* {}

        impl<T: $first $(+ $port)*> Store for T {}
    };
}

store! {
    LoadOrder + SaveOrder + FindDue + LoadWallet + LoadEntry + CommitGoods + KeepOrphan + KeepRecord + FindProduct
        + FindAccount + ClaimKey + ListOrders + ListRecent + ListEntries + ListProducts + ReadAccounts + CountCalls + KeepRejected
        + KeepConnection + KeepDisputeLook + ListNumbers + LoadOrders + FindTrade + ListHeld + ListOrphans + ListRejected + ListRecords
        + LoadStatistics + SaveStatistics + KeepAccounts + KeepProducts + KeepAlarms + LoadSales + ShowSales + KeepSales + LoadOrphan + DecideOrphan
}

/// An empty store. Each case has one of its own.
pub trait TestedStore: Sized {
    const DEPARTURES: &'static [Departure];

    type Store: Store;

    /// A fresh one, at [`crate::fixture::start`].
    async fn new() -> Self;

    fn store(&self) -> &Self::Store;

    /// Everything else that flows need: the clock, the providers, the queue, pages and alarms. The store uses its clock.
    fn rest(&self) -> &Memory;

    fn bank(&self) -> &Bank;

    fn rest_ports(&self) -> Ports<Memory> {
        self.rest().ports()
    }

    fn now(&self) -> Time {
        till_app::ports::Clock::now(&self.rest_ports())
    }

    fn pass(&self, length: Seconds) {
        self.rest().pass(length);
    }

    /// Deletes expired items, as the store does some day. Nothing else makes it do so.
    async fn purge(&self);

    /// From now on the indexes do not follow the items until [`Self::catch_up`].
    async fn let_indexes_lag(&self);

    async fn catch_up(&self);

    /// Loses the first answer to the next write of this kind, which takes effect. A store that retries may get the second answer.
    fn lose_answer(&self, of: Write);

    async fn put_product(&self, displayed: ListedProduct);

    async fn put_account(&self, settings: AccountSettings);

    async fn records(&self, no: OrderNo) -> usize;

    /// The provider and trade number of each stored orphan, sorted.
    async fn orphans(&self) -> Vec<String>;

    async fn strays(&self) -> usize;

    /// The sockets that would receive a push of this order, sorted.
    async fn listeners(&self, user: &UserId, no: OrderNo) -> Vec<String>;

    /// The sockets that were closed since the last look, in order.
    async fn closed(&self) -> Vec<String>;

    /// Whether the order's item has a `ttl`.
    async fn has_ttl(&self, no: OrderNo) -> bool;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Write {
    Order,
    Goods,
    FirstClaim,
}
