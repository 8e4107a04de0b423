//! The order as an item: every fact of it under a short name, since write units are counted by the kilobyte. The domain
//! decides what an order is; here it is only written down and read back. What cannot be read is never guessed and never
//! written over.
//!
//! | name | what | name | what |
//! |---|---|---|---|
//! | `schema`, `v` | release of this shape, version | `w` | which call wrote it (bytes of chance) |
//! | `c`, `e` | made at, payable until | `u` `k` `i` `n` `p` `g` `up` | what was sold ([`crate::pieces`]) |
//! | `pl` | settings that held | `at` `pa` `re` `di` `fi` `cl` | lists of [`parts`] |
//! | `x` | cancelled: when and why | `su` | superseded at |
//! | `ro` `ga` `rv` | round of granting (none: 1), granted at, revoked at | `to` | holds that the team was told of |
//! | `rm` | the buyer was reminded | `sl` `tl` | schedule and timeline ([`lines`]) |
//! | `day` | day in China and shard | `ds` `due` | index of due orders |
//! | `ttl` | when it may be deleted | | |

mod lines;
mod parts;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::order::{Cancelled, Facts, Granting, Order};
use till_domain::time::{Seconds, Time};

use self::lines::{instant as read_instant, read_hold, read_moment, read_slot, write_hold, write_moment, write_slot};
use self::parts::{
    read_attempt, read_cleared, read_dispute, read_figure, read_payment, read_refund, write_attempt, write_cleared,
    write_dispute, write_figure, write_payment, write_refund,
};
use crate::item::{Attributes, BadItem, Reader, SCHEMA, VERSION, Writer, bytes, flag, instant, list, number, text};
use crate::keys::{DAY, DUE, DUE_SHARD, PK, TTL, USER, day, due_shard, order, parse_order_partition};
use crate::pieces::{read_policy, read_sold, write_policy, write_sold};
use crate::size::{item_bytes, value_bytes};
use crate::words::{Unreadable, Word as _};

pub(crate) const ORDER_SCHEMA: u32 = 1;
const WRITTEN_BY: &str = "w";
const TIMELINE: &str = "tl";

/// An order of 64 KiB is one that something goes wrong with, and every write of it costs 64 units: its timeline gives way.
pub(crate) const MOST_ORDER_BYTES: usize = 64 * 1024;
/// What is left may be as large as DynamoDB takes (400 KiB), with room for what a later release put there: a provider can make
/// any number of refunds of one payment, and what is said of money must find its place.
pub(crate) const MOST_STORED_BYTES: usize = 384 * 1024;

/// Every attribute that is written here, besides the keys. Others are a later release's, and stay as they are.
pub(crate) const KNOWN: [&str; 31] = [
    SCHEMA, VERSION, WRITTEN_BY, "c", "e", USER, "k", "i", "n", "p", "g", "up", "pl", "at", "pa", "re", "di", "fi",
    "x", "su", "ro", "ga", "rv", "cl", "to", "rm", "sl", TIMELINE, DAY, TTL, DUE,
];

/// All attributes of an order except its keys and `ds`, which goes with `due`. `written_by` tells this call's write from all
/// others. An order that is too large loses its oldest moments but the first (the audit trail has an entry for each); one
/// that the store itself would not take is refused.
pub(crate) fn write_order(order: &Order, abandoned: Seconds, written_by: u64) -> Result<Attributes, BadItem> {
    let item = Writer::default()
        .with_all(write_sold(&order.sold))
        .with(SCHEMA, number(ORDER_SCHEMA))
        .with(VERSION, number(order.version))
        .with(WRITTEN_BY, bytes(written_by.to_be_bytes()))
        .with("c", instant(order.created_at))
        .with("e", instant(order.expire_at))
        .with("pl", text(write_policy(&order.policy)))
        .with("at", list(order.attempts.iter().map(write_attempt)))
        .with("pa", list(order.payments.iter().map(write_payment)))
        .with("re", list(order.refunds.iter().map(write_refund)))
        .with("di", list(order.disputes.iter().map(write_dispute)))
        .with("fi", list(order.figures.iter().map(write_figure)))
        .with("x", order.cancelled.map(write_cancelled))
        .with("su", order.superseded.map(instant))
        .with("ro", Some(number(order.granting.round)).filter(|_| order.granting.round != 1))
        .with("ga", order.granting.granted.map(instant))
        .with("rv", order.granting.revoked.map(instant))
        .with("cl", list(order.cleared.iter().map(write_cleared)))
        .with("to", list(order.told.iter().map(|hold| text(write_hold(*hold)))))
        .with("rm", flag(order.reminded))
        .with("sl", list(order.schedule.iter().map(|slot| text(write_slot(slot)))))
        .with(TIMELINE, list(order.timeline.iter().map(|moment| text(write_moment(moment)))))
        .with(DAY, text(day(order.no, order.created_at)))
        .with(TTL, order.delete_at(abandoned).map(instant))
        .with(DUE, order.due_at().map(instant))
        .item();
    fold(order, item)
}

