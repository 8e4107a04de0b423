//! An orphan as an item, with its settlement.

use till_app::ports::{Orphan, Settlement, StoredOrphan};
use till_domain::id::RefundIndex;
use till_domain::order::{RefundId, Report, Says};
use till_domain::text::{OutsideRefundNo, TradeNo};

use crate::codec::{Fields as _, Stored as _, fields};
use crate::item::{Attributes, BadItem, Reader, SCHEMA, attributes, text};
use crate::keys::SK;
use crate::records::{MOST_SHORT_CHARACTERS, RECORD_SCHEMA, truncate};

const SETTLED_TO: &str = "settled_to";

fields! {
    Settlement { order: SETTLED_TO, by: "settled_by", reason: "settled_reason", at: "settled_at" }
}

/// The attributes of an orphan, without its key. It has no `ttl`, since money is never deleted.
pub(crate) fn write_orphan(orphan: &Orphan) -> Attributes {
    let Report { attempt, account, asked_at, says } = &orphan.report;
    let mut item = write_says(says);
    item.extend(attributes([
        (SCHEMA, RECORD_SCHEMA.store()),
        ("at", orphan.at.store()),
        ("number", Some(text(truncate(&orphan.number, MOST_SHORT_CHARACTERS)))),
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
    let report = Report {
        attempt: reader.get_as("attempt")?,
        account: reader.get_as("account")?,
        asked_at: reader.get_as("asked_at")?,
        says: read_says(reader, trade_no.clone())?,
    };
    Ok(Orphan { number: reader.text("number")?.to_owned(), trade_no, report, at: reader.get_as("at")? })
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

pub(crate) fn read_settlement(item: &Attributes) -> Result<Option<Settlement>, BadItem> {
    let reader = Reader::new(item);
    if reader.has(SETTLED_TO) { Settlement::read(reader).map(Some) } else { Ok(None) }
}

pub(crate) fn read_stored(item: &Attributes) -> Result<StoredOrphan, BadItem> {
    Ok(StoredOrphan { orphan: read_orphan(item)?, settlement: read_settlement(item)? })
}

#[cfg(test)]
mod tests;
