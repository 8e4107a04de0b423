//! What goes out to ourselves, to buyers and to the team.

use till_domain::id::OrderNo;
use till_domain::order::{Hold, Order};
use till_domain::text::UserId;

use super::{Orphan, Unavailable};

/// A message to fulfil-order. It says no more than where to look: a stale or forged one does no harm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Task {
    /// Deliver what this order owes.
    Grant(OrderNo),
    /// Take back what this order owes to take back.
    Revoke(OrderNo),
}

impl Task {
    /// Which order it is about.
    #[must_use]
    pub const fn order(self) -> OrderNo {
        match self {
            Self::Grant(no) | Self::Revoke(no) => no,
        }
    }
}

/// Puts tasks into the queue.
pub trait Enqueue {
    /// Delivered at least once, in any order.
    async fn enqueue(&self, task: Task) -> Result<(), Unavailable>;
}

/// What a buyer's page hears.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Message {
    /// The goods are there.
    PaymentSuccess,
    /// The order is cancelled.
    OrderCancelled,
    /// The money went back.
    OrderRefunded,
    /// Time runs out.
    OrderExpiring,
}

impl Message {
    /// Its `type` on the socket.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentSuccess => "payment_success",
            Self::OrderCancelled => "order_cancelled",
            Self::OrderRefunded => "order_refunded",
            Self::OrderExpiring => "order_expiring",
        }
    }
}

/// Tells a buyer's pages.
pub trait Push {
    /// A hint, sent once at most: the page reads the order's status again.
    async fn push(&self, user: &UserId, order: OrderNo, message: Message);
}

/// Tells the team.
pub trait RaiseAlarm {
    /// Says that a person must look at this order.
    async fn raise_alarm(&self, order: &Order, holds: &[Hold]) -> Result<(), Unavailable>;

    /// Says that money came which fits no order.
    async fn raise_orphan(&self, orphan: &Orphan) -> Result<(), Unavailable>;
}
