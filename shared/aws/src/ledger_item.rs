//! An entry of the ledger as an item.

use aws_sdk_dynamodb::types::Put;
use till_domain::text::UserId;
use till_domain::wallet::Entry;

use crate::item::{BadItem, instant, number};
use crate::keys;

/// An entry's place in a transaction: written on there being none of its source.
pub(crate) fn ledger_put(table: &str, user: &UserId, entry: &Entry) -> Result<Put, BadItem> {
    Put::builder()
        .table_name(table)
        .set_item(Some(keys::ledger(user, &entry.source()).attributes()))
        .item("at", instant(entry.at()))
        .item("v", number(entry.version()))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .map_err(|_| BadItem::Missing("entry"))
}
