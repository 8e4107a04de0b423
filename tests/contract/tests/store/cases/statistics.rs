//! Statistics of days: each is replaced as a whole, and by a later count only.

use till_app::ports::{LoadStatistics as _, SaveStatistics as _};
use till_domain::day::{Day, Days};
use till_domain::statistics::{DayStatistics, DayTally, count};
use till_domain::time::Seconds;

use crate::fixture::{order, start};
use crate::tested_store::TestedStore;

fn counted(day: Day, seconds: u32, orders: u64) -> DayStatistics {
    let mut tally = DayTally::default();
    (0..orders).for_each(|n| count(&mut tally, &order(n)));
    DayStatistics { day, counted_at: start().plus(Seconds(seconds)), made_from: day.start(), tally }
}

pub async fn statistics_of_days_read_back_earliest_first(tested: &impl TestedStore) {
    let store = tested.store();
    let today = Day::of(start());
    let days = Days { first: today.minus(2), last: today };
    assert_eq!(store.load_statistics(days).await, Ok(vec![]));
    let (first, last) = (counted(today.minus(2), 0, 3), counted(today, 0, 0));
    for one in [&last, &first, &counted(today.minus(3), 0, 1)] {
        assert_eq!(store.save_statistics(one).await, Ok(true));
    }
    assert_eq!(store.load_statistics(days).await, Ok(vec![first, last]));
}

pub async fn later_count_of_a_day_replaces_an_earlier_one_only(tested: &impl TestedStore) {
    let store = tested.store();
    let today = Day::of(start());
    let later = counted(today, 60, 2);
    for (one, is_saved) in
        [(counted(today, 0, 1), true), (later.clone(), true), (later.clone(), true), (counted(today, 59, 5), false)]
    {
        assert_eq!(store.save_statistics(&one).await, Ok(is_saved));
    }
    assert_eq!(store.load_statistics(Days::one(today)).await, Ok(vec![later]));
}
