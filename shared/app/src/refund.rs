//! Refunds that a person orders.

use till_domain::id::{OrderNo, RefundIndex};
use till_domain::order::{Order, RefundRequest};
use till_domain::time::Time;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::write::{Change, Writer, load, write};

#[derive(Clone, Debug)]
pub struct Refunded {
    pub order: Order,
    pub n: RefundIndex,
    /// Whether this request made it, and no earlier one with its key.
    pub is_new: bool,
}

/// Saves a refund, and only then sends it to the provider. The same key is the same refund.
pub async fn refund<P: Perform>(
    ports: &P,
    no: OrderNo,
    wanted: &RefundRequest,
    deadline: Time,
) -> Result<Refunded, Failure> {
    let order = load(ports, no).await?;
    let by = Caller::admin(wanted.by.clone());
    let writer = Writer::commanded(&by);
    let written = write(ports, no, Some(order), writer, |order, now| {
        let before = order.refunds.len();
        order.refund(wanted, now).map(|n| Change::done_if(order.refunds.len() != before, n))
    });
    let written = written.await?;
    let (n, is_new) = (written.outcome, written.changed);
    let order = perform(ports, written.order, written.taken, deadline).await.order;
    Ok(Refunded { order, n, is_new })
}
