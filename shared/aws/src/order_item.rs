//! The order as an item. Names are short because write units are counted by the kilobyte. An item that cannot be read is an
//! error and is never overwritten.
//!
//! | name | what | name | what |
//! |---|---|---|---|
//! | `schema`, `v` | version of this shape, version of the order | `w` | which call wrote it (8 random bytes) |
//! | `c`, `e` | created at, payable until | `u` `k` `i` `n` `p` `g` `up` `uw` | what was sold ([`crate::values`]) |
//! | `pl` | policy | `at` `pa` `re` `di` `fi` `cl` | lists of [`parts`] |
//! | `x` | cancelled: when and why | `su` | superseded at |
//! | `ro` `ga` `rv` | round of granting (if missing: 1), granted at, revoked at | `to` | holds that raised an alarm |
//! | `rm` | the buyer was reminded | `sl` `tl` | schedule and timeline ([`lines`]) |
//! | `sp` | marks of payments that an admin stated | `rk` | remedies that were applied: a line each |
//! | `day` | day in China and shard | `ds` `due` | index of due orders |
//! | `tr` | provider and number of the first payment | `held` `hs` | it is on hold, and since when |
//! | `ttl` | when it may be deleted | | |

mod lines;
mod parts;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::id::OrderNo;
use till_domain::order::{DueKind, Facts, Granting, Order};
use till_domain::time::{Seconds, Time};

use crate::codec::{As, Fields as _, Inline, Omitting, Plain, fields};
use crate::due_entries::DueEntry;
use crate::item::{Attributes, BadItem, Reader, SCHEMA, VERSION, bytes, number, text};
use crate::keys::{
    DAY, DUE, DUE_SHARD, PK, TRADE, TTL, USER, day, due_shard, kind_of_due_shard, order, parse_order_partition, trade,
};
use crate::size::{item_bytes, value_bytes};

pub(crate) const ORDER_SCHEMA: u32 = 1;
const WRITTEN_BY: &str = "w";
const TIMELINE: &str = "tl";

/// Every write of an order of 64 KiB costs 64 units, and such an order is not an ordinary one: its timeline is shortened.
pub(crate) const MOST_ORDER_BYTES: usize = 64 * 1024;
/// Below DynamoDB's limit of 400 KiB, with room for attributes of a later release. A provider can make any number of refunds of
/// one payment, and every one of them has to be stored.
pub(crate) const MOST_STORED_BYTES: usize = 384 * 1024;

/// Every attribute that is written here, besides the keys. Others belong to a later release and are left alone.
pub(crate) const KNOWN: [&str; 35] = [
    SCHEMA, VERSION, WRITTEN_BY, "c", "e", USER, "k", "i", "n", "p", "g", "up", "uw", "pl", "at", "pa", "re", "di",
    "fi", "x", "su", "ro", "ga", "rv", "cl", "to", "rm", "sl", TIMELINE, "sp", "rk", DAY, TRADE, TTL, DUE,
];

/// All attributes of an order except its keys, `ds`, which goes with `due`, and those of the index of held orders. `written_by` marks the write of this call. An
/// order that is too large loses its oldest moments but the first (the audit trail has an entry for each); one above the
/// store's limit is refused.
pub(crate) fn write_order(order: &Order, abandoned: Seconds, written_by: u64) -> Result<Attributes, BadItem> {
    let mut item = Attributes::new();
    order.write(&mut item);
    item.insert(SCHEMA.to_owned(), number(ORDER_SCHEMA));
    item.insert(WRITTEN_BY.to_owned(), bytes(written_by.to_be_bytes()));
    item.insert(DAY.to_owned(), text(day(order.no, order.created_at)));
    let first = order.payments.first();
    Plain::write(&first.map(|payment| trade(payment.account.provider, &payment.trade_no)), TRADE, &mut item);
    Plain::write(&order.delete_at(abandoned), TTL, &mut item);
    Plain::write(&order.due_at(), DUE, &mut item);
    shorten_timeline(order, item)
}

pub(crate) fn read_order(item: &Attributes) -> Result<Order, BadItem> {
    Facts::read(Reader::new(item)).map(Order::from_facts)
}

fields! {
    Facts {
        no: PK as Partition, version: VERSION, created_at: "c", expire_at: "e", sold: USER as Inline, policy: "pl",
        attempts: "at", payments: "pa", refunds: "re", disputes: "di", figures: "fi", cancelled: "x",
        superseded: "su", granting: "ro" as Inline, cleared: "cl", told: "to", reminded: "rm", schedule: "sl",
        timeline: TIMELINE, stated: "sp", remedies: "rk",
    }
    Granting { round: "ro" as Omitting<1>, granted: "ga", revoked: "rv" }
}

/// An order's number is in its key, which is not among the written attributes.
struct Partition;

impl As<OrderNo> for Partition {
    fn write(_: &OrderNo, _: &'static str, _: &mut Attributes) {}

    fn read(item: Reader<'_>, name: &'static str) -> Result<OrderNo, BadItem> {
        parse_order_partition(item.text(name)?).ok_or(BadItem::BadValue(name))
    }
}

/// What must be known of an item before it is overwritten.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ItemHead {
    pub schema: u32,
    pub version: u64,
    pub written_by: Option<u64>,
    pub ttl: Option<Time>,
    pub due: Option<DueEntry>,
}

/// Also for an order that cannot be read otherwise.
pub(crate) fn read_head(item: &Attributes) -> Result<ItemHead, BadItem> {
    let reader = Reader::new(item);
    let written_by = if reader.has(WRITTEN_BY) { reader.bytes(WRITTEN_BY)?.try_into().ok() } else { None };
    let due: Option<Time> = reader.get_as(DUE)?;
    let kind = if reader.has(DUE_SHARD) { kind_of_due_shard(reader.text(DUE_SHARD)?) } else { DueKind::Look };
    Ok(ItemHead {
        schema: reader.get_as(SCHEMA)?,
        version: reader.get_as(VERSION)?,
        written_by: written_by.map(u64::from_be_bytes),
        ttl: reader.get_as(TTL)?,
        due: due.map(|at| DueEntry { kind, at }),
    })
}

/// Removes the oldest moments but the first until the whole item, with its keys and shard, is within its limit.
fn shorten_timeline(of: &Order, mut item: Attributes) -> Result<Attributes, BadItem> {
    let keys = item_bytes(&order(of.no).attributes());
    let shard = DUE_SHARD.len().saturating_add(due_shard(of.no, of.due_kind()).len());
    let bytes = item_bytes(&item).saturating_add(keys).saturating_add(shard);
    let mut over = bytes.saturating_sub(MOST_ORDER_BYTES);
    if over == 0 {
        return Ok(item);
    }
    if let Some(AttributeValue::L(moments)) = item.get_mut(TIMELINE) {
        let is_gone = |moment: &AttributeValue, over: &mut usize| {
            let gone = *over > 0;
            *over = over.saturating_sub(if gone { value_bytes(moment).saturating_add(1) } else { 0 });
            gone
        };
        let mut place = 0_usize;
        moments.retain(|moment| {
            place = place.saturating_add(1);
            place == 1 || !is_gone(moment, &mut over)
        });
    }
    let most_over = MOST_STORED_BYTES.saturating_sub(MOST_ORDER_BYTES);
    if over <= most_over { Ok(item) } else { Err(BadItem::TooLarge("order")) }
}
