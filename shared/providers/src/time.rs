//! Times as providers write them: RFC 3339, or Chinese time without a zone. The machine's own time zone has no effect.

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use till_domain::time::Time;

/// China has no summer time.
const CHINA_SECONDS_EAST: i32 = 8 * 60 * 60;
const WALL: &str = "%Y-%m-%d %H:%M:%S";

/// Reads `2026-11-21T10:00:00+08:00`. A part of a second is dropped.
pub fn from_rfc3339(text: &str) -> Option<Time> {
    Time::from_unix(DateTime::parse_from_rfc3339(text).ok()?.timestamp()).ok()
}

/// Reads the date of an HTTP header: `Sat, 21 Nov 2026 02:00:00 GMT`.
pub fn from_http(text: &str) -> Option<Time> {
    Time::from_unix(DateTime::parse_from_rfc2822(text).ok()?.timestamp()).ok()
}

/// Reads Chinese time: `2026-11-21 10:00:00`. A part of a second is dropped.
pub fn from_china(text: &str) -> Option<Time> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let wall = NaiveDateTime::parse_from_str(whole, WALL).ok()?;
    Time::from_unix(wall.and_local_timezone(china()?).single()?.timestamp()).ok()
}

/// Writes `2026-11-21T10:00:00+08:00`.
pub fn to_rfc3339(time: Time) -> String {
    in_china(time, "%Y-%m-%dT%H:%M:%S%:z")
}

/// Writes Chinese time: `2026-11-21 10:00:00`.
pub fn to_china(time: Time) -> String {
    in_china(time, WALL)
}

/// Reads Unix seconds written in plain digits: no sign, no space, no leading zero.
pub fn plain_seconds(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

fn china() -> Option<FixedOffset> {
    FixedOffset::east_opt(CHINA_SECONDS_EAST)
}

fn in_china(time: Time, form: &str) -> String {
    let moment = DateTime::from_timestamp(time.unix(), 0).zip(china());
    // Every `Time` is within chrono's range.
    moment.map(|(moment, china)| moment.with_timezone(&china).format(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_written_and_read() {
        let time = Time::from_unix(1_795_226_400).unwrap();
        assert_eq!(to_china(time), "2026-11-21 10:00:00");
        assert_eq!(to_rfc3339(time), "2026-11-21T10:00:00+08:00");
        for text in ["2026-11-21 10:00:00", "2026-11-21 10:00:00.123"] {
            assert_eq!(from_china(text), Some(time), "{text}");
        }
        for text in ["2026-11-21T10:00:00+08:00", "2026-11-21T02:00:00Z", "2026-11-21T02:00:00.999Z"] {
            assert_eq!(from_rfc3339(text), Some(time), "{text}");
        }
    }

    #[test]
    fn malformed_time_is_refused() {
        for text in ["", "0", "2026-13-01 00:00:00", "2026-02-30 00:00:00", "2026-11-21", "99999-01-01 00:00:00"] {
            assert_eq!(from_china(text), None, "{text:?}");
            assert_eq!(from_rfc3339(text), None, "{text:?}");
        }
        assert_eq!(from_rfc3339("2026-11-21T10:00:00"), None, "a time without a zone is no instant");
        assert_eq!(from_rfc3339("0001-01-01T00:00:00+08:00"), None, "before all of ours");
    }

    #[test]
    fn first_and_last_time_are_written_and_read() {
        for unix in [0, 253_402_214_400 - 1] {
            let time = Time::from_unix(unix).unwrap();
            assert_eq!(from_china(&to_china(time)), Some(time));
        }
    }
}