pub(crate) fn read_order(item: &Attributes) -> Result<Order, BadItem> {
    let reader = Reader::new(item);
    let no = parse_order_partition(reader.text(PK)?).ok_or(BadItem::BadValue(PK))?;
    let granting = Granting {
        round: reader.maybe_number("ro")?.unwrap_or(1),
        granted: reader.maybe_instant("ga")?,
        revoked: reader.maybe_instant("rv")?,
    };
    Ok(Order::from_facts(Facts {
        no,
        version: reader.number(VERSION)?,
        created_at: reader.instant("c")?,
        expire_at: reader.instant("e")?,
        sold: Arc::new(read_sold(reader)?),
        policy: reader.parsed("pl", read_policy)?,
        attempts: reader.maps("at", read_attempt)?,
        payments: reader.maps("pa", read_payment)?,
        refunds: reader.maps("re", read_refund)?,
        disputes: reader.maps("di", read_dispute)?,
        figures: reader.maps("fi", read_figure)?,
        cancelled: reader.maybe_parsed("x", read_cancelled)?,
        superseded: reader.maybe_instant("su")?,
        granting,
        cleared: reader.maps("cl", read_cleared)?,
        told: reader.texts("to", |line| read_hold(line).map_err(|_| BadItem::BadValue("to")))?,
        reminded: reader.flag("rm")?,
        schedule: reader.texts("sl", |line| read_slot(line).map_err(|_| BadItem::BadValue("sl")))?,
        timeline: reader.texts(TIMELINE, |line| read_moment(line).map_err(|_| BadItem::BadValue(TIMELINE)))?,
    }))
}

/// What a store must know of an item before it may write over it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stands {
    pub schema: u32,
    pub version: u64,
    pub written_by: Option<u64>,
    pub ttl: Option<Time>,
    pub due: Option<Time>,
}

/// Reads that much of an order, also of one that cannot be read otherwise.
pub(crate) fn read_stands(item: &Attributes) -> Result<Stands, BadItem> {
    let reader = Reader::new(item);
    let written_by = reader.maybe_bytes(WRITTEN_BY)?.and_then(|bytes| bytes.try_into().ok());
    Ok(Stands {
        schema: reader.number(SCHEMA)?,
        version: reader.number(VERSION)?,
        written_by: written_by.map(u64::from_be_bytes),
        ttl: reader.maybe_instant(TTL)?,
        due: reader.maybe_instant(DUE)?,
    })
}

fn write_cancelled(cancelled: Cancelled) -> AttributeValue {
    text(format_args!("{} {}", cancelled.at.unix(), cancelled.why.word()))
}

fn read_cancelled(text: &str) -> Result<Cancelled, Unreadable> {
    let (at, why) = text.split_once(' ').ok_or(Unreadable)?;
    Ok(Cancelled { at: read_instant(at)?, why: till_domain::order::Why::of(why)? })
}

/// Takes the oldest moments but the first away until the whole item, its keys and shard included, is within its limit.
fn fold(of: &Order, mut item: Attributes) -> Result<Attributes, BadItem> {
    let keys = item_bytes(&order(of.no).attributes());
    let shard = DUE_SHARD.len().saturating_add(due_shard(of.no).len());
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
