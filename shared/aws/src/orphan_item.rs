//! An orphan as an item: the report that came first in attributes of its own, which older releases read too, those after it in a
//! list, and what a person decided.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{Closing, LaterReport, Orphan, Settlement, StoredOrphan};
use till_domain::id::RefundIndex;
use till_domain::order::{Fingerprint, RefundId, Report, Says};
use till_domain::text::{OutsideRefundNo, TradeNo};

use crate::codec::{Fields as _, Stored, fields};
use crate::item::{Attributes, BadItem, Reader, SCHEMA, VERSION, attributes, instant, text};
use crate::keys::{HELD, HELD_SINCE, IS_ORPHAN, SK};
use crate::records::{MOST_SHORT_CHARACTERS, RECORD_SCHEMA, truncate};

/// The reports after the first.
pub(crate) const LATER: &str = "later";
const SETTLED_TO: &str = "settled_to";
const CLOSED_AT: &str = "closed_at";

fields! {
    Settlement { order: SETTLED_TO, by: "settled_by", reason: "settled_reason", at: "settled_at" }
    Closing {
        by: "closed_by",
        reason: "closed_reason",
        at: CLOSED_AT,
        key: "closed_key",
        request: "closed_request",
    }
}

/// As 32 hex digits.
impl Stored for Fingerprint {
    fn store(&self) -> Option<AttributeValue> {
        Some(text(format_args!("{:032x}", self.0)))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let text = stored.ok_or(BadItem::Missing(name))?.as_s().map_err(|_| BadItem::WrongKind(name))?;
        u128::from_str_radix(text, 16).map(Self).map_err(|_| BadItem::BadValue(name))
    }
}

/// The attributes of a new orphan, without its key. It has no `ttl`, since money is never deleted.
pub(crate) fn write_orphan(stored: &StoredOrphan) -> Attributes {
    let orphan = &stored.orphan;
    let mut item = write_report(&orphan.report);
    item.extend(attributes([
        (SCHEMA, RECORD_SCHEMA.store()),
        ("at", orphan.at.store()),
        ("number", Some(text(truncate(&orphan.number, MOST_SHORT_CHARACTERS)))),
        (HELD, stored.is_open().then(|| text(IS_ORPHAN))),
        (HELD_SINCE, stored.is_open().then(|| instant(orphan.at))),
    ]));
    item
}

pub(crate) fn write_later(later: &[LaterReport]) -> AttributeValue {
    let write = |later: &LaterReport| {
        let mut map = write_report(&later.report);
        map.extend(attributes([("at", later.at.store())]));
        AttributeValue::M(map)
    };
    AttributeValue::L(later.iter().map(write).collect())
}

fn write_report(report: &Report) -> Attributes {
    let Report { attempt, account, asked_at, says } = report;
    let mut item = write_says(says);
    item.extend(attributes([
        ("attempt", attempt.store()),
        ("account", account.store()),
        ("asked_at", asked_at.store()),
    ]));
    item
}

fn write_says(says: &Says) -> Attributes {
    let (word, mut item) = match says {
        Says::Paid { trade_no: _, amount, paid_at, buyer } => {
            let paid = [("amount", amount.store()), ("paid_at", paid_at.store()), ("buyer", buyer.store())];
            ("paid", attributes(paid))
        }
        Says::NotPaid => ("not_paid", attributes([])),
        Says::Processing => ("processing", attributes([])),
        Says::Failed => ("failed", attributes([])),
        Says::Declined(why) => ("declined", attributes([("why", why.store())])),
        Says::Closed { for_good } => ("closed", attributes([("for_good", for_good.store())])),
        Says::Unknown => ("unknown", attributes([])),
        Says::Refund { id, trade_no: _, amount, word } => {
            let id = match id {
                RefundId::Ours(n) => format!("R{n}"),
                RefundId::Theirs(no) => no.to_string(),
            };
            ("refund", attributes([("refund", id.store()), ("amount", amount.store()), ("word", word.store())]))
        }
        Says::BackInAll { trade_no: _, amount } => ("back_in_all", attributes([("amount", amount.store())])),
        Says::BackUnclear { trade_no: _ } => ("back_unclear", attributes([])),
        Says::Dispute { no, trade_no: _, amount, state } => {
            ("dispute", attributes([("dispute", no.store()), ("amount", amount.store()), ("word", state.store())]))
        }
    };
    item.insert("says".to_owned(), text(word));
    item
}

