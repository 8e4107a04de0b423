//! Counters of calls and of refunds, and notes of rejected callbacks (strays). None may become a way to fill the table from outside.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnValue;
use till_app::ports::{
    Alarm, AlarmWord, CountCalls, CountRefunds, GivenBack, KeepRejected, Measured, RaiseAlarm as _, RejectedCallback,
    Scope, Unavailable,
};
use till_domain::money::Money;
use till_domain::provider::Account;
use till_domain::text::AccountId;
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, Reader, attributes, instant, number, text};
use crate::keys::{self, TTL};
use crate::random::random_number;

/// Longer than any window, so that no counter expires while its window is open.
const COUNTER_LIFETIME: Seconds = Seconds::hours(1);

/// Notes that one process keeps in a minute, even if a sender invents accounts. Each has at most 512 bytes.
const MOST_STRAYS: usize = 20;
/// The limit of each of the three texts from outside: it keeps a note with its keys below 512 bytes.
const MOST_TEXT_BYTES: usize = 64;

/// So many refused callbacks of one account within [`REFUSED_WINDOW`] are told to the team: by far more than happen by a late
/// change of a key.
const MANY_REFUSED: u32 = 20;
const REFUSED_WINDOW: Seconds = Seconds::minutes(10);
/// Accounts that a process counts. The names are those of our own accounts.
const MOST_REFUSED_ACCOUNTS: usize = 64;

impl CountCalls for Aws {
    async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable> {
        let update = self.clients.dynamodb().update_item().table_name(self.table()?);
        let counted = update
            .set_key(Some(keys::rate(scope, value, now).attributes()))
            .update_expression("ADD #n :one SET #ttl = :ttl")
            .expression_attribute_names("#n", "n")
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":ttl", instant(now.plus(COUNTER_LIFETIME)))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .or_unavailable("UpdateItem")?;
        let count = counted.attributes.unwrap_or_default();
        Reader::new(&count).get_as("n").or_unavailable("counter")
    }
}

impl CountRefunds for Aws {
    /// One item for each day: `n`, and an amount for each currency.
    async fn count_refund(&self, amount: Money, now: Time) -> Result<GivenBack, Unavailable> {
        let update = self.clients.dynamodb().update_item().table_name(self.table()?);
        let currency = amount.currency().to_string();
        let counted = update
            .set_key(Some(keys::refunds(now).attributes()))
            .update_expression("ADD #n :one, #currency :minor SET #ttl = :ttl")
            .expression_attribute_names("#n", "n")
            .expression_attribute_names("#currency", &currency)
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":minor", number(amount.minor()))
            .expression_attribute_values(":ttl", instant(now.plus(self.settings.records_live)))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .or_unavailable("UpdateItem")?;
        let day = counted.attributes.unwrap_or_default();
        let refunds = Reader::new(&day).get_as("n").or_unavailable("counter")?;
        let minor = day.get(&currency).and_then(|sum| sum.as_n().ok()?.parse().ok()).ok_or(Unavailable)?;
        Ok(GivenBack { refunds, minor })
    }
}

impl KeepRejected for Aws {
    async fn keep_rejected(&self, rejected: &RejectedCallback) {
        if let Some(account) = self.is_refused_often(rejected) {
            let measured = Some(Measured::new(MANY_REFUSED, format_args!("{} min", REFUSED_WINDOW.0 / 60)));
            let alarm = Alarm::about_account(AlarmWord::RefusedCallbacks, &account);
            // If this is lost, the next refused callbacks raise it again.
            let _ = self.raise(&Alarm { measured, note: Some(rejected.reason.to_owned()), ..alarm }).await;
        }
        if !self.admits(rejected) {
            return;
        }
        let item = write(rejected, rejected.at.plus(self.settings.records_live));
        let Ok(put) = self.put_item(&keys::stray(rejected.at, random_number()), item) else { return };
        // An error is logged; the callback is refused whether or not a note of it is kept.
        let _ = put.send().await.or_unavailable("PutItem");
    }
}

impl Aws {
    /// The account, if this is one more of many that were refused.
    fn is_refused_often(&self, rejected: &RejectedCallback) -> Option<Account> {
        // A callback to an address without an account, or with an invented one, is no account's.
        let account = Account { provider: rejected.provider, id: AccountId::parse(&rejected.account).ok()? };
        let mut refused = self.cache.refused.borrow_mut();
        refused.retain(|_, (since, _)| *since <= rejected.at && rejected.at.since(*since) < REFUSED_WINDOW);
        let name = format!("{}:{}", account.provider, account.id);
        if refused.len() >= MOST_REFUSED_ACCOUNTS && !refused.contains_key(&name) {
            return None;
        }
        let (_, count) = refused.entry(name).or_insert((rejected.at, 0));
        *count = count.saturating_add(1);
        (*count == MANY_REFUSED).then_some(account)
    }

    /// Whether it is the first of its reason and account in its minute, and the minute's limit is not reached.
    fn admits(&self, rejected: &RejectedCallback) -> bool {
        let minute = rejected.at.unix().div_euclid(60);
        let mut kept = self.cache.strays.borrow_mut();
        if kept.0 != minute {
            *kept = (minute, BTreeSet::new());
        }
        let account = truncate(&rejected.account, MOST_TEXT_BYTES);
        kept.1.len() < MOST_STRAYS && kept.1.insert(format!("{}#{}#{account}", rejected.reason, rejected.provider))
    }
}

fn write(rejected: &RejectedCallback, ttl: Time) -> Attributes {
    attributes([
        ("prov", Some(text(rejected.provider))),
        ("acc", Some(text(truncate(&rejected.account, MOST_TEXT_BYTES)))),
        ("why", Some(text(rejected.reason))),
        ("from", Some(text(truncate(&rejected.from, MOST_TEXT_BYTES)))),
        ("len", Some(number(i128::try_from(rejected.length).unwrap_or(i128::MAX)))),
        ("hash", Some(text(truncate(&rejected.hash, MOST_TEXT_BYTES)))),
        ("t", rejected.at.store()),
        (TTL, ttl.store()),
    ])
}

/// Cuts at the end of a whole character.
fn truncate(value: &str, most_bytes: usize) -> &str {
    value.get(..value.floor_char_boundary(most_bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
