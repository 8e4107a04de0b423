//! Messages to our own queues and to buyers.

use till_domain::id::OrderNo;
use till_domain::text::UserId;

use super::Unavailable;

/// A message to fulfil-order. It names an order to look at, and nothing to do: a stale or forged one does no harm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Task {
    Grant(OrderNo),
    /// Take back what this order owes to take back.
    Revoke(OrderNo),
}

impl Task {
    pub const fn order(self) -> OrderNo {
        match self {
            Self::Grant(no) | Self::Revoke(no) => no,
        }
    }
}

port! { (messages: M)
    pub trait Enqueue {
        /// Delivered at least once, in any order.
        async fn enqueue(&self, task: Task) -> Result<(), Unavailable>;
    }
}

port! { (messages: M)
    pub trait ShareSweep {
        /// Asks for a sweep of each shard of the due orders. A hint: it may be lost, late or repeated.
        async fn share_sweep(&self) -> Result<(), Unavailable>;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Message {
    PaymentSuccess,
    PaymentFailed,
    OrderCancelled,
    OrderRefunded,
    OrderExpiring,
}

impl Message {
    /// Its `type` on the socket.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentSuccess => "payment_success",
            Self::PaymentFailed => "payment_failed",
            Self::OrderCancelled => "order_cancelled",
            Self::OrderRefunded => "order_refunded",
            Self::OrderExpiring => "order_expiring",
        }
    }
}

port! { (messages: M)
    pub trait Push {
        /// A hint, sent at most once: the page reads the order's status again.
        async fn push(&self, user: &UserId, order: OrderNo, message: Message);
    }
}
