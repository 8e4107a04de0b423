//! An entry of the ledger as an item. It is written once, on there being none of its source, and never again.

use aws_sdk_dynamodb::types::Put;
use till_domain::text::UserId;
use till_domain::wallet::{Change, Entry, Source};

use crate::codec::{Always, As as _, Plain};
use crate::goods::map;
use crate::item::{Attributes, BadItem, Reader, instant, number, text};
use crate::keys;

pub const SCHEMA: u32 = 1;

/// An entry's place in a transaction: written on there being none of its source.
pub fn ledger_put(table: &str, user: &UserId, entry: &Entry) -> Result<Put, BadItem> {
    let mut item = write(entry);
    item.extend(keys::ledger(user, &entry.source()).attributes());
    Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .map_err(|_| BadItem::Missing("entry"))
}

pub fn write(entry: &Entry) -> Attributes {
    let mut item = map([
        ("src", text(entry.source())),
        ("t", instant(entry.at())),
        ("v", number(entry.version())),
        ("schema", number(SCHEMA)),
    ]);
    match entry.change() {
        Change::Grant { granted: _, grants, kept, upgrade } => {
            Always::write(grants, "g", &mut item);
            Plain::write(kept, "k", &mut item);
            // Not `u`: that is the key of an index, and a list is refused there.
            Plain::write(upgrade, "up", &mut item);
        }
        Change::Revoke { granted: _, points } => Plain::write(points, "p", &mut item),
        Change::Spend { key: _, points, quota, reason } => {
            Plain::write(points, "p", &mut item);
            Plain::write(reason, "r", &mut item);
            if let Some((name, count)) = quota {
                Plain::write(name, "q", &mut item);
                Plain::write(count, "n", &mut item);
            }
        }
    }
    item
}

/// Reads an entry. What kind it is, its source says.
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
