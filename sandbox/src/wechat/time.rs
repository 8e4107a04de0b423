//! Times as the service writes and reads them: RFC 3339, written in China's time. Pure arithmetic; a time that does not exist
//! is refused, never corrected.

const CHINA: i64 = 8 * 3600;
const DAY: i64 = 86_400;

/// `2018-06-08T10:34:56+08:00`.
pub fn text(at: i64) -> String {
    let local = at.saturating_add(CHINA);
    let (year, month, day) = date(local.div_euclid(DAY));
    let second = local.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}+08:00",
        second.div_euclid(3600),
        second.div_euclid(60).rem_euclid(60),
        second.rem_euclid(60)
    )
}

/// Seconds since the start of 1970, of a time with its offset. Parts of a second are dropped.
pub fn parse(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let [year, month, day] = parts(date, '-', &[4, 2, 2])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [hour, minute, second] = parts(clock, ':', &[2, 2, 2])?;
    let offset = offset(without_fraction(rest)?)?;
    let is_time = (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    is_time.then(|| days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset)
}

/// What follows `.123`; the whole, when it does not begin with a point.
fn without_fraction(rest: &str) -> Option<&str> {
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let after = fraction.trim_start_matches(|letter: char| letter.is_ascii_digit());
    (after.len() < fraction.len()).then_some(after)
}

/// `Z`, `+08:00`, `-03:30`, in seconds.
fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+')?),
    };
    let [hours, minutes] = parts(text, ':', &[2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Numbers of so many digits each.
fn parts<const N: usize>(text: &str, between: char, digits: &[usize; N]) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut words = text.split(between);
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let word = words.next()?;
        let is_number = word.len() == *digits && word.bytes().all(|byte| byte.is_ascii_digit());
        *number = word.parse().ok().filter(|_| is_number)?;
    }
    words.next().is_none().then_some(numbers)
}

/// Days since the start of 1970, in the calendar of today. A year is counted from March: its last day is the one that comes
/// and goes.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9).rem_euclid(12);
    let of_year = (153 * month + 2).div_euclid(5) + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

/// Year, month and day of a day counted from the start of 1970.
const fn date(day: i64) -> (i64, i64, i64) {
    let day = day.saturating_add(719_468);
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    // Days that are no February 29: the rest is whole years of 365.
    let year =
        (of_era - of_era.div_euclid(1460) + of_era.div_euclid(36_524) - of_era.div_euclid(146_096)).div_euclid(365);
    let of_year = of_era - (365 * year + year.div_euclid(4) - year.div_euclid(100));
    let month = (5 * of_year + 2).div_euclid(153);
    let day = of_year - (153 * month + 2).div_euclid(5) + 1;
    let next = if month >= 10 { 1 } else { 0 };
    (era * 400 + year + next, if month >= 10 { month - 9 } else { month + 3 }, day)
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_chinas_time() {
        assert_eq!(text(0), "1970-01-01T08:00:00+08:00");
        assert_eq!(text(1_528_425_296), "2018-06-08T10:34:56+08:00");
        assert_eq!(text(1_709_164_799), "2024-02-29T07:59:59+08:00");
        assert_eq!(text(-1), "1970-01-01T07:59:59+08:00");
    }

    #[test]
    fn what_is_written_reads_back() {
        for at in (-90_000_000_000_i64..250_000_000_000).step_by(86_399 * 211) {
            let written = text(at);
            // Years before 0 and after 9999 have no four digits.
            if written.len() == 25 && !written.starts_with('-') {
                assert_eq!(parse(&written), Some(at), "{written}");
            }
        }
    }

    #[test]
    fn only_times_with_an_offset_are_read() {
        assert_eq!(parse("2018-06-08T10:34:56+08:00"), Some(1_528_425_296));
        assert_eq!(parse("2018-06-08T02:34:56Z"), Some(1_528_425_296));
        assert_eq!(parse("2018-06-07T23:04:56.789-03:30"), Some(1_528_425_296));
        assert_eq!(parse("2024-02-29T00:00:00Z"), Some(1_709_164_800));
        for wrong in [
            "",
            "2018-06-08",
            "2018-06-08 10:34:56+08:00",
            "2018-06-08T10:34:56",
            "2018-06-08T10:34:56+0800",
            "2018-06-08T10:34:56+08:00 ",
            "2018-06-08T10:34:56.+08:00",
            "2018-06-08T10:34+08:00",
            "2018-06-08T24:00:00+08:00",
            "2018-06-08T10:60:00+08:00",
            "2018-13-08T10:34:56+08:00",
            "2018-00-08T10:34:56+08:00",
            "2018-06-31T10:34:56+08:00",
            "2023-02-29T10:34:56+08:00",
            "1900-02-29T10:34:56+08:00",
            "18-06-08T10:34:56+08:00",
            "2018-6-8T10:34:56+08:00",
            "+018-06-08T10:34:56+08:00",
            "2018-06-08T10:34:付+08:00",
            "1528425296",
        ] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
