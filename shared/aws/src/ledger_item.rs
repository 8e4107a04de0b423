//! An entry of the ledger as an item. It is written once, on condition that its source has no entry yet.

use aws_sdk_dynamodb::types::Put;
use till_app::caller::Caller;
use till_domain::text::UserId;
use till_domain::wallet::{Change, Entry, Source};

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
        Change::Revoke { granted: _, points } => attributes([("p", points.store())]),
        Change::Spend { key: _, points, quota, reason } => {
            let (name, count) = quota.as_ref().map(|(name, count)| (name, count)).unzip();
            let quota = [("q", name.and_then(Stored::store)), ("n", count.and_then(Stored::store))];
            let mut change = attributes([("p", points.store()), ("r", reason.store())]);
            change.extend(attributes(quota));
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
        Source::Revoke(granted) => Change::Revoke { granted, points: reader.get_as("p")? },
        Source::Spend(key) => Change::Spend {
            key,
            points: reader.get_as("p")?,
            quota: match reader.get_as("q")? {
                Some(name) => Some((name, reader.get_as("n")?)),
                None => None,
            },
            reason: reader.get_as("r")?,
        },
    };
    Entry::new(change, reader.get_as("t")?, reader.get_as("v")?).map_err(|_| BadItem::BadValue("entry"))
}
