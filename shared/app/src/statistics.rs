//! Statistics of days: counted from the orders themselves, rolled up at night for the days that can still change, and read.
//!
//! A day is counted as a whole and written at once, so a run that is killed leaves the days before it counted anew and the others
//! as they were, and a run that is repeated counts the same.

use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::statistics::{DayStatistics, DayTally, count};
use till_domain::time::{Seconds, Time};

use crate::ports::{Clock, ListNumbers, LoadOrders, LoadStatistics, SaveStatistics, Unavailable};

/// Orders that are looked up and read together.
const PAGE: usize = 500;
/// The index by day lags by less than this.
const INDEX_CATCHES_UP_WITHIN: Seconds = Seconds::minutes(5);

pub trait CountOrders: ListNumbers + LoadOrders + Clock {}

impl<P: ListNumbers + LoadOrders + Clock> CountOrders for P {}

/// What one run of the night has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RolledUp {
    /// Days that were counted and written.
    pub counted: u32,
    /// Days that had been counted since midnight already.
    pub known: u32,
    /// Days for which no time was left, or which ended a moment ago.
    pub left: u32,
    /// Days that could not be read or written.
    pub failed: u32,
    pub orders: usize,
    /// Orders of the counted days that could not be read.
    pub unreadable: u64,
}

/// Counts each of the last `days` days that was not counted since midnight in China, yesterday first. No page is begun after
/// `begin_until`; the next run goes on with what is left. A day that fails does not keep the others from being counted.
pub async fn roll_up<P>(ports: &P, days: u32, begin_until: Time) -> Result<RolledUp, Unavailable>
where
    P: CountOrders + LoadStatistics + SaveStatistics,
{
    let today = Day::of(ports.now());
    let past = Days { first: today.minus(days), last: today.minus(1) };
    let stored = ports.load_statistics(past).await?;
    let is_known = |day: Day| stored.iter().any(|one| one.day == day && one.counted_at >= today.start());
    let mut done = RolledUp::default();
    for back in 1..=days {
        let day = today.minus(back);
        if is_known(day) {
            done.known = done.known.saturating_add(1);
            continue;
        }
        if ports.now() < day.end().plus(INDEX_CATCHES_UP_WITHIN) {
            done.left = done.left.saturating_add(1);
            continue;
        }
        match count_and_save(ports, day, begin_until).await {
            Ok(Some(counted)) => {
                done.counted = done.counted.saturating_add(1);
                done.orders = done.orders.saturating_add(counted.orders);
                done.unreadable = done.unreadable.saturating_add(counted.statistics.tally.unreadable);
            }
            Ok(None) => {
                done.left = done.left.saturating_add(days.saturating_sub(back)).saturating_add(1);
                break;
            }
            Err(Unavailable) => done.failed = done.failed.saturating_add(1),
        }
    }
    Ok(done)
}

/// `None` if there was not enough time.
async fn count_and_save<P>(ports: &P, day: Day, begin_until: Time) -> Result<Option<CountedDay>, Unavailable>
where
    P: CountOrders + SaveStatistics,
{
    let Some(counted) = count_day(ports, day, Bound::Time(begin_until), |_| {}).await? else { return Ok(None) };
    ports.save_statistics(&counted.statistics).await?;
    Ok(Some(counted))
}

/// The figures of a day, and where they are from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownDay {
    pub statistics: DayStatistics,
    pub is_rolled_up: bool,
}

/// The figures of these days, the earliest first. Days that are not over or were never rolled up are counted now, the newest
/// first and within each the newest orders first, until `most_orders` were read.
pub async fn read_statistics<P>(ports: &P, days: Days, most_orders: usize) -> Result<Vec<ShownDay>, Unavailable>
where
    P: CountOrders + LoadStatistics,
{
    let mut stored = ports.load_statistics(days).await?;
    let mut left = most_orders;
    let mut shown = Vec::new();
    for back in 0..days.count() {
        let day = days.last.minus(back);
        let known = stored.iter().position(|one| one.day == day && one.is_over());
        if let Some(place) = known {
            shown.push(ShownDay { statistics: stored.swap_remove(place), is_rolled_up: true });
            continue;
        }
        let counted = count_day(ports, day, Bound::Orders(left), |_| {}).await?;
        let Some(CountedDay { statistics, orders }) = counted else { continue };
        left = left.saturating_sub(orders);
        shown.push(ShownDay { statistics, is_rolled_up: false });
    }
    shown.reverse();
    Ok(shown)
}

/// Counts these days from the orders themselves, the newest day first and within each the newest orders first, until
/// `most_orders` were read. `look` sees each of them.
pub async fn count_live<P: CountOrders>(
    ports: &P,
    days: Days,
    most_orders: usize,
    mut look: impl FnMut(&Order),
) -> Result<Vec<DayStatistics>, Unavailable> {
    let (mut left, mut all) = (most_orders, Vec::new());
    for back in 0..days.count() {
        let day = days.last.minus(back);
        let counted = count_day(ports, day, Bound::Orders(left), &mut look).await?;
        let Some(CountedDay { statistics, orders }) = counted else { continue };
        left = left.saturating_sub(orders);
        all.push(statistics);
    }
    Ok(all)
}

/// Where counting a day stops.
#[derive(Clone, Copy)]
enum Bound {
    /// Half a day is worth nothing: it is dropped.
    Time(Time),
    /// What was counted by then is shown, with the instant from which on it is complete.
    Orders(usize),
}

struct CountedDay {
    statistics: DayStatistics,
    orders: usize,
}

async fn count_day(
    ports: &impl CountOrders,
    day: Day,
    bound: Bound,
    mut look: impl FnMut(&Order),
) -> Result<Option<CountedDay>, Unavailable> {
    let counted_at = ports.now();
    let mut statistics = DayStatistics { day, counted_at, made_from: day.start(), tally: DayTally::default() };
    let (mut before, mut orders): (Option<OrderNo>, usize) = (None, 0);
    let mut made_from = day.end();
    loop {
        let most = match bound {
            Bound::Time(until) if ports.now() > until => return Ok(None),
            Bound::Time(_) => PAGE,
            Bound::Orders(most) if orders >= most => {
                statistics.made_from = made_from;
                break;
            }
            Bound::Orders(most) => most.saturating_sub(orders).min(PAGE),
        };
        let page = ports.list_numbers(Days::one(day), before, most).await?;
        let loaded = ports.load_orders(&page.numbers).await?;
        for order in &loaded.orders {
            count(&mut statistics.tally, order);
            look(order);
            made_from = order.created_at;
        }
        // They may be read after the next deployment, and the next night counts them.
        let unreadable = u64::try_from(loaded.unreadable.len()).unwrap_or(u64::MAX);
        statistics.tally.unreadable = statistics.tally.unreadable.saturating_add(unreadable);
        orders = orders.saturating_add(page.numbers.len());
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(Some(CountedDay { statistics, orders }))
}
