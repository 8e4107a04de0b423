//! The calls around flows, and what comes back.

use std::sync::Arc;

use till_app::ports::{AccountSettings, Connection, Displayed, Scope, Secret, Stray};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::provider::Provider;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Entry;

/// One call around a flow.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EdgeCall {
    /// `ListOrders`.
    ListOrders(UserId, Option<OrderNo>, usize),
    /// `ListProducts`.
    ListProducts,
    /// `ListEntries`.
    ListEntries(UserId),
    /// `ReadAccounts`.
    ReadAccounts(Provider),
    /// `CountCalls`.
    CountCall(Scope, String, Time),
    /// `KeepStray`.
    KeepStray(Box<Stray>),
    /// `KeepConnection::keep_connection`.
    KeepConnection(Box<Connection>),
    /// `KeepConnection::forget_connection`.
    ForgetConnection(String),
    /// `Answer`: a connection's id and the text.
    AnswerSocket(String, String),
    /// `ReadSecret::read_secret`.
    ReadSecret(String),
    /// `ReadSecret::refresh_secret`.
    RefreshSecret(String),
    /// `FetchDocument`.
    FetchDocument(String),
}

impl EdgeCall {
    /// Whether it changes nothing.
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
            | Self::KeepStray(_)
            | Self::KeepConnection(_)
            | Self::ForgetConnection(_)
            | Self::AnswerSocket(..) => false,
        }
    }
}

/// What came back.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EdgeAnswer {
    /// A user's orders.
    Orders(Vec<Arc<Order>>),
    /// The shop window.
    Products(Vec<Displayed>),
    /// The end of a ledger.
    Entries(Vec<Entry>),
    /// Accounts.
    Accounts(Vec<AccountSettings>),
    /// How many there are in this window.
    Count(u32),
    /// A secret, or none.
    Secret(Option<Secret>),
    /// A document.
    Document(Vec<u8>),
}
