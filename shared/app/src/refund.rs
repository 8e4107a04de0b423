//! Refunds that a person orders.

use till_domain::id::{OrderNo, RefundIndex};
use till_domain::order::{Order, RefundRequest};
use till_domain::time::Time;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::remedy::RemedyRequest;
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
    refund_once(ports, no, wanted, None, deadline).await
}

/// The same; the order also remembers the remedy that it is part of.
pub async fn refund_once<P: Perform>(
    ports: &P,
    no: OrderNo,
    wanted: &RefundRequest,
    asked: Option<&RemedyRequest>,
    deadline: Time,
) -> Result<Refunded, Failure> {
    let order = load(ports, no).await?;
    let (by, note) = (Caller::admin(wanted.by.clone()), asked.map(RemedyRequest::note));
    let writer = Writer { remedy: note.as_ref(), ..Writer::commanded(&by) };
    let written = write(ports, no, Some(order), writer, |order, now| {
        // Another remedy may have been applied under this key.
        asked.map(|asked| order.is_remedied(asked.remedy)).transpose()?;
        let before = order.refunds.len();
        let n = order.refund(wanted, now)?;
        let is_new = order.refunds.len() != before;
        if let Some(asked) = asked.filter(|_| is_new) {
            order.remember(asked.remedy, now);
        }
        Ok(Change::done_if(is_new, n))
    });
    let written = written.await?;
    let (n, is_new) = (written.outcome, written.changed);
    let order = perform(ports, written.order, written.taken, deadline).await.order;
    Ok(Refunded { order, n, is_new })
}
