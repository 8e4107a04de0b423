//! The calls around flows, and what comes back.

use std::sync::Arc;

use till_app::ports::{AccountSettings, Connection, ListedProduct, RejectedCallback, Scope, Secret};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::provider::Provider;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Entry;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EdgeCall {
    ListOrders(UserId, Option<OrderNo>, usize),
    ListProducts,
    ListEntries(UserId),
    ReadAccounts(Provider),
    CountCall(Scope, String, Time),
    KeepRejected(Box<RejectedCallback>),
    KeepConnection(Box<Connection>),
    ForgetConnection(String),
    /// `Answer`: a connection's id and the text.
    AnswerSocket(String, String),
    ReadSecret(String),
    RefreshSecret(String),
    FetchDocument(String),
}

impl EdgeCall {
    #[must_use]
    pub const fn only_reads(&self) -> bool {
        match self {
            Self::ListOrders(..)
            | Self::ListProducts
            | Self::ListEntries(_)
            | Self::ReadAccounts(_)
            | Self::FetchDocument(_) => true,
            // A process remembers which secrets it has read, and when.
            Self::ReadSecret(_)
            | Self::RefreshSecret(_)
            | Self::CountCall(..)
            | Self::KeepRejected(_)
            | Self::KeepConnection(_)
            | Self::ForgetConnection(_)
            | Self::AnswerSocket(..) => false,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EdgeAnswer {
    Orders(Vec<Arc<Order>>),
    Products(Vec<ListedProduct>),
    Entries(Vec<Entry>),
    Accounts(Vec<AccountSettings>),
    Count(u32),
    /// A secret, or none.
    Secret(Option<Secret>),
    Document(Vec<u8>),
}
