//! The wallet as an item. Unknown attributes survive every write, because each write names only what it sets.
//!
//! The item also has a ring of sixteen attributes with the sources of the newest ledger entries: the entries of a ledger have
//! no order in the table, and an index for them would cost every grant a write.

use aws_sdk_dynamodb::types::Update;
use till_domain::product::Tier;
use till_domain::text::UserId;
use till_domain::wallet::{Ended, Entry, Giver, Lot, Parts, PointsByHand, Replaced, Source, Span, TakenPoints, Wallet};

use crate::codec::{EvenIfEmpty, Fields as _, Inline, UnlessDefault, fields};
use crate::item::{Attributes, BadItem, Reader, number, text};
use crate::keys;
use crate::update::ItemUpdate;

/// The latest shape that this release knows.
const SCHEMA: u32 = 2;
/// The shape that releases without changes by hand know too.
const WITHOUT_CHANGES_BY_HAND: u32 = 1;
/// A map, or none if the team has neither given nor taken points.
const POINTS_BY_HAND: &str = "h";

/// The attribute for an entry is `e` and the wallet's version modulo 16.
const RING: [&str; 16] =
    ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14", "e15"];

fields! {
    Parts {
        version: "v", at: "t", points: "p", points_by_hand: POINTS_BY_HAND as UnlessDefault, spans: "s" as EvenIfEmpty,
        lots: "l" as EvenIfEmpty, ended: "m",
    }
    Span { source: "g", tier: "n" as Inline, left: "l", used: "u", worth: "w", replaced: "i" }
    Tier { name: "n", rank: "k" }
    // The credit is beside the attributes of its span, so that each depth takes two of DynamoDB's 32 levels and not three.
    Replaced { credit: "c", span: "g" as Inline }
    Lot { source: "g", name: "n", left: "l", ends_at: "e" }
    Ended { tier: "n" as Inline, at: "e" }
    PointsByHand { given: "g", taken: "t" }
    TakenPoints { version: "v", points: "p" }
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

/// A wallet's part of a transaction: it replaces the version before its own, and a first version replaces nothing. The source of
/// the entry in the same transaction goes into the ring.
pub fn wallet_update(table: &str, user: &UserId, wallet: &Wallet, entry: &Entry) -> Result<Update, BadItem> {
    let mut sets = Attributes::new();
    wallet.clone().into_parts().write(&mut sets);
    sets.insert("schema".to_owned(), number(schema_of(wallet)));
    let absent = Some(POINTS_BY_HAND).filter(|name| !sets.contains_key(*name));
    sets.insert(place(entry.version()).to_owned(), text(entry.source()));
    let (key, before) = (keys::wallet(user), wallet.version().saturating_sub(1));
    let update = if before == 0 {
        ItemUpdate::new(key, "attribute_not_exists(pk)")
    } else {
        // A wallet without a schema has the first one.
        let condition = "#v = :before AND (attribute_not_exists(#schema) OR #schema <= :known)";
        ItemUpdate::new(key, condition).value("before", number(before)).value("known", number(SCHEMA))
    };
    update
        .set_all(sets)
        .remove(absent.into_iter())
        .in_transaction(table)
        .build()
        .map_err(|_| BadItem::Missing("wallet"))
}

/// A release without changes by hand would take back from an order what was taken by hand already, and cannot read who gave
/// what: it must not write such a wallet. All others it may.
fn schema_of(wallet: &Wallet) -> u32 {
    let (spans, lots) = (wallet.spans().iter(), wallet.lots().iter());
    let mut givers = spans.map(|span| &span.source).chain(lots.map(|lot| &lot.source));
    let is_by_hand = !wallet.points_by_hand().taken.is_empty() || givers.any(Giver::is_by_hand);
    if is_by_hand { SCHEMA } else { WITHOUT_CHANGES_BY_HAND }
}

fn place(version: u64) -> &'static str {
    let ring = u64::try_from(RING.len()).unwrap_or(u64::MAX);
    let at = usize::try_from(version.rem_euclid(ring)).unwrap_or(0);
    RING.get(at).copied().unwrap_or("e0")
}
