//! Orders in the table. Each write is conditional on the version before its own. An unreadable order is never overwritten, and
//! never taken for a missing one.

use std::cmp::Reverse;

use till_app::ports::{Alarm, AlarmWord, CheckOrder, LoadOrder, LoadedOrders, SaveOrder, Saved, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::Order;

use crate::aws::Aws;
use crate::error::{FailureKind, OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader};
use crate::keys::{self, PK};
use crate::order_item::{ItemHead, MOST_STORED_BYTES, ORDER_SCHEMA, read_head, read_order};
use crate::order_write::OrderWrite;
use crate::size::item_bytes;
use crate::table::is_live;

/// Alarms that one list raises for orders that it cannot read.
const MOST_ALARMS: usize = 10;

/// More than one write of an order adds to it.
const ROOM_FOR_FACTS: usize = 4 * 1024;

impl LoadOrder for Aws {
    async fn load_order(&self, no: OrderNo) -> Result<Option<Order>, Unavailable> {
        let item = self.read_item(&keys::order(no)).await?;
        let Some(item) = item else { return Ok(None) };
        self.take_order("GetItem", &item).await.map(Some)
    }
}

impl SaveOrder for Aws {
    async fn save_order(&self, order: &Order) -> Result<Saved, Unavailable> {
        let write = match OrderWrite::new(self, order) {
            Ok(write) => write,
            Err(bad) => return Err(self.stuck("UpdateItem", Some(order.no), bad).await),
        };
        write.keep_further_trades(self).await?;
        let Err(error) = write.alone(self)?.send().await else {
            write.took_effect(self);
            return Ok(Saved::Yes);
        };
        let failed = classify(&error);
        if failed.kind == FailureKind::Contended {
            // The order after that transaction has to be loaded.
            return Ok(Saved::Conflict(None));
        }
        match failed.conflict("UpdateItem")? {
            Some(item) => self.met(order, &write, item).await,
            None => Ok(Saved::Conflict(None)),
        }
    }
}

impl CheckOrder for Aws {
    async fn is_usable(&self, no: OrderNo) -> Result<bool, Unavailable> {
        let Some(item) = self.read_item(&keys::order(no)).await? else { return Ok(true) };
        let (Ok(_), Ok(head)) = (read_order(&item), read_head(&item)) else { return Ok(false) };
        // What was too large was not stored, so it is the next fact that would not fit.
        let fits = item_bytes(&item).saturating_add(ROOM_FOR_FACTS) <= MOST_STORED_BYTES;
        Ok(fits && head.schema <= ORDER_SCHEMA)
    }
}

impl Aws {
    /// Reads an item that must be an order, and remembers its entry in the index of due orders.
    pub(crate) async fn take_order(&self, call: &'static str, item: &Attributes) -> Result<Order, Unavailable> {
        match self.read_and_remember(item) {
            Ok(order) => Ok(order),
            Err(bad) => Err(self.stuck(call, number(item), bad).await),
        }
    }

    /// Reads items that must be orders. Each unreadable one is logged, and an alarm is raised for the first ones: after a
    /// release that went back there may be thousands, and a list must not wait for as many messages.
    pub(crate) async fn take_orders(&self, items: &[Attributes]) -> Result<LoadedOrders, Unavailable> {
        let mut loaded = LoadedOrders::default();
        for item in items {
            let bad = match self.read_and_remember(item) {
                Ok(order) => {
                    loaded.orders.push(order);
                    continue;
                }
                Err(bad) => bad,
            };
            let no = number(item).ok_or(Unavailable)?;
            if loaded.unreadable.len() < MOST_ALARMS {
                self.stuck("BatchGetItem", Some(no), bad).await;
            } else {
                log_stuck("BatchGetItem", Some(no), &bad);
            }
            loaded.unreadable.push(no);
        }
        loaded.orders.sort_unstable_by_key(|order| Reverse(order.no));
        loaded.unreadable.sort_unstable_by_key(|no| Reverse(*no));
        Ok(loaded)
    }

    fn read_and_remember(&self, item: &Attributes) -> Result<Order, BadItem> {
        let (order, head) = (read_order(item)?, read_head(item)?);
        self.cache.due_entries.remember(order.no, head.version, head.due);
        Ok(order)
    }

    /// The answer to a write that met this item.
    async fn met(&self, order: &Order, write: &OrderWrite, item: &Attributes) -> Result<Saved, Unavailable> {
        let head = writable("UpdateItem", item)?;
        if head.version == order.version && head.written_by == Some(write.written_by) {
            // An earlier try of this call took effect, and its answer was lost.
            write.took_effect(self);
            return Ok(Saved::Yes);
        }
        if !is_live(item, self.now()) {
            return Ok(Saved::Conflict(None));
        }
        self.take_order("UpdateItem", item).await.map(|order| Saved::Conflict(Some(Box::new(order))))
    }

    /// Raises an alarm for an order that can be neither read nor written: there may be money in it, and nothing happens to it until
    /// a person has looked. It stays due, so every sweep raises the alarm again.
    pub(crate) async fn stuck(&self, call: &'static str, no: Option<OrderNo>, bad: BadItem) -> Unavailable {
        log_stuck(call, no, &bad);
        let word = AlarmWord::StuckOrder;
        let alarm = no.map_or_else(|| Alarm::about(word, "?"), |no| Alarm::about_order(word, no));
        // The line is logged in any case, and the next sweep raises the alarm again. What only reads may not raise any.
        if self.settings.alarms_queue_url.is_some() {
            let _ = self.send_alarm(&Alarm { note: Some(bad.to_string()), ..alarm }).await;
        }
        Unavailable
    }
}

fn log_stuck(call: &'static str, no: Option<OrderNo>, bad: &BadItem) {
    let (alarm, order_no) = (AlarmWord::StuckOrder.as_str(), no.as_ref().map(OrderNo::as_str));
    tracing::error!(alarm, order_no, call, reason = %bad, "a stored order cannot be used");
}

fn number(item: &Attributes) -> Option<OrderNo> {
    Reader::new(item).text(PK).ok().and_then(keys::parse_order_partition)
}

/// The head of an item that this release may overwrite. An item of a later schema may not be.
pub(crate) fn writable(call: &'static str, item: &Attributes) -> Result<ItemHead, Unavailable> {
    let newer = BadItem::Newer("order");
    let head = read_head(item).and_then(|head| if head.schema > ORDER_SCHEMA { Err(newer) } else { Ok(head) });
    head.or_unavailable(call)
}

#[cfg(test)]
mod tests;
