//! An entry of the ledger as an item. It is written once, on condition that its source has no entry yet.

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use till_app::caller::Caller;
use till_domain::product::Grant;
use till_domain::text::UserId;
use till_domain::wallet::{ByHand, Change, Entry, Portion, Source};

use crate::codec::{Stored, list};
use crate::item::{Attributes, BadItem, Reader, attributes};
use crate::keys;
use crate::records::commanded_by;

pub const SCHEMA: u32 = 1;

/// An entry's part of a transaction. Who commanded it stands beside it for people; no rule reads it.
pub fn ledger_put(table: &str, user: &UserId, entry: &Entry, by: Option<&Caller>) -> Result<Put, BadItem> {
    let mut item = write(entry);
    item.extend(attributes(commanded_by(by)));
    item.extend(keys::ledger(user, &entry.source()).attributes());
    Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .map_err(|_| BadItem::Missing("entry"))
}

pub fn write(entry: &Entry) -> Attributes {
    let mut item = attributes([
        ("src", entry.source().store()),
        ("t", entry.at().store()),
        ("v", entry.version().store()),
        ("schema", SCHEMA.store()),
    ]);
    let change = match entry.change() {
        Change::Grant { granted: _, grants, kept, upgrade } => {
            // Not `u`: that is the key of an index, which accepts no list.
            attributes([("g", Some(list(grants))), ("k", kept.store()), ("up", upgrade.store())])
        }
        Change::Revoke { granted: _, points, granted_in } => {
            attributes([("p", points.store()), ("gv", granted_in.store())])
        }
        Change::Spend { key: _, points, quota, reason } => {
            let (name, count) = quota.as_ref().map(|(name, count)| (name, count)).unzip();
            let quota = [("q", name.and_then(Stored::store)), ("n", count.and_then(Stored::store))];
            let mut change = attributes([("p", points.store()), ("r", reason.store())]);
            change.extend(attributes(quota));
            change
        }
        Change::Admin { key: _, done, reason } => {
            let mut change = attributes([("r", reason.store())]);
            change.extend(write_by_hand(done));
            change
        }
    };
    item.extend(change);
    item
}

/// The source tells the kind of an entry.
pub fn read(item: &Attributes) -> Result<Entry, BadItem> {
    let reader = Reader::new(item);
    let change = match reader.get_as("src")? {
        Source::Grant(granted) => Change::Grant {
            granted,
            grants: reader.get_as("g")?,
            kept: reader.get_as("k")?,
            upgrade: reader.get_as("up")?,
        },
        Source::Revoke(granted) => {
            Change::Revoke { granted, points: reader.get_as("p")?, granted_in: reader.get_as("gv")? }
        }
        Source::Spend(key) => Change::Spend {
            key,
            points: reader.get_as("p")?,
            quota: match reader.get_as("q")? {
                Some(name) => Some((name, reader.get_as("n")?)),
                None => None,
            },
            reason: reader.get_as("r")?,
        },
        Source::Admin(key) => Change::Admin { key, done: read_by_hand(reader)?, reason: reader.get_as("r")? },
    };
    Entry::new(change, reader.get_as("t")?, reader.get_as("v")?).map_err(|_| BadItem::BadValue("entry"))
}

/// The names of its attributes tell what was done.
fn write_by_hand(done: &ByHand) -> Attributes {
    match done {
        ByHand::Grant(grants) => attributes([("g", Some(list(grants)))]),
        ByHand::Extend(membership) => attributes([("m", Grant::Membership(membership.clone()).store())]),
        ByHand::Revoke { asked, taken } => attributes([("a", asked.store()), ("b", taken.store())]),
    }
}

fn read_by_hand(item: Reader<'_>) -> Result<ByHand, BadItem> {
    match ["g", "m", "a"].map(|name| item.has(name)) {
        [true, false, false] => item.get_as("g").map(ByHand::Grant),
        [false, true, false] => match item.get_as("m")? {
            Grant::Membership(membership) => Ok(ByHand::Extend(membership)),
            Grant::Points(_) | Grant::Quota(_) => Err(BadItem::BadValue("m")),
        },
        [false, false, true] => Ok(ByHand::Revoke { asked: item.get_as("a")?, taken: item.get_as("b")? }),
        // A change by hand that a later release knows.
        _ => Err(BadItem::BadValue("entry")),
    }
}

/// A map: points, a quota's name and count, a tier and its seconds.
impl Stored for Portion {
    fn store(&self) -> Option<AttributeValue> {
        let Self { points, quota, membership } = self;
        let (quota, count) = quota.as_ref().map(|(name, count)| (name, count)).unzip();
        let (tier, time) = membership.as_ref().map(|(tier, time)| (tier, time)).unzip();
        Some(AttributeValue::M(attributes([
            ("p", points.store()),
            ("q", quota.and_then(Stored::store)),
            ("n", count.and_then(Stored::store)),
            ("m", tier.and_then(Stored::store)),
            ("d", time.and_then(Stored::store)),
        ])))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let item = Reader::of_map(stored, name)?;
        Ok(Self { points: item.get_as("p")?, quota: pair(item, "q", "n")?, membership: pair(item, "m", "d")? })
    }
}

fn pair<A: Stored, B: Stored>(
    item: Reader<'_>,
    first: &'static str,
    second: &'static str,
) -> Result<Option<(A, B)>, BadItem> {
    if item.has(first) { Ok(Some((item.get_as(first)?, item.get_as(second)?))) } else { Ok(None) }
}
