//! Open sockets, and whose messages each receives.

use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::Time;

use super::Unavailable;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Listens {
    User,
    /// One order: its page was opened by a link.
    Order(OrderNo),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Connection {
    pub id: String,
    pub user: UserId,
    pub listens: Listens,
}

port! { (store: S)
    pub trait KeepConnection {
        /// Remembers until then that a socket was opened with this ticket. Returns whether no other socket was.
        async fn use_ticket(&self, ticket: &str, connection_id: &str, until: Time) -> Result<bool, Unavailable>;

        /// Keeps a socket for two hours and ten minutes, which is longer than it lives, unless a push finds that it is closed
        /// already. A user has at most five: the oldest is closed and dropped.
        async fn keep_connection(&self, connection: &Connection) -> Result<(), Unavailable>;
    }
}

port! { (messages: M)
    pub trait Answer {
        /// Sends a text to one socket. A closed socket is not an error.
        async fn answer(&self, connection_id: &str, text: &str) -> Result<(), Unavailable>;
    }
}
