//! Every call of every port as one value, and its answer as another: one list for faults, replays and coverage.

use std::sync::Arc;

use till_app::ports::{
    Claim, Claimed, Committed, CreateError, Message, Opened, Orphan, Record, Saved, Show, Task, Unanswered,
};
use till_domain::id::{OrderNo, PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{Hold, Order, RefundId, Says};
use till_domain::product::Product;
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{Key, ProductId, ProductType, TradeNo, UserId};
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

use crate::edge_call::{EdgeAnswer, EdgeCall};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Call {
    LoadOrder(OrderNo),
    SaveOrder(Arc<Order>),
    FindDue(Time, usize),
    LoadWallet(UserId),
    LoadEntry(UserId, Source),
    Commit(Box<CommitCall>),
    KeepOrphan(Box<Orphan>),
    KeepRecord(Box<Record>),
    FindProduct(ProductType, ProductId),
    FindAccount(Provider),
    LoadClaim(UserId, Key),
    PutClaim(Box<Claim>),
    /// `ClaimKey::move_claim`: before and after.
    MoveClaim(Box<Claim>, Box<Claim>),
    Enqueue(Task),
    Push(UserId, OrderNo, Message),
    RaiseAlarm(OrderNo, Vec<Hold>),
    RaiseOrphan(Box<Orphan>),
    Provider(ProviderCall),
    /// What a function asks for around its flow.
    Edge(EdgeCall),
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
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ProviderCall {
    Create { payment_no: PaymentNo, method: Method, account: Account, price: Money, expire_at: Time },
    Show(PaymentNo, Account),
    Query(PaymentNo, Account),
    Close(PaymentNo, Account),
    Refund(RefundCall),
    QueryRefund(RefundCall),
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
    /// An order, or none.
    Order(Option<Arc<Order>>),
    Saved(Saved),
    Due(Vec<OrderNo>),
    Wallet(Box<Wallet>),
    /// A ledger entry, or none.
    Entry(Option<Box<Entry>>),
    Committed(Committed),
    /// A product, or none.
    Product(Option<Arc<Product>>),
    /// An account, or none.
    Account(Option<Account>),
    /// A claim, or none.
    Claim(Option<Box<Claim>>),
    Claimed(Claimed),
    Opened(Result<Box<Opened>, CreateError>),
    Show(Result<Box<Show>, Unanswered>),
    Says(Result<Vec<Says>, Unanswered>),
    /// What came of a call around a flow.
    Edge(EdgeAnswer),
}

macro_rules! kinds {
    ($($name:ident = $pattern:pat, $text:literal;)*) => {
        /// The kinds of calls: where a fault can strike, and what a coverage table lists.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum CallKind {
            $(#[doc = $text] $name,)*
        }

        impl CallKind {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
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

kinds! {
    LoadOrder = Self::LoadOrder(_), "load order";
    SaveOrder = Self::SaveOrder(_), "save order";
    FindDue = Self::FindDue(..), "find due orders";
    LoadWallet = Self::LoadWallet(_), "load wallet";
    LoadEntry = Self::LoadEntry(..), "load ledger entry";
    Commit = Self::Commit(_), "commit goods";
    KeepOrphan = Self::KeepOrphan(_), "keep orphan";
    KeepRecord = Self::KeepRecord(_), "keep record";
    FindProduct = Self::FindProduct(..), "find product";
    FindAccount = Self::FindAccount(_), "find account";
    LoadClaim = Self::LoadClaim(..), "load claim";
    PutClaim = Self::PutClaim(_), "put claim";
    MoveClaim = Self::MoveClaim(..), "move claim";
    Enqueue = Self::Enqueue(_), "enqueue task";
    Push = Self::Push(..), "push";
    RaiseAlarm = Self::RaiseAlarm(..), "raise alarm";
    RaiseOrphan = Self::RaiseOrphan(_), "raise alarm for an orphan";
    Create = Self::Provider(ProviderCall::Create { .. }), "provider: create";
    Show = Self::Provider(ProviderCall::Show(..)), "provider: show";
    Query = Self::Provider(ProviderCall::Query(..)), "provider: query";
    Close = Self::Provider(ProviderCall::Close(..)), "provider: close";
    Refund = Self::Provider(ProviderCall::Refund(_)), "provider: refund";
    QueryRefund = Self::Provider(ProviderCall::QueryRefund(_)), "provider: query refund";
    ListOrders = Self::Edge(EdgeCall::ListOrders(..)), "list orders";
    ListProducts = Self::Edge(EdgeCall::ListProducts), "list products";
    ListEntries = Self::Edge(EdgeCall::ListEntries(_)), "list ledger entries";
    ReadAccounts = Self::Edge(EdgeCall::ReadAccounts(_)), "read accounts";
    CountCall = Self::Edge(EdgeCall::CountCall(..)), "count call";
    KeepRejected = Self::Edge(EdgeCall::KeepRejected(_)), "keep stray";
    KeepConnection = Self::Edge(EdgeCall::KeepConnection(_)), "keep connection";
    ForgetConnection = Self::Edge(EdgeCall::ForgetConnection(_)), "forget connection";
    AnswerSocket = Self::Edge(EdgeCall::AnswerSocket(..)), "answer on a socket";
    ReadSecret = Self::Edge(EdgeCall::ReadSecret(_)), "read secret";
    RefreshSecret = Self::Edge(EdgeCall::RefreshSecret(_)), "refresh secret";
    FetchDocument = Self::Edge(EdgeCall::FetchDocument(_)), "fetch document";
}

impl CallKind {
    /// Whether functions make it around their flows, so that no history does.
    #[must_use]
    pub const fn is_at_edge(self) -> bool {
        match self {
            Self::ListOrders
            | Self::ListProducts
            | Self::ListEntries
            | Self::ReadAccounts
            | Self::CountCall
            | Self::KeepRejected
            | Self::KeepConnection
            | Self::ForgetConnection
            | Self::AnswerSocket
            | Self::ReadSecret
            | Self::RefreshSecret
            | Self::FetchDocument => true,
            Self::LoadOrder
            | Self::SaveOrder
            | Self::FindDue
            | Self::LoadWallet
            | Self::LoadEntry
            | Self::Commit
            | Self::KeepOrphan
            | Self::KeepRecord
            | Self::FindProduct
            | Self::FindAccount
            | Self::LoadClaim
            | Self::PutClaim
            | Self::MoveClaim
            | Self::Enqueue
            | Self::Push
            | Self::RaiseAlarm
            | Self::RaiseOrphan
            | Self::Create
            | Self::Show
            | Self::Query
            | Self::Close
            | Self::Refund
            | Self::QueryRefund => false,
        }
    }
}

impl Call {
    /// What the caller gets when no answer comes.
    #[must_use]
    pub const fn unheard(&self) -> Answer {
        match self {
            Self::Provider(ProviderCall::Create { .. }) => Answer::Opened(Err(CreateError::Unanswered)),
            Self::Provider(ProviderCall::Show(..)) => Answer::Show(Err(Unanswered)),
            Self::Provider(_) => Answer::Says(Err(Unanswered)),
            _ => Answer::Unavailable,
        }
    }

    /// Whether it changes nothing here or elsewhere, so that its exact moment makes no difference.
    #[must_use]
    pub const fn only_reads(&self) -> bool {
        match self {
            Self::LoadOrder(_)
            | Self::FindDue(..)
            | Self::LoadWallet(_)
            | Self::LoadEntry(..)
            | Self::FindProduct(..)
            | Self::FindAccount(_)
            | Self::LoadClaim(..)
            | Self::Provider(ProviderCall::Show(..)) => true,
            Self::Edge(call) => call.only_reads(),
            Self::SaveOrder(_)
            | Self::Commit(_)
            | Self::KeepOrphan(_)
            | Self::KeepRecord(_)
            | Self::PutClaim(_)
            | Self::MoveClaim(..)
            | Self::Enqueue(_)
            | Self::Push(..)
            | Self::RaiseAlarm(..)
            | Self::RaiseOrphan(_)
            | Self::Provider(
                ProviderCall::Create { .. }
                | ProviderCall::Query(..)
                | ProviderCall::Close(..)
                | ProviderCall::Refund(_)
                | ProviderCall::QueryRefund(_),
            ) => false,
        }
    }
}