/// Its key has its trade number.
fn read_orphan(item: &Attributes) -> Result<Orphan, BadItem> {
    let reader = Reader::new(item);
    let trade_no = reader.parsed(SK, TradeNo::parse)?;
    let report = read_report(reader, &trade_no)?;
    Ok(Orphan { number: reader.text("number")?.to_owned(), trade_no, report, at: reader.get_as("at")? })
}

fn read_later(item: &Attributes, trade_no: &TradeNo) -> Result<Vec<LaterReport>, BadItem> {
    let Some(list) = item.get(LATER) else { return Ok(Vec::new()) };
    let list = list.as_l().map_err(|_| BadItem::WrongKind(LATER))?;
    let read = |stored: &AttributeValue| {
        let reader = Reader::of_map(Some(stored), LATER)?;
        Ok(LaterReport { report: read_report(reader, trade_no)?, at: reader.get_as("at")? })
    };
    list.iter().map(read).collect()
}

fn read_report(item: Reader<'_>, trade_no: &TradeNo) -> Result<Report, BadItem> {
    Ok(Report {
        attempt: item.get_as("attempt")?,
        account: item.get_as("account")?,
        asked_at: item.get_as("asked_at")?,
        says: read_says(item, trade_no.clone())?,
    })
}

fn read_says(item: Reader<'_>, trade_no: TradeNo) -> Result<Says, BadItem> {
    Ok(match item.text("says")? {
        "paid" => Says::Paid {
            trade_no,
            amount: item.get_as("amount")?,
            paid_at: item.get_as("paid_at")?,
            buyer: item.get_as("buyer")?,
        },
        "not_paid" => Says::NotPaid,
        "processing" => Says::Processing,
        "failed" => Says::Failed,
        "declined" => Says::Declined(item.get_as("why")?),
        "closed" => Says::Closed { for_good: item.get_as("for_good")? },
        "unknown" => Says::Unknown,
        "refund" => {
            let id = item.parsed("refund", refund_id)?;
            Says::Refund { id, trade_no, amount: item.get_as("amount")?, word: item.get_as("word")? }
        }
        "back_in_all" => Says::BackInAll { trade_no, amount: item.get_as("amount")? },
        "back_unclear" => Says::BackUnclear { trade_no },
        "dispute" => Says::Dispute {
            no: item.get_as("dispute")?,
            trade_no,
            amount: item.get_as("amount")?,
            state: item.get_as("word")?,
        },
        _ => return Err(BadItem::BadValue("says")),
    })
}

fn refund_id(text: &str) -> Result<RefundId, ()> {
    let ours = text.strip_prefix('R').filter(|n| n.len() <= 2 && !n.starts_with('0'));
    let ours = ours.and_then(|n| n.parse().ok()).and_then(RefundIndex::new).map(RefundId::Ours);
    ours.map_or_else(|| OutsideRefundNo::parse(text).map(RefundId::Theirs).map_err(|_| ()), Ok)
}

pub(crate) fn read_stored(item: &Attributes) -> Result<StoredOrphan, BadItem> {
    let (orphan, reader) = (read_orphan(item)?, Reader::new(item));
    Ok(StoredOrphan {
        later: read_later(item, &orphan.trade_no)?,
        settlement: reader.has(SETTLED_TO).then(|| Settlement::read(reader)).transpose()?,
        closing: reader.has(CLOSED_AT).then(|| Closing::read(reader)).transpose()?,
        orphan,
    })
}

/// How often reports were added; `None` if only the first is there.
pub(crate) fn read_version(item: &Attributes) -> Result<Option<u64>, BadItem> {
    Reader::new(item).get_as(VERSION)
}

/// Whether it has an entry in the index of what a person has to look at.
pub(crate) fn is_listed(item: &Attributes) -> bool {
    item.contains_key(HELD)
}

#[cfg(test)]
mod tests;
