//! Tells a buyer's pages how their order stands. A push is a hint: the page reads the status again.

use till_domain::order::{Fulfilment, Order, Status};

use crate::ports::{Message, Push};

pub fn message_for(order: &Order) -> Option<Message> {
    match (order.status(), order.fulfilment()) {
        (Status::Cancelled, _) => Some(Message::OrderCancelled),
        (Status::Refunded, _) | (_, Fulfilment::Revoked) => Some(Message::OrderRefunded),
        (Status::Paid, Fulfilment::Granted) => Some(Message::PaymentSuccess),
        (Status::Paid, Fulfilment::None | Fulfilment::Withheld | Fulfilment::Queued | Fulfilment::Revoking)
        | (Status::Pending, _) => None,
    }
}

/// Tells that a payment was declined, while the order can still be paid.
pub async fn push_decline(ports: &impl Push, order: &Order) {
    if order.status() == Status::Pending {
        ports.push(&order.sold.user, order.no, Message::PaymentFailed).await;
    }
}

pub async fn push_status(ports: &impl Push, order: &Order) {
    if let Some(message) = message_for(order) {
        ports.push(&order.sold.user, order.no, message).await;
    }
}
