//! Records of what the team did to something that is no order: each is a part of the transaction that changes it.

use aws_sdk_dynamodb::types::Put;
use till_app::ports::{KeptTeamRecord, TeamRecord};
use till_domain::day::Day;
use till_domain::time::Seconds;

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::item::{Attributes, BadItem, Reader, SCHEMA, attributes, text};
use crate::keys::{self, DAY, PK, TTL};
use crate::random::random_number;
use crate::records::{RECORD_SCHEMA, truncate};

/// Eight grants with their names have some hundred characters, and 32 prices some five hundred.
const MOST_CHARACTERS: usize = 1_000;

impl Aws {
    /// A record's part of a transaction. If its key is taken, which of two records of one second about one thing happens once in 65,536
    /// times, the transaction fails as after a conflict, and another try has another key.
    pub(crate) fn team_record_put(&self, table: &str, record: &TeamRecord) -> Result<Put, BadItem> {
        let mut item = write(record, self.settings.records_live);
        item.extend(keys::team_record(&record.subject, record.at, random_number()).attributes());
        Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|_| BadItem::Missing("record"))
    }
}

/// The attributes of a record, without its key.
fn write(record: &TeamRecord, lifetime: Seconds) -> Attributes {
    attributes([
        (SCHEMA, RECORD_SCHEMA.store()),
        ("at", record.at.store()),
        ("by", Some(text(&record.by))),
        ("role", record.role.map(|role| text(role.as_str()))),
        ("what", Some(text(truncate(&record.what, MOST_CHARACTERS)))),
        ("reason", record.reason.as_ref().map(text)),
        (DAY, Some(text(keys::team_day(Day::of(record.at))))),
        (TTL, record.at.plus(lifetime).store()),
    ])
}

pub(crate) fn read_team_record(item: &Attributes) -> Result<KeptTeamRecord, BadItem> {
    let reader = Reader::new(item);
    let (kind, name) = keys::parse_team_partition(reader.text(PK)?).ok_or(BadItem::BadValue(PK))?;
    Ok(KeptTeamRecord {
        subject: (kind.to_owned(), name.to_owned()),
        at: reader.get_as("at")?,
        by: reader.text("by")?.to_owned(),
        role: reader.get_as("role")?,
        what: reader.text("what")?.to_owned(),
        reason: reader.get_as("reason")?,
    })
}

#[cfg(test)]
mod tests;
