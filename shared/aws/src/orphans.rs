//! Payments that fit no order: what is reported of each is kept and never deleted, and a person may decide about it once.

use aws_sdk_dynamodb::types::ReturnValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use till_app::ports::{
    Closing, DecideOrphan, KeepOrphan, Kept, ListOrphans, LoadOrphan, Orphan, Settlement, StoredOrphan, Unavailable,
};
use till_domain::provider::Provider;
use till_domain::text::TradeNo;

use crate::aws::Aws;
use crate::codec::Fields as _;
use crate::error::{OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader, VERSION, instant, number, text};
use crate::keys::{self, HELD, HELD_SINCE, IS_ORPHAN, ItemKey, PK, SK};
use crate::orphan_item::{LATER, is_listed, read_stored, read_version, write_later, write_orphan};
use crate::pages::PageQuery;
use crate::team_lists::readable;
use crate::update::ItemUpdate;

/// How often keeping a report is tried again because another one came at the same time.
const MOST_TRIES: u32 = 5;
/// As many open ones as one batch reads.
const MOST_IN_A_PAGE: usize = 100;
/// A person has not decided about it.
const UNDECIDED: &str = "attribute_exists(pk) AND attribute_not_exists(settled_to) AND attribute_not_exists(closed_at)";

impl KeepOrphan for Aws {
    async fn keep_orphan(&self, orphan: &Orphan) -> Result<StoredOrphan, Unavailable> {
        let key = keys::orphan(orphan.report.account.provider, &orphan.trade_no);
        let new = StoredOrphan::new(orphan.clone());
        let put = self.put_item(&key, write_orphan(&new))?.condition_expression("attribute_not_exists(pk)");
        let Err(error) = put.return_values_on_condition_check_failure(AllOld).send().await else { return Ok(new) };
        // An orphan is never deleted, so one that was in the way is there.
        let mut item = classify(&error).conflict("PutItem")?.cloned().ok_or(Unavailable)?;
        for _ in 0..MOST_TRIES {
            match self.keep_beside(&key, orphan, &item).await? {
                Try::Kept(stored) => return Ok(*stored),
                Try::Conflict(changed) => item = changed,
            }
        }
        tracing::warn!("an orphan changed faster than a report of it could be kept");
        Err(Unavailable)
    }
}

enum Try {
    Kept(Box<StoredOrphan>),
    Conflict(Attributes),
}

impl Aws {
    /// Keeps a report beside those that an item has, if it says anything new and the item has not changed meanwhile.
    async fn keep_beside(&self, key: &ItemKey, orphan: &Orphan, item: &Attributes) -> Result<Try, Unavailable> {
        let mut stored = read_stored(item).or_unavailable("orphan")?;
        let is_news = stored.settlement.is_none() && stored.hear(orphan);
        if !is_news && stored.is_open() == is_listed(item) {
            return Ok(Try::Kept(Box::new(stored)));
        }
        let version = read_version(item).or_unavailable("orphan")?;
        let mut update = ItemUpdate::new(key.clone(), &unchanged(&stored, version))
            .set(VERSION, number(version.unwrap_or_default().saturating_add(1)));
        if let Some(version) = version {
            update = update.value("before", number(version));
        }
        if is_news {
            update = update.set(LATER, write_later(&stored.later));
        }
        update = listed(update, &stored);
        let call = update.call(self)?.return_values_on_condition_check_failure(AllOld);
        let Err(error) = call.send().await else { return Ok(Try::Kept(Box::new(stored))) };
        let changed = classify(&error).conflict("UpdateItem")?.cloned();
        changed.map(Try::Conflict).ok_or(Unavailable)
    }

    /// Writes a decision, unless one stands.
    async fn decide(&self, key: ItemKey, decision: Attributes) -> Result<StoredOrphan, Unavailable> {
        let update = ItemUpdate::new(key, UNDECIDED).set_all(decision).remove([HELD, HELD_SINCE].into_iter());
        let call = update.call(self)?.return_values(ReturnValue::AllNew);
        match call.return_values_on_condition_check_failure(AllOld).send().await {
            Ok(written) => {
                let item = written.attributes.ok_or(Unavailable)?;
                read_stored(&item).or_unavailable("UpdateItem")
            }
            Err(error) => {
                let failed = classify(&error);
                let item = failed.conflict("UpdateItem")?.ok_or(Unavailable)?;
                read_stored(item).or_unavailable("UpdateItem")
            }
        }
    }
}

