//! Ports for flows: the store under test, and all others in memory.

use till_app::ports::{
    Asked, Claim, ClaimKey, Claimed, Clock, Commit, CommitGoods, Committed, CreateError, Draw, Enqueue, FindAccount,
    FindDue, FindProduct, KeepOrphan, KeepRecord, LoadEntry, LoadOrder, LoadWallet, Message, NewTrade, Opened, Orphan,
    Payer, Provide, Push, RaiseAlarm, Record, RefundOrder, SaveOrder, Saved, Show, Task, Unanswered, Unavailable,
};
use till_domain::id::OrderNo;
use till_domain::order::{Hold, Order, Says};
use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::text::{Key, ProductId, ProductType, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};
use till_memory::{Memory, Ports};

use crate::tested_store::TestedStore;

pub struct Joined<'a, S> {
    store: &'a S,
    rest: Ports<Memory>,
}

impl<'a, S> Joined<'a, S> {
    pub fn of(tested: &'a impl TestedStore<Store = S>) -> Self {
        Self { store: tested.store(), rest: tested.rest_ports() }
    }
}

macro_rules! pass {
    ($($port:ident from $part:ident {
        $(fn $call:ident($($name:ident: $kind:ty),*) -> $answer:ty;)*
    })*) => {
        $(impl<S: $port> $port for Joined<'_, S> {
            $(async fn $call(&self, $($name: $kind),*) -> $answer {
                self.$part.$call($($name),*).await
            })*
        })*
    };
}

macro_rules! pass_rest {
    ($($port:ident { $(fn $call:ident($($name:ident: $kind:ty),*) -> $answer:ty;)* })*) => {
        $(impl<S> $port for Joined<'_, S> {
            $(async fn $call(&self, $($name: $kind),*) -> $answer {
                self.rest.$call($($name),*).await
            })*
        })*
    };
}

pass! {
    LoadOrder from store { fn load_order(no: OrderNo) -> Result<Option<Order>, Unavailable>; }
    SaveOrder from store { fn save_order(order: &Order) -> Result<Saved, Unavailable>; }
    FindDue from store { fn find_due(now: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable>; }
    LoadWallet from store { fn load_wallet(user: &UserId) -> Result<Wallet, Unavailable>; }
    LoadEntry from store { fn load_entry(user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable>; }
    CommitGoods from store { fn commit(commit: Commit<'_>) -> Result<Committed, Unavailable>; }
    KeepOrphan from store { fn keep_orphan(orphan: &Orphan) -> Result<(), Unavailable>; }
    KeepRecord from store { fn keep_record(record: Record) -> (); }
    FindProduct from store {
        fn find_product(kind: &ProductType, id: &ProductId) -> Result<Option<Product>, Unavailable>;
    }
    FindAccount from store { fn find_account(provider: Provider) -> Result<Option<Account>, Unavailable>; }
    ClaimKey from store {
        fn load_claim(user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable>;
        fn put_claim(claim: &Claim) -> Result<Claimed, Unavailable>;
        fn move_claim(before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable>;
    }
}

pass_rest! {
    Enqueue { fn enqueue(task: Task) -> Result<(), Unavailable>; }
    Push { fn push(user: &UserId, order: OrderNo, message: Message) -> (); }
    RaiseAlarm {
        fn raise_alarm(order: &Order, holds: &[Hold]) -> Result<(), Unavailable>;
        fn raise_orphan(orphan: &Orphan) -> Result<(), Unavailable>;
    }
    Provide {
        fn create(trade: NewTrade<'_>) -> Result<Opened, CreateError>;
        fn show(asked: Asked<'_>, payer: &Payer) -> Result<Show, Unanswered>;
        fn query(asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;
        fn close(asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;
        fn refund(refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;
        fn query_refund(refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;
    }
}

impl<S> Clock for Joined<'_, S> {
    fn now(&self) -> Time {
        self.rest.now()
    }

    async fn pause(&self, nth: u32) {
        self.rest.pause(nth).await;
    }
}

impl<S> Draw for Joined<'_, S> {
    fn entropy(&self) -> u64 {
        self.rest.entropy()
    }
}
