//! Finds orders with something to do by the index `due`. It is only a hint: it lags, and an entry may be up to two minutes early.
//!
//! Orders that owe money or goods have shards of their own, so that any number of unpaid ones does not hide them. An older release
//! does not know those shards: they are written only where `MONEY_SHARDS` says so, and always read.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::StreamExt as _;
use futures_util::stream;
use till_app::ports::{DUE_SHARDS, DuePart, FindDue, Unavailable};
use till_domain::id::OrderNo;
use till_domain::order::DueKind;
use till_domain::time::Time;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, BadItem, Reader, instant, text};
use crate::keys::{DUE, DUE_SHARD, PK, due_shard_name, parse_order_partition};

/// Four rounds of a few milliseconds each.
const SHARDS_AT_ONCE: usize = 8;
/// A page has 1 MiB, which is some ten thousand entries: no sweep works on as many orders as 32 pages have.
const MOST_PAGES: u32 = 32;

impl FindDue for Aws {
    async fn find_due(&self, part: DuePart, now: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable> {
        let shards = match part {
            DuePart::All | DuePart::MoneyOrGoods => 0..DUE_SHARDS,
            DuePart::Shard(shard) => shard..shard.saturating_add(1),
        };
        let kinds: &[DueKind] = match part {
            DuePart::All | DuePart::Shard(_) => &[DueKind::MoneyOrGoods, DueKind::Look],
            DuePart::MoneyOrGoods => &[DueKind::MoneyOrGoods],
        };
        let shards = kinds.iter().flat_map(|kind| shards.clone().map(move |shard| (shard, *kind)));
        let shards = shards.map(|(shard, kind)| self.due_in(shard, kind, now, most));
        let answers: Vec<_> = stream::iter(shards).buffer_unordered(SHARDS_AT_ONCE).collect().await;
        // The next sweep asks a shard that did not answer again; the orders of the others need not wait for it.
        if answers.iter().all(Result::is_err) {
            return Err(Unavailable);
        }
        let mut due: Vec<(DueKind, Time, OrderNo)> = answers.into_iter().flatten().flatten().collect();
        due.sort_unstable();
        due.truncate(most);
        Ok(due.into_iter().map(|(.., no)| no).collect())
    }
}

impl Aws {
    /// The earliest entries of one shard, since any of them may be among the earliest of all.
    async fn due_in(
        &self,
        shard: u8,
        kind: DueKind,
        now: Time,
        most: usize,
    ) -> Result<Vec<(DueKind, Time, OrderNo)>, Unavailable> {
        let table = self.table()?;
        let mut found = Vec::new();
        let mut from = None;
        for _ in 0..MOST_PAGES {
            let Some(left) = most.checked_sub(found.len()).filter(|left| *left > 0) else { break };
            let query = self
                .clients
                .dynamodb()
                .query()
                .table_name(table)
                .index_name(DUE)
                .key_condition_expression("#shard = :shard AND #due <= :now")
                .expression_attribute_names("#shard", DUE_SHARD)
                .expression_attribute_names("#due", DUE)
                .expression_attribute_values(":shard", text(due_shard_name(shard, kind)))
                .expression_attribute_values(":now", instant(now))
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from);
            let page = query.send().await.or_unavailable("Query")?;
            found.extend(page.items.unwrap_or_default().iter().filter_map(entry).map(|(at, no)| (kind, at, no)));
            from = page
                .last_evaluated_key
                .filter(|key: &std::collections::HashMap<String, AttributeValue>| !key.is_empty());
            if from.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// An unreadable entry is logged and left out.
fn entry(item: &Attributes) -> Option<(Time, OrderNo)> {
    let reader = Reader::new(item);
    let read = || {
        let no = parse_order_partition(reader.text(PK)?).ok_or(BadItem::BadValue(PK))?;
        Ok::<_, BadItem>((reader.get_as(DUE)?, no))
    };
    read().or_unavailable("Query").ok()
}

#[cfg(test)]
mod tests;
