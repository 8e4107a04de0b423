//! Times as Alipay writes them: `yyyy-MM-dd HH:mm:ss`, always in China's time, wherever this runs.

/// China is eight hours ahead, all the year.
const AHEAD: i64 = 8 * 3600;
const DAY: i64 = 86_400;

/// A moment as Alipay writes it.
pub fn written(at: i64) -> String {
    let local = at.saturating_add(AHEAD);
    let (year, month, day) = date(local.div_euclid(DAY));
    let second = local.rem_euclid(DAY);
    let (hour, minute, second) = (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60), second.rem_euclid(60));
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The day of a moment, `yyyyMMdd`: numbers begin with it.
pub fn day(at: i64) -> String {
    let (year, month, day) = date(at.saturating_add(AHEAD).div_euclid(DAY));
    format!("{year:04}{month:02}{day:02}")
}

/// The moment that is meant; none, unless it is written exactly so and such a day exists.
pub fn read(text: &str) -> Option<i64> {
    let (days, time) = text.split_once(' ')?;
    let [year, month, day] = numbers(days, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    if date(days) != (year, month, day) {
        return None;
    }
    Some(days * DAY + hour * 3600 + minute * 60 + second - AHEAD)
}

/// The last second of a moment's day.
pub fn end_of_day(at: i64) -> i64 {
    let local = at.saturating_add(AHEAD);
    local - local.rem_euclid(DAY) + DAY - 1 - AHEAD
}

fn numbers(text: &str, between: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut read = [0; 3];
    for (place, width) in read.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *place = part.parse().ok()?;
    }
    parts.next().is_none().then_some(read)
}

/// Days in eras of 400 years that begin in March, so that the day that comes and goes is a year's last.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

const fn date(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_chinas_time_and_read_back() {
        for (at, text) in [
            (0, "1970-01-01 08:00:00"),
            (951_753_599, "2000-02-28 23:59:59"),
            (951_753_600, "2000-02-29 00:00:00"),
            (1_709_222_400, "2024-03-01 00:00:00"),
            (1_795_276_800, "2026-11-22 00:00:00"),
            (4_107_513_600, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(written(at), text);
            assert_eq!(read(text), Some(at));
        }
        assert_eq!(day(1_795_276_799), "20261121");
        assert_eq!(written(end_of_day(1_795_276_800)), "2026-11-22 23:59:59");
        for at in (0..40_000).map(|day| day * DAY + 12_345) {
            assert_eq!(read(&written(at)), Some(at));
        }
    }

    #[test]
    fn what_is_written_otherwise_is_not_read() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T10:00:00",
            "2026-11-21 10:00",
            "2026-02-29 10:00:00",
            "2026-13-01 10:00:00",
            "2026-00-01 10:00:00",
            "2026-11-31 10:00:00",
            "2026-11-21 24:00:00",
            "2026-11-21 10:60:00",
            "2026-1-21 10:00:00",
            "+026-11-21 10:00:00",
            "2026-11-21 10:00:00 ",
            "2026-11-21 10:00:00:00",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
