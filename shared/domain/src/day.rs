//! A day of China's calendar, by which orders, refunds and rejected callbacks are listed.

use std::fmt;

use crate::id::OrderNo;
use crate::time::{Civil, Seconds, Time};

const SECONDS_A_DAY: i64 = 86_400;
/// China is eight hours ahead of UTC all year.
const AHEAD: i64 = 8 * 3600;
/// The last day whose every second is an instant: 9999-12-30.
const LAST: i64 = 2_932_895;

/// Its place after 1970-01-01, which is 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a day is written as 2026-11-21, from 1970-01-02 to 9999-12-30")]
pub struct BadDay;

impl Day {
    /// The day in China at this instant; within the first and the last day that there are.
    #[must_use]
    pub fn of(at: Time) -> Self {
        Self(at.unix().saturating_add(AHEAD).div_euclid(SECONDS_A_DAY).clamp(1, LAST))
    }

    /// The day on which an order with this number was made.
    #[must_use]
    pub fn of_order(no: OrderNo) -> Self {
        let part = |from: usize, to: usize| -> u16 {
            no.as_str().get(from..to).and_then(|digits| digits.parse().ok()).unwrap_or(0)
        };
        Self(days_before(part(3, 7), part(7, 9), part(9, 11)).clamp(1, LAST))
    }

    pub fn parse(text: &str) -> Result<Self, BadDay> {
        let mut parts = text.split('-');
        let mut part = |length: usize| {
            let digits = parts.next().filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()));
            digits.and_then(|part| part.parse::<u16>().ok()).ok_or(BadDay)
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        let small = |n: u16| u8::try_from(n).map_err(|_| BadDay);
        let civil = Civil { year, month: small(month)?, day: small(day)?, hour: 0, minute: 0, second: 0 };
        if parts.next().is_some() || year < 1970 || !civil.is_valid() {
            return Err(BadDay);
        }
        let found = Self(days_before(year, month, day));
        if (1..=LAST).contains(&found.0) { Ok(found) } else { Err(BadDay) }
    }

    /// Its first second.
    #[must_use]
    pub fn start(self) -> Time {
        let seconds = self.0.saturating_mul(SECONDS_A_DAY).saturating_sub(AHEAD);
        Time::from_unix(seconds).unwrap_or(Time::FIRST)
    }

    /// The first second after it.
    #[must_use]
    pub fn end(self) -> Time {
        self.start().plus(Seconds::days(1))
    }

    /// So many days earlier; stops at the first day.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.saturating_sub(days.into()).max(1))
    }

    /// So many days later; stops at the last day.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(days.into()).min(LAST))
    }

    /// How many days it is after an earlier one; zero if that one is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> u32 {
        u32::try_from(self.0.saturating_sub(earlier.0).max(0)).unwrap_or(u32::MAX)
    }
}

/// Days from 1970-01-01 to this date: whole years, their leap days, and the days of the year.
fn days_before(year: u16, month: u16, day: u16) -> i64 {
    // A year that begins in March has its leap day at its end.
    let is_early = month <= 2;
    let years = i64::from(year).saturating_sub(i64::from(is_early));
    let from_march = i64::from(month).saturating_add(if is_early { 9 } else { -3 });
    let of_year = from_march.saturating_mul(153).saturating_add(2).div_euclid(5).saturating_add(day.into());
    let leap_days = years.div_euclid(4).saturating_sub(years.div_euclid(100)).saturating_add(years.div_euclid(400));
    years.saturating_mul(365).saturating_add(leap_days).saturating_add(of_year).saturating_sub(719_469)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.start().in_china();
        write!(f, "{:04}-{:02}-{:02}", at.year, at.month, at.day)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A range of days, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Days {
    pub first: Day,
    pub last: Day,
}

impl Days {
    #[must_use]
    pub const fn one(day: Day) -> Self {
        Self { first: day, last: day }
    }

    /// How many days it has; none if its last day is before its first.
    #[must_use]
    pub fn count(self) -> u32 {
        if self.last < self.first { 0 } else { self.last.since(self.first).saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn every_day_reads_back_and_begins_when_the_one_before_ends() {
        let mut before = day("1970-01-02");
        for _ in 0..60_000 {
            let next = before.plus(1);
            assert_eq!(Day::parse(&next.to_string()), Ok(next));
            assert_eq!(before.end(), next.start());
            assert_eq!((Day::of(next.start()), Day::of(next.end().minus(Seconds(1)))), (next, next));
            assert_eq!(Day::of_order(OrderNo::mint(next.end().minus(Seconds(1)), 7)), next);
            assert_eq!((next.minus(1), next.since(before), before.since(next)), (before, 1, 0));
            before = next;
        }
    }

    #[test]
    fn day_begins_at_midnight_in_china() {
        // 2026-11-20 16:00:00 UTC.
        assert_eq!(day("2026-11-21").start().unix(), 1_795_190_400);
        assert_eq!(Day::of(Time::from_unix(1_795_190_399).unwrap()), day("2026-11-20"));
    }

    #[test]
    fn ends_of_the_calendar_stop() {
        assert_eq!(Day::of(Time::FIRST), day("1970-01-02"), "its first second is no instant");
        assert_eq!(day("1970-01-02").minus(5), day("1970-01-02"));
        assert_eq!(day("9999-12-30").plus(5), day("9999-12-30"));
        assert_eq!(Day::of(Time::from_unix(253_402_300_799).unwrap()), day("9999-12-30"));
    }

    #[test]
    fn days_that_are_not_on_the_calendar_are_refused() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-1-01",
            "20261121",
            "2026-11-21-",
            "2026-11-21#0",
            "1969-12-31",
            "1970-01-01",
            "9999-12-31",
            "+026-11-21",
            "2026-11-2a",
        ] {
            assert_eq!(Day::parse(text), Err(BadDay), "{text}");
        }
        assert_eq!(day("2024-02-29").since(day("2024-02-28")), 1);
    }

    #[test]
    fn range_counts_both_of_its_ends() {
        let days = |first, last| Days { first: day(first), last: day(last) }.count();
        assert_eq!(days("2026-11-21", "2026-11-21"), 1);
        assert_eq!(days("2026-11-01", "2026-11-30"), 30);
        assert_eq!(days("2026-11-02", "2026-11-01"), 0);
        assert_eq!(Days::one(day("2026-11-21")).count(), 1);
    }
}
