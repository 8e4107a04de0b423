//! Orders in the table: read strongly, written on condition of the version before. An order that cannot be read is never
//! written over, and never taken for one that is not there.

use till_app::ports::{LoadOrder, SaveOrder, Saved, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::Order;

use crate::alarms::STUCK;
use crate::aws::Aws;
use crate::error::{Sorted, sort, unusable};
use crate::item::{Attributes, BadItem, Reader};
use crate::keys::{self, PK};
use crate::order_item::{ORDER_SCHEMA, Stands, read_order, read_stands};
use crate::order_write::OrderWrite;
use crate::table::is_there;

impl LoadOrder for Aws {
    async fn load_order(&self, no: OrderNo) -> Result<Option<Order>, Unavailable> {
        let item = self.read_item(&keys::order(no)).await?;
        item.map(|item| self.take_order("GetItem", &item)).transpose()
    }
}

impl SaveOrder for Aws {
    async fn save_order(&self, order: &Order) -> Result<Saved, Unavailable> {
        let write = OrderWrite::of(self, order).map_err(|bad| stuck("UpdateItem", Some(order.no), bad))?;
        let failed = match write.alone(self, self.table()?).send().await {
            Ok(_) => {
                write.took_effect(self);
                return Ok(Saved::Yes);
            }
            Err(error) => sort(&error),
        };
        match &failed.sorted {
            Sorted::Conflict(Some(item)) => self.met(order, &write, item),
            // Nothing stands there; or a transaction is at it, and what will stand there is yet to be loaded.
            Sorted::Conflict(None) | Sorted::Contended => Ok(Saved::Conflict(None)),
            Sorted::Cancelled(_) | Sorted::Busy | Sorted::OurFault | Sorted::NoAnswer => {
                Err(failed.unavailable("UpdateItem"))
            }
        }
    }
}

impl Aws {
    /// Reads an item that must be an order, and remembers where it stands.
    pub(crate) fn take_order(&self, call: &'static str, item: &Attributes) -> Result<Order, Unavailable> {
        let stuck = |bad| stuck(call, number(item), bad);
        let order = read_order(item).map_err(stuck)?;
        let stands = read_stands(item).map_err(stuck)?;
        self.cache.standing.saw(order.no, stands.version, stands.due);
        Ok(order)
    }

    /// What a write met that was not taken.
    fn met(&self, order: &Order, write: &OrderWrite, item: &Attributes) -> Result<Saved, Unavailable> {
        let stands = writable("UpdateItem", item)?;
        if stands.version == order.version && stands.written_by == Some(write.written_by) {
            // A try of this very call took effect, and its answer got lost on the way.
            write.took_effect(self);
            return Ok(Saved::Yes);
        }
        if !is_there(item, self.now()) {
            return Ok(Saved::Conflict(None));
        }
        self.take_order("UpdateItem", item).map(|order| Saved::Conflict(Some(Box::new(order))))
    }
}

/// Says that an order can be neither read nor written as it is: there may be money in it, and nothing goes on with it before
/// somebody has looked. It stays due, so every sweep says it again.
pub(crate) fn stuck(call: &'static str, no: Option<OrderNo>, bad: BadItem) -> Unavailable {
    let order_no = no.as_ref().map(OrderNo::as_str);
    tracing::error!(alarm = STUCK, order_no, call, reason = %bad, "what is stored of an order cannot be used");
    Unavailable
}

fn number(item: &Attributes) -> Option<OrderNo> {
    Reader::new(item).text(PK).ok().and_then(keys::parse_order_partition)
}

/// What is to be known of an order's item before it may be written over. One that a later release wrote may not.
pub(crate) fn writable(call: &'static str, item: &Attributes) -> Result<Stands, Unavailable> {
    let stands = read_stands(item).map_err(|bad| unusable(call, &bad))?;
    if stands.schema > ORDER_SCHEMA { Err(unusable(call, &BadItem::Newer("order"))) } else { Ok(stands) }
}

#[cfg(test)]
mod tests;
