//! Statistics of days in the table: one item for each day, replaced as a whole, and never by an earlier count.

use till_app::ports::{LoadStatistics, SaveStatistics, Unavailable};
use till_domain::day::Days;
use till_domain::statistics::DayStatistics;

use crate::aws::Aws;
use crate::error::{OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader, SCHEMA, instant, number};
use crate::keys::{self, ItemKey, PK};
use crate::statistics_item::{COUNTED_AT, STATISTICS_SCHEMA, read, write};

/// As many as one batch reads.
const MOST_DAYS: u32 = 100;
const NOT_LATER: &str = "attribute_not_exists(#pk) OR (#schema <= :schema AND #t <= :t)";

impl LoadStatistics for Aws {
    async fn load_statistics(&self, days: Days) -> Result<Vec<DayStatistics>, Unavailable> {
        if days.count() > MOST_DAYS {
            tracing::error!("statistics of more days than one batch reads were asked for");
            return Err(Unavailable);
        }
        let keys: Vec<ItemKey> = (0..days.count()).map(|n| keys::statistics(days.first.plus(n))).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = self.read_items(&keys).await?;
        // A day that cannot be read is counted anew, like one that is missing.
        let mut stored: Vec<DayStatistics> = items.iter().filter_map(|item| readable(item).ok()).collect();
        stored.sort_unstable_by_key(|statistics| statistics.day);
        Ok(stored)
    }
}

impl SaveStatistics for Aws {
    async fn save_statistics(&self, statistics: &DayStatistics) -> Result<bool, Unavailable> {
        let item = write(statistics).or_unavailable("statistics")?;
        let put = self.put_item(&keys::statistics(statistics.day), item)?;
        let put = put
            .condition_expression(NOT_LATER)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#schema", SCHEMA)
            .expression_attribute_names("#t", COUNTED_AT)
            .expression_attribute_values(":schema", number(STATISTICS_SCHEMA))
            .expression_attribute_values(":t", instant(statistics.counted_at));
        let Err(error) = put.send().await else { return Ok(true) };
        classify(&error).conflict("PutItem")?;
        Ok(false)
    }
}

fn readable(item: &Attributes) -> Result<DayStatistics, BadItem> {
    let day = keys::parse_statistics_partition(Reader::new(item).text(PK)?).ok_or(BadItem::BadValue(PK));
    let read = day.and_then(|day| read(day, item));
    if let Err(bad) = &read {
        tracing::warn!(reason = %bad, "a day's statistics cannot be read");
    }
    read
}

#[cfg(test)]
mod tests {
    use till_domain::day::Day;
    use till_domain::statistics::{Buyers, DayTally};
    use till_domain::text::UserId;
    use till_domain::time::{Seconds, Time};

    use super::*;
    use crate::item::text;
    use crate::test_aws::TestAws;

    fn day() -> Day {
        Day::parse("2026-11-21").unwrap()
    }

    fn counted(day: Day, at: Time, buyers: u32) -> DayStatistics {
        let mut known = Buyers::default();
        (0..buyers).for_each(|n| known.add(&UserId::parse(&n.to_string()).unwrap()));
        let tally = DayTally { buyers: known, ..DayTally::default() };
        DayStatistics { day, counted_at: at, made_from: day.start(), tally }
    }

    #[tokio::test]
    async fn later_count_replaces_an_earlier_one_and_not_the_reverse() {
        let test = TestAws::new().await;
        let days = Days { first: day().minus(1), last: day().plus(1) };
        assert_eq!(test.aws.load_statistics(days).await, Ok(vec![]));
        let (first, second) = (counted(day(), day().end(), 1), counted(day(), day().end().plus(Seconds(5)), 2));
        assert_eq!(test.aws.save_statistics(&first).await, Ok(true));
        assert_eq!(test.aws.save_statistics(&second).await, Ok(true));
        assert_eq!(test.aws.save_statistics(&second).await, Ok(true), "a repeated call");
        assert_eq!(test.aws.save_statistics(&first).await, Ok(false));
        let other = counted(day().minus(1), day().end(), 3);
        assert_eq!(test.aws.save_statistics(&other).await, Ok(true));
        assert_eq!(test.aws.load_statistics(days).await, Ok(vec![other, second.clone()]));
        assert_eq!(test.aws.load_statistics(Days::one(day())).await, Ok(vec![second]));
        let none = Days { first: day(), last: day().minus(1) };
        assert_eq!(test.aws.load_statistics(none).await, Ok(vec![]));
        let many = Days { first: day().minus(100), last: day() };
        assert_eq!(test.aws.load_statistics(many).await, Err(Unavailable));
    }

    #[tokio::test]
    async fn item_that_cannot_be_read_is_missing_and_one_of_a_later_schema_is_not_replaced() {
        let test = TestAws::new().await;
        let place = keys::statistics(day());
        let statistics = counted(day(), day().end(), 1);
        assert_eq!(test.aws.save_statistics(&statistics).await, Ok(true));
        test.set(&place, "g", text("damaged")).await;
        assert_eq!(test.aws.load_statistics(Days::one(day())).await, Ok(vec![]));
        assert_eq!(test.aws.save_statistics(&statistics).await, Ok(true));
        test.set(&place, SCHEMA, number(STATISTICS_SCHEMA + 1)).await;
        assert_eq!(test.aws.load_statistics(Days::one(day())).await, Ok(vec![]));
        assert_eq!(test.aws.save_statistics(&statistics).await, Ok(false));
    }
}
