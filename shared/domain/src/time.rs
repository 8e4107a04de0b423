//! Instants and lengths of time, in whole seconds. No clock is read: callers pass every instant.

/// The last second of the year 9999, the latest instant that has a four-digit year.
const LAST: i64 = 253_402_300_799;
/// China has kept one offset, without summer time, since 1991.
const UTC8_SECONDS: i64 = 8 * 3600;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Seconds(pub u32);

impl Seconds {
    #[must_use]
    pub const fn minutes(n: u32) -> Self {
        Self(n.saturating_mul(60))
    }

    #[must_use]
    pub const fn hours(n: u32) -> Self {
        Self(n.saturating_mul(3600))
    }

    /// So many days; saturates (at 136 years).
    #[must_use]
    pub const fn days(n: u32) -> Self {
        Self(n.saturating_mul(86_400))
    }

    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left after `other` has run; never below zero.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// A second between 1970 and 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Time(i64);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0} is not a Unix time between the years 1970 and 9999")]
pub struct TimeOutOfRange(pub i64);

impl Time {
    /// The first instant there is: the start of 1970, UTC.
    pub const FIRST: Self = Self(0);

    /// The instant so many seconds after the start of 1970, UTC.
    pub const fn from_unix(seconds: i64) -> Result<Self, TimeOutOfRange> {
        if seconds < 0 || seconds > LAST { Err(TimeOutOfRange(seconds)) } else { Ok(Self(seconds)) }
    }

    /// Seconds since the start of 1970, UTC.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This instant moved on; stops at the end of the year 9999.
    #[must_use]
    pub fn plus(self, length: Seconds) -> Self {
        Self(self.0.saturating_add(i64::from(length.0)).min(LAST))
    }

    /// This instant moved back; stops at the start of 1970.
    #[must_use]
    pub fn minus(self, length: Seconds) -> Self {
        Self(self.0.saturating_sub(i64::from(length.0)).max(0))
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds(u32::try_from(self.0.saturating_sub(earlier.0).max(0)).unwrap_or(u32::MAX))
    }

    /// The wall clock in China (UTC+8) at this instant.
    #[must_use]
    pub fn in_china(self) -> Civil {
        Civil::of(self.0.saturating_add(UTC8_SECONDS))
    }
}

/// A date and a time of day, as written on a wall clock.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Civil {
    /// 1970 to 10000 (the last eight hours of 9999 UTC fall into the next year in China).
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

impl Civil {
    /// Whether such a moment is on the calendar (leap seconds are not).
    pub fn is_valid(&self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        };
        (1..=days).contains(&self.day) && self.hour < 24 && self.minute < 60 && self.second < 60
    }

    /// Days are counted from 1 March of year 0, so that a leap day ends its year (H. Hinnant, "chrono-compatible
    /// low-level date algorithms", public domain).
    fn of(seconds: i64) -> Self {
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = of_era
            .saturating_sub(of_era.div_euclid(1_460))
            .saturating_add(of_era.div_euclid(36_524))
            .saturating_sub(of_era.div_euclid(146_096))
            .div_euclid(365);
        let before_year = year_of_era
            .saturating_mul(365)
            .saturating_add(year_of_era.div_euclid(4))
            .saturating_sub(year_of_era.div_euclid(100));
        let of_year = of_era.saturating_sub(before_year);
        let from_march = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let before_month = from_march.saturating_mul(153).saturating_add(2).div_euclid(5);
        let month = if from_march < 10 { from_march.saturating_add(3) } else { from_march.saturating_sub(9) };
        let year = year_of_era.saturating_add(era.saturating_mul(400)).saturating_add(u64::from(month <= 2));
        Self {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: small(month),
            day: small(of_year.saturating_sub(before_month).saturating_add(1)),
            hour: small(of_day.div_euclid(3600)),
            minute: small(of_day.div_euclid(60).rem_euclid(60)),
            second: small(of_day.rem_euclid(60)),
        }
    }
}

fn small(n: u64) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn china(unix: i64) -> String {
        let c = Time::from_unix(unix).unwrap().in_china();
        assert!(c.is_valid(), "{c:?}");
        format!("{:04}{:02}{:02}{:02}{:02}{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }

    /// Made with `TZ=Asia/Shanghai date -d @N +%Y%m%d%H%M%S`.
    #[test]
    fn wall_clock_in_china_is_eight_hours_ahead_of_utc() {
        for (unix, written) in [
            (0, "19700101080000"),
            (951_839_999, "20000229235959"),
            (951_840_000, "20000301000000"),
            (1_735_660_799, "20241231235959"),
            (1_735_660_800, "20250101000000"),
            (1_709_135_999, "20240228235959"),
            (1_709_136_000, "20240229000000"),
            (4_107_513_599, "21000228235959"),
            (4_107_513_600, "21000301000000"),
        ] {
            assert_eq!(china(unix), written, "{unix}");
        }
    }

    #[test]
    fn every_date_follows_the_one_before() {
        let mut before = Time(0).in_china();
        for day in 1..100_000_i64 {
            let today = Time(day * 86_400).in_china();
            assert!(today.is_valid());
            let next_day = today.day == before.day + 1 && today.month == before.month && today.year == before.year;
            let next_month = today.day == 1 && today.month == before.month + 1 && today.year == before.year;
            let next_year = (today.day, today.month) == (1, 1) && before.month == 12 && today.year == before.year + 1;
            assert!(next_day || next_month || next_year, "{before:?} then {today:?}");
            before = today;
        }
    }

    #[test]
    fn time_outside_four_digit_years_is_refused_or_clamped() {
        assert_eq!(Time::from_unix(-1), Err(TimeOutOfRange(-1)));
        assert_eq!(Time::from_unix(LAST + 1), Err(TimeOutOfRange(LAST + 1)));
        assert_eq!(Time::from_unix(i64::MIN), Err(TimeOutOfRange(i64::MIN)));
        assert_eq!(Time(LAST).plus(Seconds(u32::MAX)), Time(LAST));
        assert_eq!(Time(0).minus(Seconds(1)), Time(0));
    }
}
