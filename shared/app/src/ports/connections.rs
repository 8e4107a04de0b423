//! Open sockets: who listens, and to what.

use till_domain::id::OrderNo;
use till_domain::text::UserId;

use super::Unavailable;

/// What a socket's page may hear.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Listens {
    /// Everything about its user's orders.
    User,
    /// One order: its page was opened by a link.
    Order(OrderNo),
}

/// One open socket.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Connection {
    /// The gateway's name for it.
    pub id: String,
    /// Whose orders it is about.
    pub user: UserId,
    /// What it hears.
    pub listens: Listens,
}

/// Remembers sockets.
pub trait KeepConnection {
    /// Remembers a socket for two hours and ten minutes. A user has at most five: the oldest gives way.
    async fn keep_connection(&self, connection: &Connection) -> Result<(), Unavailable>;

    /// Forgets a socket; one that is not known is no error.
    async fn forget_connection(&self, id: &str) -> Result<(), Unavailable>;
}

/// Answers on a socket.
pub trait Answer {
    /// Sends a text to one socket. One that is gone is no error.
    async fn answer(&self, connection_id: &str, text: &str) -> Result<(), Unavailable>;
}
