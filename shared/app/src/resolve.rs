//! A person's decision about a hold.

use till_domain::id::OrderNo;
use till_domain::order::{May, Order, Resolution};
use till_domain::time::Time;

use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::ports::Cause;
use crate::write::{Change, Writer, write};

/// Saves the decision, and does what follows from it.
pub async fn resolve<P: Perform>(
    ports: &P,
    no: OrderNo,
    resolution: &Resolution,
    deadline: Time,
) -> Result<Order, Failure> {
    let writer = Writer::new(Cause::Command, May::All);
    let written =
        write(ports, no, None, writer, |order, now| order.resolve(resolution, now).map(|()| Change::Done(()))).await?;
    Ok(perform(ports, written.order, written.taken, deadline).await.order)
}
