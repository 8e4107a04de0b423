//! The wallet as an item. A wallet that a later release wrote is read and never written; attributes that are not known survive
//! every write, because each write names only what it sets.
//!
//! The item also has a ring of sixteen attributes that say which entries of the ledger came last: the entries of a ledger have
//! no order in the table, and an index for them would cost every grant a write.

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use till_domain::product::Tier;
use till_domain::text::{QuotaName, TierName, UserId};
use till_domain::time::Seconds;
use till_domain::wallet::{Entry, Granted, Lot, Parts, Replaced, Source, Span, Wallet};

use crate::goods::{map, money, parse_money};
use crate::item::{Attributes, BadItem, Reader, instant, number, text};
use crate::keys;

pub const SCHEMA: u32 = 1;

/// The places of the ring, each named `e` and the version of the wallet modulo their number.
const RING: [&str; 16] =
    ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14", "e15"];

pub fn read(item: &Attributes) -> Result<Wallet, BadItem> {
    let reader = Reader::new(item);
    let parts = Parts {
        version: reader.number("v")?,
        at: reader.instant("t")?,
        points: reader.number("p")?,
        spans: reader.maps("s", read_span)?,
        lots: reader.maps("l", read_lot)?,
    };
    Wallet::from_parts(parts).map_err(|_| BadItem::BadValue("wallet"))
}

/// The sources of the newest entries, newest first.
pub fn newest(item: &Attributes) -> Result<Vec<Source>, BadItem> {
    let reader = Reader::new(item);
    let version: u64 = reader.number("v")?;
    let ring = u64::try_from(RING.len()).unwrap_or(u64::MAX);
    let places = (0..ring.min(version)).map(|back| place(version.saturating_sub(back)));
    places.filter_map(|name| reader.maybe_parsed(name, Source::parse).transpose()).collect()
}

/// A wallet's place in a transaction: written on the version before its own, a first version on there being none. The entry
/// that the same transaction writes goes into the ring.
pub fn wallet_update(table: &str, user: &UserId, wallet: &Wallet, entry: &Entry) -> Result<Update, BadItem> {
    let Parts { version, at, points, spans, lots } = wallet.clone().into_parts();
    let mut sets = vec![("v", number(version)), ("t", instant(at)), ("p", number(points))];
    sets.push(("s", AttributeValue::L(spans.iter().map(|span| AttributeValue::M(write_span(span))).collect())));
    sets.push(("l", AttributeValue::L(lots.iter().map(write_lot).collect())));
    sets.push(("schema", number(SCHEMA)));
    sets.push((place(entry.version()), text(entry.source())));
    let before = version.saturating_sub(1);
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
    let assignments: Vec<String> = sets.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
    for (name, value) in sets {
        update = update
            .expression_attribute_names(format!("#{name}"), name)
            .expression_attribute_values(format!(":{name}"), value);
    }
    let update = update.update_expression(format!("SET {}", assignments.join(", ")));
    update.build().map_err(|_| BadItem::Missing("wallet"))
}

fn place(version: u64) -> &'static str {
    let ring = u64::try_from(RING.len()).unwrap_or(u64::MAX);
    let at = usize::try_from(version.rem_euclid(ring)).unwrap_or(0);
    RING.get(at).copied().unwrap_or("e0")
}

fn write_span(span: &Span) -> Attributes {
    let mut written = map([
        ("g", text(span.source)),
        ("n", text(&span.tier.name)),
        ("k", number(span.tier.rank)),
        ("l", number(span.left.0)),
        ("u", number(span.used.0)),
        ("w", money(span.worth)),
    ]);
    if !span.replaced.is_empty() {
        // The credit stands beside the span that gave it: so each depth takes two of the store's levels, not three.
        let inner = span.replaced.iter().map(|inner| {
            let mut written = write_span(&inner.span);
            written.insert("c".to_owned(), money(inner.credit));
            AttributeValue::M(written)
        });
        written.insert("i".to_owned(), AttributeValue::L(inner.collect()));
    }
    written
}

fn read_span(reader: Reader<'_>) -> Result<Span, BadItem> {
    let inner =
        |reader: Reader<'_>| Ok(Replaced { credit: reader.parsed("c", parse_money)?, span: read_span(reader)? });
    Ok(Span {
        source: reader.parsed("g", Granted::parse)?,
        tier: Tier { name: reader.parsed("n", TierName::parse)?, rank: reader.number("k")? },
        left: Seconds(reader.number("l")?),
        used: Seconds(reader.number("u")?),
        worth: reader.parsed("w", parse_money)?,
        replaced: reader.maps("i", inner)?,
    })
}

fn write_lot(lot: &Lot) -> AttributeValue {
    AttributeValue::M(map([
        ("g", text(lot.source)),
        ("n", text(&lot.name)),
        ("l", number(lot.left)),
        ("e", instant(lot.ends_at)),
    ]))
}

fn read_lot(reader: Reader<'_>) -> Result<Lot, BadItem> {
    Ok(Lot {
        source: reader.parsed("g", Granted::parse)?,
        name: reader.parsed("n", QuotaName::parse)?,
        left: reader.number("l")?,
        ends_at: reader.instant("e")?,
    })
}
