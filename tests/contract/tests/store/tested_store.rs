//! What an implementation of the store's ports must give, so that the contract can be tried on it.

use till_app::ports::{
    AccountSettings, ClaimKey, CommitGoods, CountCalls, FindAccount, FindDue, FindProduct, KeepConnection, KeepOrphan,
    KeepRecord, KeepRejected, ListEntries, ListOrders, ListProducts, ListedProduct, LoadEntry, LoadOrder, LoadWallet,
    ReadAccounts, SaveOrder,
};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_memory::{Memory, Ports};

use till_contract::Departure;

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
        + FindAccount + ClaimKey + ListOrders + ListEntries + ListProducts + ReadAccounts + CountCalls + KeepRejected
        + KeepConnection
}

/// A tested on one implementation, with nothing in it. Each case has one of its own.
pub trait TestedStore: Sized {
    /// Where it is not as AWS is. A case that is named here must fail: if it passes, the row is to go.
    const DEPARTURES: &'static [Departure];

    type Store: Store;

    /// A fresh one, at [`crate::fixture::start`].
    async fn new() -> Self;

    fn store(&self) -> &Self::Store;

    /// Everything else that flows need: the clock, the providers, the queue, pages and alarms. The store goes by its clock.
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

    /// The store deletes what is past its time, as it does some day. Nothing else makes it do so.
    async fn purge(&self);

    /// From now on the indexes lag behind the items.
    async fn let_indexes_lag(&self);

    async fn catch_up(&self);

    /// The next write of this kind takes effect, but its first answer is lost on the way. An implementation that asks again by
    /// itself may hear the second one.
    fn lose_answer(&self, of: Write);

    async fn put_product(&self, displayed: ListedProduct);

    async fn put_account(&self, settings: AccountSettings);

    async fn records(&self, no: OrderNo) -> usize;

    /// The orphans that are kept: each one's provider and trade number, sorted.
    async fn orphans(&self) -> Vec<String>;

    async fn strays(&self) -> usize;

    /// The sockets that would hear of an order, sorted.
    async fn listeners(&self, user: &UserId, no: OrderNo) -> Vec<String>;

    /// Whether the order's item carries a time at which the store may delete it.
    async fn may_go(&self, no: OrderNo) -> bool;
}

/// A kind of write whose answer can get lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Write {
    Order,
    Goods,
    FirstClaim,
}
