//! Entries of the audit trail and rejected callbacks as they are read back, for people.

use till_app::ports::{KeptCallback, KeptRecord, KeptRejected};
use till_domain::provider::Provider;

use crate::codec::Text as _;
use crate::item::{Attributes, BadItem, Reader};
use crate::keys::{PK, parse_order_partition};

pub(crate) fn read_record(item: &Attributes) -> Result<KeptRecord, BadItem> {
    let reader = Reader::new(item);
    let by = if reader.has("by") { Some((owned(reader, "by")?, owned(reader, "role")?)) } else { None };
    Ok(KeptRecord {
        order: parse_order_partition(reader.text(PK)?).ok_or(BadItem::BadValue(PK))?,
        at: reader.get_as("at")?,
        cause: owned(reader, "cause")?,
        account: reader.get_as("account")?,
        outcome: owned(reader, "outcome")?,
        callback: reader.get("came").map(|came| read_callback(Reader::of_map(Some(came), "came")?)).transpose()?,
        by,
        remedy: if reader.has("remedy") { Some((owned(reader, "remedy")?, owned(reader, "reason")?)) } else { None },
    })
}

fn read_callback(came: Reader<'_>) -> Result<KeptCallback, BadItem> {
    let facts = came.get("facts").ok_or(BadItem::Missing("facts"))?.as_m().map_err(|_| BadItem::WrongKind("facts"))?;
    let mut named = Vec::with_capacity(facts.len());
    for (name, value) in facts {
        named.push((name.clone(), value.as_s().map_err(|_| BadItem::WrongKind("facts"))?.clone()));
    }
    named.sort_unstable();
    Ok(KeptCallback { from: owned(came, "from")?, hash: owned(came, "hash")?, facts: named })
}

pub(crate) fn read_rejected(item: &Attributes) -> Result<KeptRejected, BadItem> {
    let reader = Reader::new(item);
    Ok(KeptRejected {
        provider: reader.parsed("prov", Provider::of_text)?,
        account: owned(reader, "acc")?,
        reason: owned(reader, "why")?,
        from: owned(reader, "from")?,
        length: reader.get_as("len")?,
        hash: owned(reader, "hash")?,
        at: reader.get_as("t")?,
    })
}

fn owned(reader: Reader<'_>, name: &'static str) -> Result<String, BadItem> {
    reader.text(name).map(str::to_owned)
}
