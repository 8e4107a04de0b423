//! The audit trail, and how orphans are written. No rule reads the audit trail back, people do. Texts from outside are truncated here again, so
//! that an entry stays small for every callback.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::caller::{Caller, Role};
use till_app::ports::{CallbackAudit, KeepRecord, Orphan, Record};
use till_domain::day::Day;
use till_domain::order::{RefundId, RefundWord, Report, Says};

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::classify;
use crate::item::{Attributes, SCHEMA, attributes, text};
use crate::keys::{self, DAY, TTL};
use crate::random::random_number;

const RECORD_SCHEMA: u32 = 1;
/// An address has at most 45 characters, a hash 64.
const MOST_SHORT_CHARACTERS: usize = 64;
/// A payment's notification has about a dozen facts.
const MOST_FACTS: usize = 32;
/// The longest number that a provider gives has 128 characters.
const MOST_FACT_CHARACTERS: usize = 256;
/// Keys that are tried for one entry: two entries of one second have the same key once in 65,536 times.
const MOST_KEYS: u32 = 3;

impl KeepRecord for Aws {
    async fn keep_record(&self, record: Record) {
        let attributes = write_record(&record, self.settings.records_live);
        for _ in 0..MOST_KEYS {
            let key = keys::record(record.order, record.at, random_number());
            let Ok(put) = self.put_item(&key, attributes.clone()) else { return };
            let Err(error) = put.condition_expression("attribute_not_exists(pk)").send().await else { return };
            if classify(&error).conflict("PutItem").is_err() {
                return;
            }
        }
        tracing::warn!("an entry of the audit trail was not stored: every key that was tried is taken");
    }
}

/// The attributes of an entry of the audit trail, without its key.
fn write_record(record: &Record, lifetime: till_domain::time::Seconds) -> Attributes {
    let [by, role] = commanded_by(record.by.as_ref());
    attributes([
        (SCHEMA, RECORD_SCHEMA.store()),
        ("at", record.at.store()),
        ("cause", record.cause.store()),
        ("account", record.account.store()),
        ("outcome", Some(text(record.outcome))),
        ("came", record.callback.as_ref().map(write_callback)),
        by,
        role,
        (DAY, is_command_of_the_team(record).then(|| text(keys::commands(Day::of(record.at))))),
        ("remedy", record.remedy.as_ref().map(|remedy| text(remedy.word.as_str()))),
        ("reason", record.remedy.as_ref().map(|remedy| text(&remedy.reason))),
        (TTL, record.at.plus(lifetime).store()),
    ])
}

/// These are listed by day: what buyers do is not, it is many times as much.
fn is_command_of_the_team(record: &Record) -> bool {
    match record.by.as_ref().map(|by| by.role) {
        Some(Role::Admin | Role::Service) => true,
        Some(Role::User) | None => false,
    }
}

/// Who commanded something, as items name them. People read it, no rule does.
pub(crate) fn commanded_by(by: Option<&Caller>) -> [(&'static str, Option<AttributeValue>); 2] {
    [("by", by.map(|by| text(&by.user))), ("role", by.map(|by| text(by.role.as_str())))]
}

fn write_callback(callback: &CallbackAudit) -> AttributeValue {
    let facts = callback.facts.iter().take(MOST_FACTS);
    let facts: Attributes =
        facts.map(|(name, value)| ((*name).to_owned(), text(truncate(value, MOST_FACT_CHARACTERS)))).collect();
    AttributeValue::M(attributes([
        ("from", Some(text(truncate(&callback.from, MOST_SHORT_CHARACTERS)))),
        ("hash", Some(text(truncate(&callback.hash, MOST_SHORT_CHARACTERS)))),
        ("facts", Some(AttributeValue::M(facts))),
    ]))
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
            let word = Some(text(refund_word(*word)));
            ("refund", attributes([("refund", id.store()), ("amount", amount.store()), ("word", word)]))
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

const fn refund_word(word: RefundWord) -> &'static str {
    match word {
        RefundWord::Unclear => "unclear",
        RefundWord::NoBalance => "no_balance",
        RefundWord::Processing => "processing",
        RefundWord::Abnormal => "abnormal",
        RefundWord::Succeeded => "succeeded",
        RefundWord::Failed => "failed",
    }
}

fn truncate(value: &str, most_characters: usize) -> &str {
    value.char_indices().nth(most_characters).and_then(|(end, _)| value.get(..end)).unwrap_or(value)
}

#[cfg(test)]
mod tests;
