//! Alarms until their end was told, and whose turn it is to send them: one item for each alarm, and one for the turn, all in one
//! partition. Each write is on the version that was read.
//!
//! | name | what | name | what |
//! |---|---|---|---|
//! | `since` `last` `n` | raised first, raised last, how often | `ended` | over since |
//! | `no` `trade` `account` `amount` | what it is about | `val` `lim` `note` | what was measured, its limit, a note |
//! | `told` | by channel: when it accepted the last message (`at`), and whether that said that it is over (`end`) | `ttl` | some time after it is over |
//!
//! An alarm whose end was told leaves an item with `ended` and `ttl` alone, which is not listed: there may be any number of these.

mod listing;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{
    Alarm, AlarmWord, KeepAlarms, KeptAlarm, ListedAlarms, Measured, Pause, SendingTurn, Told, Unavailable,
};
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::{OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader, SCHEMA, VERSION, attributes, instant, number, text};
use crate::keys::{self, ItemKey, TTL};
use crate::update::ItemUpdate;

const ALARM_SCHEMA: u32 = 1;
/// How long the end of an alarm can still be looked up. Longer than a queue keeps a message, so that an old one does not raise it
/// anew.
const KEPT_AFTER_END: Seconds = Seconds::days(30);
const OPTIONAL: [&str; 9] = ["ended", "no", "trade", "account", "amount", "val", "lim", "note", TTL];
/// The table may delete an item long after its time.
const NONE_OR_EXPIRED: &str = "attribute_not_exists(pk) OR #ttl <= :now";
const UNCHANGED: &str = "#v = :before AND #schema <= :ours";
const NO_LATER_END: &str = "attribute_not_exists(#ended) OR #ended <= :ended";

impl KeepAlarms for Aws {
    async fn load_kept(&self, word: AlarmWord, subject: &str) -> Result<Option<KeptAlarm>, Unavailable> {
        let item = self.read_item(&keys::alarm(word, subject)).await?;
        item.map(|item| read(word, subject, &item).or_unavailable("kept alarm")).transpose()
    }

    async fn save_kept(&self, kept: &KeptAlarm) -> Result<bool, Unavailable> {
        let written = write(kept);
        let gone = OPTIONAL.into_iter().filter(|name| !written.contains_key(*name)).collect();
        let key = keys::alarm(kept.alarm.word, &kept.alarm.subject);
        if self.write_version(key, kept.version, written, gone).await? {
            return Ok(true);
        }
        // The SDK may repeat a call that took effect and whose answer was lost.
        Ok(self.load_kept(kept.alarm.word, &kept.alarm.subject).await?.as_ref() == Some(kept))
    }

    async fn list_kept(&self) -> Result<ListedAlarms, Unavailable> {
        self.list_alarms().await
    }

    async fn put_away(&self, kept: &KeptAlarm, ended: Time) -> Result<bool, Unavailable> {
        let KeptAlarm { alarm: Alarm { word, subject, .. }, version, .. } = kept;
        // Its end comes first: if the process stops in between, the alarm is put away once more.
        let end = attributes([
            (SCHEMA, ALARM_SCHEMA.store()),
            ("ended", ended.store()),
            (TTL, ended.plus(KEPT_AFTER_END).store()),
        ]);
        let update = ItemUpdate::new(keys::ended_alarm(*word, subject), NO_LATER_END).set_all(end);
        if let Err(error) = update.call(self)?.send().await {
            classify(&error).conflict("UpdateItem")?;
        }
        let delete = self.delete_item(&keys::alarm(*word, subject))?;
        let delete = delete.condition_expression("#v = :v AND #schema <= :ours");
        let delete = delete.expression_attribute_names("#v", VERSION).expression_attribute_names("#schema", SCHEMA);
        let delete = delete.expression_attribute_values(":v", number(*version));
        let delete = delete.expression_attribute_values(":ours", number(ALARM_SCHEMA));
        let Err(error) = delete.send().await else { return Ok(true) };
        classify(&error).conflict("DeleteItem")?;
        Ok(false)
    }

    async fn load_end(&self, word: AlarmWord, subject: &str) -> Result<Option<Time>, Unavailable> {
        let item = self.read_item(&keys::ended_alarm(word, subject)).await?;
        item.map(|item| Reader::new(&item).get_as("ended").or_unavailable("ended alarm")).transpose()
    }

    async fn load_turn(&self) -> Result<SendingTurn, Unavailable> {
        let item = self.read_item(&keys::sending_turn()).await?;
        item.map_or_else(|| Ok(SendingTurn::default()), |item| read_turn(&item).or_unavailable("turn of sending"))
    }

    async fn save_turn(&self, turn: &SendingTurn) -> Result<bool, Unavailable> {
        let gone = if turn.busy_until.is_none() { vec!["busy"] } else { Vec::new() };
        if self.write_version(keys::sending_turn(), turn.version, write_turn(turn), gone).await? {
            return Ok(true);
        }
        Ok(self.load_turn().await? == *turn)
    }
}

