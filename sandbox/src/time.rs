//! Times as WeChat Pay (RFC 3339) and Alipay (`yyyy-MM-dd HH:mm:ss`) write them: in China's time, wherever this runs.

use chrono::{DateTime, NaiveDateTime};

/// China is eight hours ahead of UTC all year.
const CHINA_SECONDS: i64 = 8 * 3600;
const DAY: i64 = 86_400;
const ALIPAY: &str = "%Y-%m-%d %H:%M:%S";

/// `2018-06-08T10:34:56+08:00`.
pub(crate) fn rfc3339(at: i64) -> String {
    in_china(at).format("%Y-%m-%dT%H:%M:%S+08:00").to_string()
}

/// Fractions of a second are dropped. Chrono also reads lower-case letters, a space for the `T` and leap seconds, which
/// WeChat Pay's pattern excludes.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    let fits =
        text.get(10..11) == Some("T") && text.get(17..19) != Some("60") && text.is_ascii() && !text.ends_with('z');
    DateTime::parse_from_rfc3339(text).ok().filter(|_| fits).map(|time| time.timestamp())
}

pub(crate) fn alipay(at: i64) -> String {
    in_china(at).format(ALIPAY).to_string()
}

/// Chrono also reads shorter numbers and extra spaces, so the text must be what [`alipay`] writes.
pub(crate) fn parse_alipay(text: &str) -> Option<i64> {
    let local = NaiveDateTime::parse_from_str(text, ALIPAY).ok()?;
    Some(local.and_utc().timestamp().saturating_sub(CHINA_SECONDS)).filter(|at| alipay(*at) == text)
}

/// `yyyyMMdd`.
pub(crate) fn day(at: i64) -> String {
    in_china(at).format("%Y%m%d").to_string()
}

/// The last second of the day.
pub(crate) fn end_of_day(at: i64) -> i64 {
    at.saturating_sub(at.saturating_add(CHINA_SECONDS).rem_euclid(DAY)).saturating_add(DAY - 1)
}

fn in_china(at: i64) -> NaiveDateTime {
    DateTime::from_timestamp(at.saturating_add(CHINA_SECONDS), 0).unwrap_or_default().naive_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_is_written_in_china_time() {
        assert_eq!(rfc3339(0), "1970-01-01T08:00:00+08:00");
        assert_eq!(rfc3339(1_528_425_296), "2018-06-08T10:34:56+08:00");
        assert_eq!(rfc3339(1_709_164_799), "2024-02-29T07:59:59+08:00");
        assert_eq!(rfc3339(-1), "1970-01-01T07:59:59+08:00");
    }

    #[test]
    fn rfc3339_reads_back() {
        for at in (-90_000_000_000_i64..250_000_000_000).step_by(86_399 * 211) {
            let written = rfc3339(at);
            // A year before 0 or after 9999 does not have four digits.
            if written.len() == 25 && !written.starts_with('-') {
                assert_eq!(parse_rfc3339(&written), Some(at), "{written}");
            }
        }
    }

    #[test]
    fn only_existing_rfc3339_times_with_an_offset_are_read() {
        assert_eq!(parse_rfc3339("2018-06-08T10:34:56+08:00"), Some(1_528_425_296));
        assert_eq!(parse_rfc3339("2018-06-08T02:34:56Z"), Some(1_528_425_296));
        assert_eq!(parse_rfc3339("2018-06-07T23:04:56.789-03:30"), Some(1_528_425_296));
        assert_eq!(parse_rfc3339("2024-02-29T00:00:00Z"), Some(1_709_164_800));
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
            "2018-06-08t10:34:56+08:00",
            "2018-06-08T10:34:56z",
            "2018-06-08T10:34:60Z",
        ] {
            assert_eq!(parse_rfc3339(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn alipay_times_are_written_in_china_time_and_read_back() {
        for (at, text) in [
            (0, "1970-01-01 08:00:00"),
            (951_753_599, "2000-02-28 23:59:59"),
            (951_753_600, "2000-02-29 00:00:00"),
            (1_709_222_400, "2024-03-01 00:00:00"),
            (1_795_276_800, "2026-11-22 00:00:00"),
            (4_107_513_600, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(alipay(at), text);
            assert_eq!(parse_alipay(text), Some(at));
        }
        assert_eq!(day(1_795_276_799), "20261121");
        assert_eq!(alipay(end_of_day(1_795_276_800)), "2026-11-22 23:59:59");
        for at in (0..40_000).map(|day| day * DAY + 12_345) {
            assert_eq!(parse_alipay(&alipay(at)), Some(at));
        }
    }

    #[test]
    fn other_formats_are_not_alipay_times() {
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
            "2026-11-21 23:59:60",
            "2026-11-21 10:60:00",
            "2026-1-21 10:00:00",
            "+026-11-21 10:00:00",
            "2026-11-21 10:00:00 ",
            "2026-11-21 10:00:00:00",
        ] {
            assert_eq!(parse_alipay(text), None, "{text:?}");
        }
    }
}
