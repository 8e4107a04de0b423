//! The audit trail. No rule reads the audit trail back, people do. Texts from outside are truncated here again, so
//! that an entry stays small for every callback.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::caller::{Caller, Role};
use till_app::ports::{CallbackAudit, KeepRecord, Record};
use till_domain::day::Day;

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::classify;
use crate::item::{Attributes, SCHEMA, attributes, text};
use crate::keys::{self, DAY, TTL};
use crate::random::random_number;

pub(crate) const RECORD_SCHEMA: u32 = 1;
/// An address has at most 45 characters, a hash 64.
pub(crate) const MOST_SHORT_CHARACTERS: usize = 64;
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

pub(crate) fn truncate(value: &str, most_characters: usize) -> &str {
    value.char_indices().nth(most_characters).and_then(|(end, _)| value.get(..end)).unwrap_or(value)
}

#[cfg(test)]
mod tests;