impl Aws {
    /// Writes an item over the version before this one, and returns whether that was the stored one.
    async fn write_version(
        &self,
        key: ItemKey,
        version: u64,
        written: Attributes,
        gone: Vec<&'static str>,
    ) -> Result<bool, Unavailable> {
        let update = match version.checked_sub(1).filter(|before| *before > 0) {
            None => ItemUpdate::new(key, NONE_OR_EXPIRED).value("now", instant(self.now())),
            Some(before) => {
                ItemUpdate::new(key, UNCHANGED).value("before", number(before)).value("ours", number(ALARM_SCHEMA))
            }
        };
        let update = update.set_all(written).remove(gone.into_iter());
        let Err(error) = update.call(self)?.send().await else { return Ok(true) };
        classify(&error).conflict("UpdateItem")?;
        Ok(false)
    }
}

fn write(kept: &KeptAlarm) -> Attributes {
    let KeptAlarm { version, alarm, since, last, raised, ended, told } = kept;
    let Alarm { word: _, subject: _, order_no, trade_no, account, amount, measured, note } = alarm;
    let told = told.iter().map(|(channel, told)| {
        let map = attributes([("at", told.at.store()), ("end", told.is_end.store())]);
        (channel.clone(), AttributeValue::M(map))
    });
    attributes([
        (SCHEMA, ALARM_SCHEMA.store()),
        (VERSION, version.store()),
        ("since", since.store()),
        ("last", last.store()),
        ("n", raised.store()),
        ("ended", ended.store()),
        ("no", order_no.store()),
        ("trade", trade_no.store()),
        ("account", account.store()),
        ("amount", amount.store()),
        ("val", measured.as_ref().map(|measured| text(&measured.value))),
        ("lim", measured.as_ref().map(|measured| text(&measured.limit))),
        ("note", note.as_ref().map(text)),
        ("told", Some(AttributeValue::M(told.collect()))),
        (TTL, ended.map(|ended| ended.plus(KEPT_AFTER_END)).store()),
    ])
}

fn read(word: AlarmWord, subject: &str, item: &Attributes) -> Result<KeptAlarm, BadItem> {
    let reader = Reader::new(item);
    let optional = |name| if reader.has(name) { reader.text(name).map(|text| Some(text.to_owned())) } else { Ok(None) };
    let measured = optional("val")?.zip(optional("lim")?).map(|(value, limit)| Measured { value, limit });
    let alarm = Alarm {
        word,
        subject: subject.to_owned(),
        order_no: reader.get_as("no")?,
        trade_no: reader.get_as("trade")?,
        account: reader.get_as("account")?,
        amount: reader.get_as("amount")?,
        measured,
        note: optional("note")?,
    };
    Ok(KeptAlarm {
        version: reader.get_as(VERSION)?,
        alarm,
        since: reader.get_as("since")?,
        last: reader.get_as("last")?,
        raised: reader.get_as("n")?,
        ended: reader.get_as("ended")?,
        told: read_map(reader, "told", |told| Ok(Told { at: told.get_as("at")?, is_end: told.get_as("end")? }))?,
    })
}

fn write_turn(turn: &SendingTurn) -> Attributes {
    let pauses = turn.pauses.iter().map(|(channel, pause)| {
        let Pause { since, failures, until } = pause;
        let map = attributes([("since", since.store()), ("failures", failures.store()), ("until", until.store())]);
        (channel.clone(), AttributeValue::M(map))
    });
    attributes([
        (SCHEMA, ALARM_SCHEMA.store()),
        (VERSION, turn.version.store()),
        ("busy", turn.busy_until.store()),
        ("holder", Some(number(turn.holder))),
        ("pauses", Some(AttributeValue::M(pauses.collect()))),
    ])
}

fn read_turn(item: &Attributes) -> Result<SendingTurn, BadItem> {
    let reader = Reader::new(item);
    Ok(SendingTurn {
        version: reader.get_as(VERSION)?,
        busy_until: reader.get_as("busy")?,
        holder: reader.get_as("holder")?,
        pauses: read_map(reader, "pauses", |pause| {
            let until = pause.get_as("until")?;
            // Releases before this one did not write since when.
            let since = pause.get_as::<Option<Time>>("since")?.unwrap_or(until);
            Ok(Pause { since, failures: pause.get_as("failures")?, until })
        })?,
    })
}

fn read_map<T>(
    reader: Reader<'_>,
    name: &'static str,
    read: impl Fn(Reader<'_>) -> Result<T, BadItem>,
) -> Result<BTreeMap<String, T>, BadItem> {
    let map = reader.get(name).ok_or(BadItem::Missing(name))?.as_m().map_err(|_| BadItem::WrongKind(name))?;
    map.iter().map(|(key, value)| Ok((key.clone(), read(Reader::of_map(Some(value), name)?)?))).collect()
}

#[cfg(test)]
mod tests;
