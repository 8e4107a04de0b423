//! What the team reads: each list is a page of an index or of one partition, and orders that an index names are read again.

use std::cmp::Reverse;

use futures_util::StreamExt as _;
use futures_util::future::try_join;
use futures_util::stream;
use till_app::ports::{
    Command, FindTrade, HeldOrder, Kept, KeptRecord, KeptRejected, KeptTeamRecord, ListHeld, ListNumbers, ListRecords,
    ListRejected, LoadOrders, LoadedOrders, NumbersPage, TeamSubject, Unavailable,
};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::provider::Provider;
use till_domain::text::TradeNo;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, BadItem, Reader, instant, text};
use crate::kept_records::{read_record, read_rejected};
use crate::keys::{
    self, BY_DAY, BY_TRADE, DAY, DAY_SHARDS, HELD, HELD_SINCE, IS_HELD, ItemKey, PK, RECORD_PREFIX, SK, TRADE,
    order_partition, parse_order_partition,
};
use crate::pages::PageQuery;
use crate::team_records::read_team_record;

const MOST_IN_A_BATCH: usize = 100;
/// Days without orders that one page passes over, each for four queries.
const MOST_DAYS_A_PAGE: usize = 8;
/// An entry of the index has some hundred bytes, and a query returns at most 1 MiB.
const MOST_NUMBERS: usize = 2_000;
/// A trade number is one payment; more orders than one are named only by an index that lags.
const MOST_OF_A_TRADE: usize = 10;
/// Pages of the index for the commands of one day: some forty thousand.
const MOST_PAGES: u32 = 4;

impl ListNumbers for Aws {
    async fn list_numbers(&self, days: Days, before: Option<OrderNo>, most: usize) -> Result<NumbersPage, Unavailable> {
        let most = most.clamp(1, MOST_NUMBERS);
        let mut numbers: Vec<OrderNo> = Vec::new();
        let mut day = before.map_or(days.last, |before| newest_day(before).min(days.last));
        for _ in 0..MOST_DAYS_A_PAGE {
            if day < days.first {
                return Ok(NumbersPage { numbers, next: None });
            }
            let left = most.saturating_sub(numbers.len());
            let (of_day, is_whole) = self.numbers_of_day(day, before, left).await?;
            numbers.extend(of_day);
            if !is_whole {
                return Ok(NumbersPage { next: numbers.last().copied(), numbers });
            }
            if day == days.first {
                return Ok(NumbersPage { numbers, next: None });
            }
            if numbers.len() >= most {
                break;
            }
            day = day.minus(1);
        }
        let next = if numbers.len() >= most { numbers.last().copied() } else { Some(least_number(day.plus(1))) };
        Ok(NumbersPage { numbers, next })
    }
}

/// Orders of earlier days have smaller numbers.
fn least_number(day: Day) -> OrderNo {
    OrderNo::mint(day.start(), 0)
}

/// The newest day with numbers below this one.
fn newest_day(before: OrderNo) -> Day {
    let day = Day::of_order(before);
    if before == least_number(day) { day.minus(1) } else { day }
}

impl LoadOrders for Aws {
    async fn load_orders(&self, numbers: &[OrderNo]) -> Result<LoadedOrders, Unavailable> {
        // A batch must not name a key twice.
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable_by_key(|no| Reverse(*no));
        numbers.dedup();
        let mut items = Vec::with_capacity(numbers.len());
        for batch in numbers.chunks(MOST_IN_A_BATCH) {
            let keys: Vec<ItemKey> = batch.iter().map(|no| keys::order(*no)).collect();
            items.extend(self.read_items(&keys).await?);
        }
        self.take_orders(&items).await
    }
}

impl FindTrade for Aws {
    async fn find_trade(&self, provider: Provider, trade_no: &TradeNo) -> Result<Vec<OrderNo>, Unavailable> {
        let query = PageQuery::of_index(BY_TRADE, TRADE, keys::trade(provider, trade_no));
        let (items, _) = self.page(query, MOST_OF_A_TRADE).await?;
        let mut numbers: Vec<OrderNo> = items.iter().filter_map(number).collect();
        numbers.dedup();
        Ok(numbers)
    }
}

impl ListHeld for Aws {
    async fn list_held(&self, after: Option<HeldOrder>, most: usize) -> Result<Vec<HeldOrder>, Unavailable> {
        let start = after.map(|after| {
            let mut key = keys::order(after.no).attributes();
            key.extend([(HELD.to_owned(), text(IS_HELD)), (HELD_SINCE.to_owned(), instant(after.since))]);
            key
        });
        let query = PageQuery::of_index(HELD, HELD, IS_HELD.to_owned()).starting_after(start);
        let (items, _) = self.page(query, most).await?;
        // An unreadable entry is logged and left out.
        let held = |item: &Attributes| {
            let no = number(item).ok_or(BadItem::BadValue(PK))?;
            Ok::<_, BadItem>(HeldOrder { since: Reader::new(item).get_as(HELD_SINCE)?, no })
        };
        Ok(items.iter().filter_map(|item| held(item).or_unavailable("Query").ok()).collect())
    }
}

