//! Every call of every port as one value, and its answer as another: one list for faults, replays and coverage.

use std::sync::Arc;

use till_app::ports::{
    AccountSettings, Alarm, AlarmWord, Claim, Claimed, Closing, Command, Committed, Connection, CreateError,
    DisputeLook, DisputePage, DuePart, GivenBack, HeldOrder, Kept, KeptAlarm, KeptRecord, KeptRejected, KeptTeamRecord,
    ListedAlarms, ListedProduct, Message, NotWritten, Noted, NotedAccounts, NumbersPage, Opened, Orphan, QueueDepth,
    Record, RejectedCallback, Sales, Saved, Scope, Secret, SendingTurn, Settlement, Show, StoredOrphan, Task,
    TeamRecord, TeamSubject, Unanswered,
};
use till_domain::day::{Day, Days};
use till_domain::id::{OrderNo, PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{Hold, Order, RefundId, Says};
use till_domain::product::Product;
use till_domain::provider::{Account, Method, Provider};
use till_domain::statistics::DayStatistics;
use till_domain::text::{AccountId, DisputeNo, Key, ProductId, ProductType, TradeNo, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Call {
    LoadOrder(OrderNo),
    SaveOrder(Arc<Order>),
    FindDue(DuePart, Time, usize),
    LoadWallet(UserId),
    LoadEntry(UserId, Source),
    Commit(Box<CommitCall>),
    KeepOrphan(Box<Orphan>),
    LoadOrphan(Provider, TradeNo),
    SettleOrphan(Provider, TradeNo, Box<Settlement>),
    CloseOrphan(Provider, TradeNo, Box<Closing>),
    KeepRecord(Box<Record>),
    FindProduct(ProductType, ProductId),
    FindAccount(Provider),
    LoadClaim(UserId, Key),
    PutClaim(Box<Claim>),
    /// `ClaimKey::move_claim`: before and after.
    MoveClaim(Box<Claim>, Box<Claim>),
    Enqueue(Task),
    ShareSweep,
    Push(UserId, OrderNo, Message),
    RaiseAlarm(OrderNo, Vec<Hold>),
    RaiseOrphan(Box<Orphan>),
    Raise(Box<Alarm>),
    /// Its subject and its text.
    SendMail(String, String),
    LoadKept(AlarmWord, String),
    SaveKept(Box<KeptAlarm>),
    ListKept,
    PutAway(Box<KeptAlarm>, Time),
    LoadEnd(AlarmWord, String),
    CheckOrder(OrderNo),
    LoadTurn,
    SaveTurn(Box<SendingTurn>),
    LoadDisputeLook(Account),
    SaveDisputeLook(Box<DisputeLook>),
    Provider(ProviderCall),
    ListOrders(UserId, Option<OrderNo>, usize),
    ListRecent(UserId, Time, usize),
    ListProducts,
    ListEntries(UserId),
    ListNumbers(Days, Option<OrderNo>, usize),
    LoadOrders(Vec<OrderNo>),
    FindTrade(Provider, TradeNo),
    ListHeld(Option<HeldOrder>, usize),
    /// The provider, the place at which the page begins, and the most that it has. Those below are the same.
    ListOrphans(Provider, Option<String>, usize),
    ListOpenOrphans(Option<String>, usize),
    ListRejected(Day, Option<String>, usize),
    ListRecords(OrderNo, Option<String>, usize),
    ListCommands(Day, Option<String>, usize),
    ListTeamRecords(TeamSubject, Option<String>, usize),
    LoadStatistics(Days),
    SaveStatistics(Box<DayStatistics>),
    InspectQueues,
    ReadAccounts(Provider),
    NotedAccounts,
    SaveAccount(Box<Noted<AccountSettings>>, Box<TeamRecord>),
    /// An account's id, and its keys as JSON.
    SaveAccountSecret(AccountId, String),
    NotedProducts,
    SaveProduct(Box<Noted<ListedProduct>>, Box<TeamRecord>),
    LoadSales,
    ShownSales,
    NotedSales,
    SaveSales(Box<Noted<Sales>>, Box<TeamRecord>),
    CountCall(Scope, String, Time),
    CountRefund(Money, Time),
    KeepRejected(Box<RejectedCallback>),
    /// A ticket, the id of the socket that it opens, and until when this is remembered.
    UseTicket(String, String, Time),
    KeepConnection(Box<Connection>),
    /// A text that goes to the connection of this id.
    AnswerSocket(String, String),
    ReadSecret(String),
    RefreshSecret(String),
    FetchDocument(String),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CommitCall {
    /// The order, on the version before its own.
    pub order: Option<Arc<Order>>,
    pub user: UserId,
    /// The wallet, on the version before its own.
    pub wallet: Wallet,
    /// The ledger entry, on there being none of its source.
    pub entry: Entry,
    /// Other orders that must still stand at these versions.
    pub unchanged: Vec<(OrderNo, u64)>,
    pub record: Option<TeamRecord>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ProviderCall {
    Create {
        payment_no: PaymentNo,
        method: Method,
        account: Account,
        price: Money,
        expire_at: Time,
    },
    Show(PaymentNo, Account),
    Query(PaymentNo, Account),
    AskTrade(TradeNo, Account),
    Close(PaymentNo, Account),
    Refund(RefundCall),
    QueryRefund(RefundCall),
    /// The account, since when, and the dispute after which the page begins.
    ListDisputes(Account, Time, Option<DisputeNo>),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RefundCall {
    pub refund_no: Option<RefundNo>,
    /// Its number, ours or the provider's.
    pub id: RefundId,
    pub trade_no: TradeNo,
    pub account: Account,
    pub amount: Money,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Answer {
    /// No answer: the call may have taken effect or not.
    Unavailable,
    Done,
    Order(Option<Arc<Order>>),
    Saved(Saved),
    Due(Vec<OrderNo>),
    Wallet(Box<Wallet>),
    Entry(Option<Box<Entry>>),
    Committed(Committed),
    Product(Option<Arc<Product>>),
    Account(Option<Account>),
    Claim(Option<Box<Claim>>),
    Claimed(Claimed),
    Opened(Result<Box<Opened>, CreateError>),
    Show(Result<Box<Show>, Unanswered>),
    Says(Result<Vec<Says>, Unanswered>),
    Disputes(Result<Box<DisputePage>, Unanswered>),
    Look(Option<Box<DisputeLook>>),
    LookSaved(bool),
    Kept(Option<Box<KeptAlarm>>),
    AllKept(ListedAlarms),
    End(Option<Time>),
    IsUsable(bool),
    Turn(Box<SendingTurn>),
    AlarmSaved(bool),
    /// Those that can be read, and the numbers of the others.
    Orders(Vec<Arc<Order>>, Vec<OrderNo>),
    Numbers(Vec<OrderNo>),
    Products(Vec<ListedProduct>),
    Entries(Vec<Entry>),
    NumbersPage(NumbersPage),
    Held(Vec<HeldOrder>),
    Orphans(Kept<StoredOrphan>),
    Rejected(Kept<KeptRejected>),
    Records(Kept<KeptRecord>),
    Commands(Kept<Command>),
    TeamRecords(Kept<KeptTeamRecord>),
    Statistics(Vec<DayStatistics>),
    StatisticsSaved(bool),
    Depths(Vec<QueueDepth>),
    Accounts(Vec<AccountSettings>),
    NotedAccounts(NotedAccounts),
    NotedProducts(Vec<Noted<ListedProduct>>),
    Sales(Sales),
    NotedSales(Box<Noted<Sales>>),
    Written(Result<(), NotWritten>),
    Count(u32),
    IsFirst(bool),
    GivenBack(GivenBack),
    Secret(Option<Secret>),
    Document(Vec<u8>),
    Orphan(Option<Box<StoredOrphan>>),
}

/// Who makes a call: a flow, or a function around its flow. The simulator's histories are made of flows alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    Flow,
    Function,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Writes,
}

macro_rules! kinds {
    ($($name:ident = $pattern:pat, $text:literal, $caller:ident, $effect:ident;)*) => {
        /// The kinds of calls: where a fault can strike, and what a coverage table lists.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum CallKind {
            $(#[doc = $text] $name,)*
        }

        impl CallKind {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            const fn row(self) -> (&'static str, Caller, Effect) {
                match self {
                    $(Self::$name => ($text, Caller::$caller, Effect::$effect),)*
                }
            }
        }

        impl Call {
            #[must_use]
            pub const fn kind(&self) -> CallKind {
                match self {
                    $($pattern => CallKind::$name,)*
                }
            }
        }
    };
}

// A query or close at a provider can change the trade there; a secret that is read is remembered by its process.
kinds! {
    LoadOrder = Self::LoadOrder(_), "load order", Flow, Reads;
    SaveOrder = Self::SaveOrder(_), "save order", Flow, Writes;
    FindDue = Self::FindDue(..), "find due orders", Flow, Reads;
    LoadWallet = Self::LoadWallet(_), "load wallet", Flow, Reads;
    LoadEntry = Self::LoadEntry(..), "load ledger entry", Flow, Reads;
    Commit = Self::Commit(_), "commit goods", Flow, Writes;
    KeepOrphan = Self::KeepOrphan(_), "keep orphan", Flow, Writes;
    LoadOrphan = Self::LoadOrphan(..), "load orphan", Flow, Reads;
    SettleOrphan = Self::SettleOrphan(..), "settle orphan", Flow, Writes;
    CloseOrphan = Self::CloseOrphan(..), "close orphan", Function, Writes;
    KeepRecord = Self::KeepRecord(_), "keep record", Flow, Writes;
    FindProduct = Self::FindProduct(..), "find product", Flow, Reads;
    FindAccount = Self::FindAccount(_), "find account", Flow, Reads;
    LoadClaim = Self::LoadClaim(..), "load claim", Flow, Reads;
    PutClaim = Self::PutClaim(_), "put claim", Flow, Writes;
    MoveClaim = Self::MoveClaim(..), "move claim", Flow, Writes;
    Enqueue = Self::Enqueue(_), "enqueue task", Flow, Writes;
    ShareSweep = Self::ShareSweep, "share the sweep", Function, Writes;
    Push = Self::Push(..), "push", Flow, Writes;
    RaiseAlarm = Self::RaiseAlarm(..), "raise alarm", Flow, Writes;
    RaiseOrphan = Self::RaiseOrphan(_), "raise alarm for an orphan", Flow, Writes;
    Raise = Self::Raise(_), "raise another alarm", Function, Writes;
    SendMail = Self::SendMail(..), "send mail", Function, Writes;
    LoadKept = Self::LoadKept(..), "load kept alarm", Function, Reads;
    SaveKept = Self::SaveKept(_), "save kept alarm", Function, Writes;
    ListKept = Self::ListKept, "list kept alarms", Function, Reads;
    PutAway = Self::PutAway(..), "put an alarm away", Function, Writes;
    LoadEnd = Self::LoadEnd(..), "load the end of an alarm", Function, Reads;
    CheckOrder = Self::CheckOrder(_), "check whether an order is usable", Function, Reads;
    LoadTurn = Self::LoadTurn, "load turn of sending", Function, Reads;
    SaveTurn = Self::SaveTurn(_), "save turn of sending", Function, Writes;
    Create = Self::Provider(ProviderCall::Create { .. }), "provider: create", Flow, Writes;
    Show = Self::Provider(ProviderCall::Show(..)), "provider: show", Flow, Reads;
    Query = Self::Provider(ProviderCall::Query(..)), "provider: query", Flow, Writes;
    AskTrade = Self::Provider(ProviderCall::AskTrade(..)), "provider: ask about a trade", Flow, Writes;
    Close = Self::Provider(ProviderCall::Close(..)), "provider: close", Flow, Writes;
    Refund = Self::Provider(ProviderCall::Refund(_)), "provider: refund", Flow, Writes;
    QueryRefund = Self::Provider(ProviderCall::QueryRefund(_)), "provider: query refund", Flow, Writes;
    ListDisputes = Self::Provider(ProviderCall::ListDisputes(..)), "provider: list disputes", Flow, Reads;
    LoadDisputeLook = Self::LoadDisputeLook(_), "load look at disputes", Flow, Reads;
    SaveDisputeLook = Self::SaveDisputeLook(_), "save look at disputes", Flow, Writes;
    ListOrders = Self::ListOrders(..), "list orders", Function, Reads;
    ListRecent = Self::ListRecent(..), "list recent orders", Function, Reads;
    ListProducts = Self::ListProducts, "list products", Function, Reads;
    ListEntries = Self::ListEntries(_), "list ledger entries", Function, Reads;
    ListNumbers = Self::ListNumbers(..), "list all orders", Function, Reads;
    LoadOrders = Self::LoadOrders(_), "load orders", Function, Reads;
    FindTrade = Self::FindTrade(..), "find trade", Function, Reads;
    ListHeld = Self::ListHeld(..), "list held orders", Function, Reads;
    ListOrphans = Self::ListOrphans(..), "list orphans", Function, Reads;
    ListOpenOrphans = Self::ListOpenOrphans(..), "list open orphans", Function, Reads;
    ListRejected = Self::ListRejected(..), "list strays", Function, Reads;
    ListRecords = Self::ListRecords(..), "list records", Function, Reads;
    ListCommands = Self::ListCommands(..), "list commands", Function, Reads;
    ListTeamRecords = Self::ListTeamRecords(..), "list records of the team", Function, Reads;
    LoadStatistics = Self::LoadStatistics(_), "load statistics", Function, Reads;
    SaveStatistics = Self::SaveStatistics(_), "save statistics", Function, Writes;
    InspectQueues = Self::InspectQueues, "inspect queues", Function, Reads;
    ReadAccounts = Self::ReadAccounts(_), "read accounts", Function, Reads;
    NotedAccounts = Self::NotedAccounts, "read accounts with their notes", Function, Reads;
    SaveAccount = Self::SaveAccount(..), "save account", Function, Writes;
    SaveAccountSecret = Self::SaveAccountSecret(..), "save an account's keys", Function, Writes;
    NotedProducts = Self::NotedProducts, "read products with their notes", Function, Reads;
    SaveProduct = Self::SaveProduct(..), "save product", Function, Writes;
    LoadSales = Self::LoadSales, "load sales", Function, Reads;
    ShownSales = Self::ShownSales, "load sales for display", Function, Reads;
    NotedSales = Self::NotedSales, "read sales with their notes", Function, Reads;
    SaveSales = Self::SaveSales(..), "save sales", Function, Writes;
    CountCall = Self::CountCall(..), "count call", Function, Writes;
    CountRefund = Self::CountRefund(..), "count refund", Function, Writes;
    KeepRejected = Self::KeepRejected(_), "keep stray", Function, Writes;
    UseTicket = Self::UseTicket(..), "use ticket", Function, Writes;
    KeepConnection = Self::KeepConnection(_), "keep connection", Function, Writes;
    AnswerSocket = Self::AnswerSocket(..), "answer on a socket", Function, Writes;
    ReadSecret = Self::ReadSecret(_), "read secret", Function, Writes;
    RefreshSecret = Self::RefreshSecret(_), "refresh secret", Function, Writes;
    FetchDocument = Self::FetchDocument(_), "fetch document", Function, Reads;
}

impl CallKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Whether a flow makes it, so that histories contain it.
    #[must_use]
    pub fn is_of_a_flow(self) -> bool {
        self.row().1 == Caller::Flow
    }
}

impl Call {
    /// What the caller gets when no answer comes.
    #[must_use]
    pub const fn unheard(&self) -> Answer {
        match self {
            Self::Provider(ProviderCall::Create { .. }) => Answer::Opened(Err(CreateError::Unanswered)),
            Self::Provider(ProviderCall::Show(..)) => Answer::Show(Err(Unanswered)),
            Self::Provider(ProviderCall::ListDisputes(..)) => Answer::Disputes(Err(Unanswered)),
            Self::Provider(_) => Answer::Says(Err(Unanswered)),
            _ => Answer::Unavailable,
        }
    }

    /// Whether it changes nothing here or elsewhere, so that its exact moment makes no difference.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        self.kind().row().2 == Effect::Reads
    }
}
