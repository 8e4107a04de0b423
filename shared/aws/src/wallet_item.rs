//! The wallet as an item. A wallet that a later release wrote is read and never written; attributes that are not known survive
//! every write, because each write names only what it sets.
//!
//! The item also has a ring of sixteen attributes that say which entries of the ledger came last: the entries of a ledger have
//! no order in the table, and an index for them would cost every grant a write.

use aws_sdk_dynamodb::types::Update;
use till_domain::product::Tier;
use till_domain::text::UserId;
use till_domain::wallet::{Entry, Lot, Parts, Replaced, Source, Span, Wallet};

use crate::codec::{Always, Fields as _, Flat, fields};
use crate::item::{Attributes, BadItem, Reader, number, text};
use crate::keys;

pub const SCHEMA: u32 = 1;

/// The places of the ring, each named `e` and the version of the wallet modulo their number.
const RING: [&str; 16] =
    ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14", "e15"];

fields! {
    Parts { version: "v", at: "t", points: "p", spans: "s" as Always, lots: "l" as Always }
    Span { source: "g", tier: "n" as Flat, left: "l", used: "u", worth: "w", replaced: "i" }
    Tier { name: "n", rank: "k" }
    // The credit stands beside the span that gave it: so each depth takes two of the store's levels, not three.
    Replaced { credit: "c", span: "g" as Flat }
    Lot { source: "g", name: "n", left: "l", ends_at: "e" }
}

pub fn read(item: &Attributes) -> Result<Wallet, BadItem> {
    Wallet::from_parts(Parts::read(Reader::new(item))?).map_err(|_| BadItem::BadValue("wallet"))
}

/// The sources of the newest entries, newest first.
pub fn newest(item: &Attributes) -> Result<Vec<Source>, BadItem> {
    let reader = Reader::new(item);
    let version: u64 = reader.get_as("v")?;
    let ring = u64::try_from(RING.len()).unwrap_or(u64::MAX);
    let places = (0..ring.min(version)).map(|back| place(version.saturating_sub(back)));
    places.filter_map(|name| reader.get_as::<Option<Source>>(name).transpose()).collect()
}

/// A wallet's place in a transaction: written on the version before its own, a first version on there being none. The entry
/// that the same transaction writes goes into the ring.
pub fn wallet_update(table: &str, user: &UserId, wallet: &Wallet, entry: &Entry) -> Result<Update, BadItem> {
    let mut sets = Attributes::new();
    wallet.clone().into_parts().write(&mut sets);
    sets.insert("schema".to_owned(), number(SCHEMA));
    sets.insert(place(entry.version()).to_owned(), text(entry.source()));
    let before = wallet.version().saturating_sub(1);
    let condition = if before == 0 {
        "attribute_not_exists(pk)".to_owned()
    } else {
        // What has no schema is of the first.
        "#v = :before AND (attribute_not_exists(#schema) OR #schema <= :schema)".to_owned()
    };
    let mut update = Update::builder()
        .table_name(table)
        .set_key(Some(keys::wallet(user).attributes()))
        .condition_expression(condition);
    if before > 0 {
        update = update.expression_attribute_values(":before", number(before));
    }
    let assignments: Vec<String> = sets.keys().map(|name| format!("#{name} = :{name}")).collect();
    for (name, value) in sets {
        update = update
            .expression_attribute_values(format!(":{name}"), value)
            .expression_attribute_names(format!("#{name}"), name);
    }
    let update = update.update_expression(format!("SET {}", assignments.join(", ")));
    update.build().map_err(|_| BadItem::Missing("wallet"))
}

fn place(version: u64) -> &'static str {
    let ring = u64::try_from(RING.len()).unwrap_or(u64::MAX);
    let at = usize::try_from(version.rem_euclid(ring)).unwrap_or(0);
    RING.get(at).copied().unwrap_or("e0")
}