impl ListRejected for Aws {
    async fn list_rejected(
        &self,
        day: Day,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<KeptRejected>, Unavailable> {
        let query = PageQuery::of_partition(keys::strays_partition(day)).newest_first().at_place(from);
        self.kept(query, most, read_rejected).await
    }
}

impl ListRecords for Aws {
    async fn list_records(
        &self,
        no: OrderNo,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<KeptRecord>, Unavailable> {
        let query = PageQuery::of_partition(order_partition(no)).beginning_with(RECORD_PREFIX);
        self.kept(query.newest_first().at_place(from), most, read_record).await
    }

    async fn list_commands(&self, day: Day, from: Option<&str>, most: usize) -> Result<Kept<Command>, Unavailable> {
        let mut places = self.commands_of(day).await?;
        places.retain(|place| from.is_none_or(|from| place_of(place).as_str() < from));
        let most = most.clamp(1, MOST_IN_A_BATCH);
        let has_more = places.len() > most;
        places.truncate(most);
        let next = places.last().filter(|_| has_more).map(place_of);
        let mut items = self.read_items(&places).await?;
        items.sort_by_cached_key(|item| Reverse(place(item).map(|key| place_of(&key))));
        Ok(readable(&items, next, read_command))
    }

    async fn list_team_records(
        &self,
        subject: &TeamSubject,
        from: Option<&str>,
        most: usize,
    ) -> Result<Kept<KeptTeamRecord>, Unavailable> {
        let query = PageQuery::of_partition(keys::team_partition(subject)).newest_first().at_place(from);
        self.kept(query, most, read_team_record).await
    }
}

impl Aws {
    /// The newest numbers of a day, and whether these are all that are older than `before`.
    async fn numbers_of_day(
        &self,
        day: Day,
        before: Option<OrderNo>,
        most: usize,
    ) -> Result<(Vec<OrderNo>, bool), Unavailable> {
        let below = before.map(order_partition);
        let shards = (0..DAY_SHARDS).map(|shard| {
            let query = PageQuery::of_index(BY_DAY, DAY, keys::day_shard(day, shard)).newest_first();
            self.page(query.below(PK, below.clone()), most)
        });
        let pages: Vec<_> = stream::iter(shards).buffer_unordered(DAY_SHARDS.into()).collect().await;
        let (mut numbers, mut is_whole) = (Vec::new(), true);
        for page in pages {
            let (items, last) = page?;
            is_whole &= last.is_none();
            numbers.extend(items.iter().filter_map(number));
        }
        numbers.sort_unstable_by_key(|no| Reverse(*no));
        is_whole &= numbers.len() <= most;
        numbers.truncate(most);
        Ok((numbers, is_whole))
    }

    /// Where the entries of a day are that the team caused, newest first. The index has them by order: a day of the team's has so
    /// few that all are read.
    async fn commands_of(&self, day: Day) -> Result<Vec<ItemKey>, Unavailable> {
        let (of_orders, others) = (self.places_of(keys::commands(day)), self.places_of(keys::team_day(day)));
        let (mut places, others) = try_join(of_orders, others).await?;
        places.extend(others);
        places.sort_by_cached_key(|key| Reverse(place_of(key)));
        Ok(places)
    }

    async fn places_of(&self, day: String) -> Result<Vec<ItemKey>, Unavailable> {
        let (mut places, mut start) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let query = PageQuery::of_index(BY_DAY, DAY, day.clone()).starting_after(start);
            let (items, last) = self.page(query, usize::MAX).await?;
            places.extend(items.iter().filter_map(place));
            start = last;
            if start.is_none() {
                break;
            }
        }
        if start.is_some() {
            tracing::warn!("a day has more commands than are listed");
        }
        Ok(places)
    }

    pub(crate) async fn kept<T>(
        &self,
        query: PageQuery,
        most: usize,
        read: fn(&Attributes) -> Result<T, BadItem>,
    ) -> Result<Kept<T>, Unavailable> {
        let (items, last) = self.page(query, most).await?;
        let next = last.as_ref().and_then(|key| Reader::new(key).text(SK).ok()).map(str::to_owned);
        Ok(readable(&items, next, read))
    }
}

/// A page of these items. An unreadable one is logged and named, and the others are there.
pub(crate) fn readable<T>(
    items: &[Attributes],
    next: Option<String>,
    read: fn(&Attributes) -> Result<T, BadItem>,
) -> Kept<T> {
    let mut page = Kept { items: Vec::with_capacity(items.len()), unreadable: Vec::new(), next };
    for item in items {
        match read(item).or_unavailable("Query") {
            Ok(one) => page.items.push(one),
            Err(Unavailable) => page.unreadable.push(place(item).map(|key| key.sk).unwrap_or_default()),
        }
    }
    page
}

fn number(item: &Attributes) -> Option<OrderNo> {
    Reader::new(item).text(PK).ok().and_then(parse_order_partition)
}

fn read_command(item: &Attributes) -> Result<Command, BadItem> {
    if number(item).is_some() {
        read_record(item).map(Command::OfOrder)
    } else {
        read_team_record(item).map(Command::Other)
    }
}

fn place(item: &Attributes) -> Option<ItemKey> {
    let reader = Reader::new(item);
    Some(ItemKey { pk: reader.text(PK).ok()?.to_owned(), sk: reader.text(SK).ok()?.to_owned() })
}

/// Sorts by time, then by what it is about.
fn place_of(key: &ItemKey) -> String {
    format!("{} {}", key.sk, key.pk)
}

#[cfg(test)]
mod tests;
