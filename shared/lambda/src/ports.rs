//! One value with all the ports of a function, put together from those who have them: a store, the providers, this machine.
//! Each is handed on as it is; the one thing that is added is what a notification said, to the records that it sets off.

use till_app::ports::{
    AccountSettings, Answer, Asked, Came, Cause, Claim, ClaimKey, Claimed, Clock, Commit, CommitGoods, Committed,
    Connection, CountCalls, CreateError, Draw, Enqueue, FetchDocument, FindAccount, FindDue, FindProduct,
    KeepConnection, KeepOrphan, KeepRecord, KeepRejected, ListEntries, ListOrders, ListProducts, ListedProduct,
    LoadEntry, LoadOrder, LoadWallet, Message, NewTrade, Opened, Orphan, Payer, Provide, Push, RaiseAlarm,
    ReadAccounts, ReadSecret, Record, RefundOrder, RejectedCallback, SaveOrder, Saved, Scope, Secret, Show, Task,
    Unanswered, Unavailable,
};
use till_domain::id::OrderNo;
use till_domain::order::{Hold, Order, Says};
use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::text::{Key, ProductId, ProductType, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

use crate::clock::SystemClock;

/// No provider: a function that talks to none cannot.
#[derive(Clone, Copy, Debug)]
pub struct NoProviders;

/// The ports of one invocation. `M` is the machine; tests turn its clock.
#[derive(Debug)]
pub struct Ports<'a, S, P = NoProviders, M = SystemClock> {
    /// Who keeps things: the table, the queue, the sockets, the secrets.
    pub store: &'a S,
    /// Who talks to the providers.
    pub providers: P,
    /// The clock and the generator.
    pub machine: M,
    /// The notification that this invocation is about.
    pub came: Option<Came>,
}

impl<'a, S> Ports<'a, S> {
    /// The ports of a function that talks to no provider.
    pub const fn without_providers(store: &'a S) -> Self {
        Self { store, providers: NoProviders, machine: SystemClock, came: None }
    }
}

impl<'a, S, P> Ports<'a, S, P> {
    /// The ports of a function that talks to providers.
    pub const fn with(store: &'a S, providers: P) -> Self {
        Self { store, providers, machine: SystemClock, came: None }
    }
}

impl<S, M: Clone> Ports<'_, S, NoProviders, M> {
    /// The same ports for what a notification sets off.
    #[must_use]
    pub fn about(&self, came: Came) -> Self {
        Self { store: self.store, providers: NoProviders, machine: self.machine.clone(), came: Some(came) }
    }
}

/// Hands calls on: `Trait: field { fn name(argument: Type) -> Result; }`.
macro_rules! hand_on {
    ($($port:ident: $field:ident { $(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)* })*) => {$(
        hand_on!(@one $port $field { $(fn $name($($argument: $type),*) -> $result;)* });
    )*};
    (@one $port:ident store { $(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)* }) => {
        impl<S: $port, P, M> $port for Ports<'_, S, P, M> {
            $(async fn $name(&self, $($argument: $type),*) -> $result { self.store.$name($($argument),*).await })*
        }
    };
    (@one $port:ident providers { $(fn $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)* }) => {
        impl<S, P: $port, M> $port for Ports<'_, S, P, M> {
            $(async fn $name(&self, $($argument: $type),*) -> $result { self.providers.$name($($argument),*).await })*
        }
    };
}

hand_on! {
    LoadOrder: store { fn load_order(no: OrderNo) -> Result<Option<Order>, Unavailable>; }
    SaveOrder: store { fn save_order(order: &Order) -> Result<Saved, Unavailable>; }
    FindDue: store { fn find_due(now: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable>; }
    LoadWallet: store { fn load_wallet(user: &UserId) -> Result<Wallet, Unavailable>; }
    LoadEntry: store { fn load_entry(user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable>; }
    CommitGoods: store { fn commit(commit: Commit<'_>) -> Result<Committed, Unavailable>; }
    KeepOrphan: store { fn keep_orphan(orphan: &Orphan) -> Result<(), Unavailable>; }
    FindProduct: store { fn find_product(kind: &ProductType, id: &ProductId) -> Result<Option<Product>, Unavailable>; }
    FindAccount: store { fn find_account(provider: Provider) -> Result<Option<Account>, Unavailable>; }
    ClaimKey: store {
        fn load_claim(user: &UserId, key: &Key) -> Result<Option<Claim>, Unavailable>;
        fn put_claim(claim: &Claim) -> Result<Claimed, Unavailable>;
        fn move_claim(before: &Claim, claim: &Claim) -> Result<Claimed, Unavailable>;
    }
    Enqueue: store { fn enqueue(task: Task) -> Result<(), Unavailable>; }
    Push: store { fn push(user: &UserId, order: OrderNo, message: Message) -> (); }
    RaiseAlarm: store {
        fn raise_alarm(order: &Order, holds: &[Hold]) -> Result<(), Unavailable>;
        fn raise_orphan(orphan: &Orphan) -> Result<(), Unavailable>;
    }
    ListOrders: store {
        fn list_orders(user: &UserId, before: Option<OrderNo>, most: usize) -> Result<Vec<Order>, Unavailable>;
    }
    ListProducts: store { fn list_products() -> Result<Vec<ListedProduct>, Unavailable>; }
    ListEntries: store { fn list_entries(user: &UserId) -> Result<Vec<Entry>, Unavailable>; }
    KeepConnection: store {
        fn keep_connection(connection: &Connection) -> Result<(), Unavailable>;
        fn forget_connection(id: &str) -> Result<(), Unavailable>;
    }
    Answer: store { fn answer(connection_id: &str, text: &str) -> Result<(), Unavailable>; }
    CountCalls: store { fn count_call(scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable>; }
    KeepRejected: store { fn keep_rejected(stray: &RejectedCallback) -> (); }
    ReadSecret: store {
        fn read_secret(name: &str) -> Result<Option<Secret>, Unavailable>;
        fn refresh_secret(name: &str) -> Result<Option<Secret>, Unavailable>;
    }
    ReadAccounts: store { fn read_accounts(provider: Provider) -> Result<Vec<AccountSettings>, Unavailable>; }
    FetchDocument: store { fn fetch_document(url: &str) -> Result<Vec<u8>, Unavailable>; }
    Provide: providers {
        fn create(trade: NewTrade<'_>) -> Result<Opened, CreateError>;
        fn show(asked: Asked<'_>, payer: &Payer) -> Result<Show, Unanswered>;
        fn query(asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;
        fn close(asked: Asked<'_>) -> Result<Vec<Says>, Unanswered>;
        fn refund(refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;
        fn query_refund(refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered>;
    }
}

impl<S: KeepRecord, P, M> KeepRecord for Ports<'_, S, P, M> {
    async fn keep_record(&self, record: Record) {
        let came = match record.cause {
            Cause::Pushed => self.came.clone(),
            Cause::Asked | Cause::Command | Cause::Task | Cause::Sweep => record.came,
        };
        self.store.keep_record(Record { came, ..record }).await;
    }
}

impl<S, P, M: Clock> Clock for Ports<'_, S, P, M> {
    fn now(&self) -> Time {
        self.machine.now()
    }

    async fn pause(&self, nth: u32) {
        self.machine.pause(nth).await;
    }
}

impl<S, P, M: Draw> Draw for Ports<'_, S, P, M> {
    fn entropy(&self) -> u64 {
        self.machine.entropy()
    }
}
