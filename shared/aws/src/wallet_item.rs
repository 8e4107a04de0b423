//! The wallet as an item.

use aws_sdk_dynamodb::types::Update;
use till_domain::text::UserId;
use till_domain::wallet::Wallet;

use crate::item::{BadItem, number};
use crate::keys;

/// A wallet's place in a transaction: written on the version before its own, a first version on there being none.
pub(crate) fn wallet_update(table: &str, user: &UserId, wallet: &Wallet) -> Result<Update, BadItem> {
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(keys::wallet(user).attributes()))
        .update_expression("SET v = :v, p = :p")
        .condition_expression(if wallet.version() == 1 { "attribute_not_exists(pk)" } else { "v = :before" })
        .expression_attribute_values(":v", number(wallet.version()))
        .expression_attribute_values(":p", number(wallet.points()));
    let update = if wallet.version() == 1 {
        update
    } else {
        update.expression_attribute_values(":before", number(wallet.version().saturating_sub(1)))
    };
    update.build().map_err(|_| BadItem::Missing("wallet"))
}
