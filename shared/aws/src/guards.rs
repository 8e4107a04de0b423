//! What stands at the door: counters of calls, and a note of what was turned away. Neither may become a way to fill the table.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnValue;
use till_app::ports::{CountCalls, KeepRejected, RejectedCallback, Scope, Unavailable};
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::chance::chance;
use crate::error::{unavailable, unusable};
use crate::goods::map;
use crate::item::{Attributes, Reader, instant, number, text};
use crate::keys::{self, TTL};

/// Long enough that nobody counts in a window whose counter is gone.
const COUNTER_LIVES: Seconds = Seconds::hours(1);

/// Strays that one process keeps in a minute, whatever accounts a sender makes up. Of 512 bytes each at most.
const MOST_STRAYS: usize = 20;
/// Three texts of a stray that come from outside; with its words, numbers and keys it stays below 512 bytes.
const MOST_TEXT_BYTES: usize = 64;

impl CountCalls for Aws {
    async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable> {
        let update = self.clients.dynamodb().update_item().table_name(self.table()?);
        let counted = update
            .set_key(Some(keys::rate(scope, value, now).attributes()))
            .update_expression("ADD #n :one SET #ttl = :ttl")
            .expression_attribute_names("#n", "n")
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":ttl", instant(now.plus(COUNTER_LIVES)))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(|error| unavailable("UpdateItem", &error))?;
        let count = counted.attributes.unwrap_or_default();
        Reader::new(&count).get_as("n").map_err(|bad| unusable("counter", &bad))
    }
}

impl KeepRejected for Aws {
    async fn keep_rejected(&self, stray: &RejectedCallback) {
        let Ok(table) = self.table() else { return };
        if !self.admits(stray) {
            return;
        }
        let mut item = write(stray, stray.at.plus(self.settings.records_live));
        item.extend(keys::stray(stray.at, chance()).attributes());
        let put = self.clients.dynamodb().put_item().table_name(table).set_item(Some(item));
        if let Err(error) = put.send().await {
            // Said in the log; the callback is refused whether or not a note of it is kept.
            unavailable("PutItem", &error);
        }
    }
}

impl Aws {
    /// Whether this one is the first of its reason and account in its minute, and there is room.
    fn admits(&self, stray: &RejectedCallback) -> bool {
        let minute = stray.at.unix().div_euclid(60);
        let mut kept = self.cache.strays.borrow_mut();
        if kept.0 != minute {
            *kept = (minute, BTreeSet::new());
        }
        let account = cut(&stray.account, MOST_TEXT_BYTES);
        kept.1.len() < MOST_STRAYS && kept.1.insert(format!("{}#{}#{account}", stray.reason, stray.provider))
    }
}

fn write(stray: &RejectedCallback, ttl: Time) -> Attributes {
    map([
        ("prov", text(stray.provider)),
        ("acc", text(cut(&stray.account, MOST_TEXT_BYTES))),
        ("why", text(stray.reason)),
        ("from", text(cut(&stray.from, MOST_TEXT_BYTES))),
        ("len", number(i128::try_from(stray.length).unwrap_or(i128::MAX))),
        ("hash", text(cut(&stray.hash, MOST_TEXT_BYTES))),
        ("t", instant(stray.at)),
        (TTL, instant(ttl)),
    ])
}

/// At most so many bytes of it, and whole characters.
fn cut(value: &str, most_bytes: usize) -> &str {
    value.get(..value.floor_char_boundary(most_bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
