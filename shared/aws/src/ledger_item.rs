//! An entry of the ledger as an item. It is written once, on there being none of its source, and never again.

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use till_domain::text::{QuotaName, Reason, UserId};
use till_domain::wallet::{Change, Entry, Source};

use crate::goods::{grants, map, maybe_upgrade, money, parse_money, read_grant, upgrade};
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
    let mut set = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    match entry.change() {
        Change::Grant { granted: _, grants: given, kept, upgrade: upgraded } => {
            set("g", grants(given));
            set("k", money(*kept));
            if let Some(upgraded) = upgraded {
                // Not `u`: that is the key of an index, and a list is refused there.
                set("up", upgrade(upgraded));
            }
        }
        Change::Revoke { granted: _, points } => {
            set("p", number(*points));
        }
        Change::Spend { key: _, points, quota, reason } => {
            set("p", number(*points));
            set("r", text(reason));
            if let Some((name, count)) = quota {
                set("q", text(name));
                set("n", number(*count));
            }
        }
    }
    item
}

/// Reads an entry. What kind it is, its source says.
pub fn read(item: &Attributes) -> Result<Entry, BadItem> {
    let reader = Reader::new(item);
    let change = match reader.parsed("src", Source::parse)? {
        Source::Grant(granted) => Change::Grant {
            granted,
            grants: reader.maps("g", read_grant)?,
            kept: reader.parsed("k", parse_money)?,
            upgrade: maybe_upgrade(reader, "up")?,
        },
        Source::Revoke(granted) => Change::Revoke { granted, points: reader.number("p")? },
        Source::Spend(key) => Change::Spend {
            key,
            points: reader.number("p")?,
            quota: match reader.maybe_parsed("q", QuotaName::parse)? {
                Some(name) => Some((name, reader.number("n")?)),
                None => None,
            },
            reason: reader.parsed("r", Reason::parse)?,
        },
    };
    Entry::new(change, reader.instant("t")?, reader.number("v")?).map_err(|_| BadItem::BadValue("entry"))
}