/// The condition that nothing was added to an orphan and nothing decided about it since it was read.
fn unchanged(stored: &StoredOrphan, version: Option<u64>) -> String {
    let mut conditions = vec!["attribute_exists(pk)"];
    conditions.push(if version.is_some() { "#v = :before" } else { "attribute_not_exists(#v)" });
    if stored.settlement.is_none() {
        conditions.push("attribute_not_exists(settled_to)");
    }
    if stored.closing.is_none() {
        conditions.push("attribute_not_exists(closed_at)");
    }
    conditions.join(" AND ")
}

/// Its entry in the index of what a person has to look at, which only an open one has.
fn listed(update: ItemUpdate, stored: &StoredOrphan) -> ItemUpdate {
    if stored.is_open() {
        update.set(HELD, text(IS_ORPHAN)).set(HELD_SINCE, instant(stored.orphan.at))
    } else {
        update.remove([HELD, HELD_SINCE].into_iter())
    }
}

impl LoadOrphan for Aws {
    async fn load_orphan(&self, provider: Provider, trade_no: &TradeNo) -> Result<Option<StoredOrphan>, Unavailable> {
        let item = self.read_item(&keys::orphan(provider, trade_no)).await?;
        item.map(|item| read_stored(&item).or_unavailable("GetItem")).transpose()
    }
}

impl DecideOrphan for Aws {
    async fn settle_orphan(
        &self,
        provider: Provider,
        trade_no: &TradeNo,
        settlement: &Settlement,
    ) -> Result<StoredOrphan, Unavailable> {
        let mut decision = Attributes::new();
        settlement.write(&mut decision);
        self.decide(keys::orphan(provider, trade_no), decision).await
    }

    async fn close_orphan(
        &self,
        provider: Provider,
        trade_no: &TradeNo,
        closing: &Closing,
    ) -> Result<StoredOrphan, Unavailable> {
        let mut decision = Attributes::new();
        closing.write(&mut decision);
        self.decide(keys::orphan(provider, trade_no), decision).await
    }
}

impl ListOrphans for Aws {
    async fn list_orphans(
        &self,
        provider: Provider,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<StoredOrphan>, Unavailable> {
        let query = PageQuery::of_partition(keys::orphans_partition(provider)).at_place(from);
        self.kept(query, most, read_stored).await
    }

    /// An orphan that the release before settled keeps its entry: it is read and left out.
    async fn list_open_orphans(&self, from: Option<&str>, most: usize) -> Result<Kept<StoredOrphan>, Unavailable> {
        let start = from.map(read_place).transpose().or_unavailable("place")?;
        let query = PageQuery::of_index(HELD, HELD, IS_ORPHAN.to_owned()).starting_after(start);
        let (entries, last) = self.page(query, most.min(MOST_IN_A_PAGE)).await?;
        let next = last.as_ref().map(write_place).transpose().or_unavailable("Query")?;
        let places: Vec<ItemKey> = entries.iter().map(key_of).collect::<Result<_, _>>().or_unavailable("Query")?;
        let items = self.read_items(&places).await?;
        let mut page = readable(&items, next, read_stored);
        page.items.retain(StoredOrphan::is_open);
        page.items.sort_by_key(|stored| stored.orphan.at);
        Ok(page)
    }
}

fn key_of(entry: &Attributes) -> Result<ItemKey, BadItem> {
    let reader = Reader::new(entry);
    Ok(ItemKey { pk: reader.text(PK)?.to_owned(), sk: reader.text(SK)?.to_owned() })
}

/// The key of an entry as text: since when, the partition and the trade number, which has no space.
fn write_place(entry: &Attributes) -> Result<String, BadItem> {
    let since: i64 = Reader::new(entry).get_as(HELD_SINCE)?;
    let ItemKey { pk, sk } = key_of(entry)?;
    Ok(format!("{since} {pk} {sk}"))
}

fn read_place(place: &str) -> Result<Attributes, BadItem> {
    const BAD: BadItem = BadItem::BadValue("place");
    let mut parts = place.splitn(3, ' ');
    let mut part = || parts.next().ok_or(BAD);
    let since: i64 = part()?.parse().map_err(|_| BAD)?;
    let key = ItemKey { pk: part()?.to_owned(), sk: part()?.to_owned() };
    let mut start = key.attributes();
    start.extend([(HELD.to_owned(), text(IS_ORPHAN)), (HELD_SINCE.to_owned(), number(since))]);
    Ok(start)
}

#[cfg(test)]
mod tests;
