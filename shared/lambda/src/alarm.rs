//! Reads the messages of the queue `alarms`: our own, `{"v":1,"word":"odd_payment","subject":"…","at":…}`, and those of CloudWatch's
//! alarms, which come through their topic. One that this release does not know is not acknowledged: a later release may know it.

use std::fmt;

use serde::Deserialize;
use till_app::ports::{Alarm, AlarmWord, Measured};
use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, TradeNo};
use till_domain::time::Time;

use crate::queue::{Unreadable, versioned};

/// CloudWatch's messages have one to two KiB.
const MOST_AWS_BYTES: usize = 64 * 1_024;
const MOST_SUBJECT_CHARACTERS: usize = 255;
const MOST_NOTE_CHARACTERS: usize = 200;

/// That an alarm was raised, or that it is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raised {
    pub alarm: Alarm,
    pub at: Time,
    pub is_over: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadAlarm {
    Shape,
    Version,
    Word,
    /// One of its parts cannot be what it stands for.
    Part,
}

impl From<Unreadable> for BadAlarm {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Shape => Self::Shape,
            Unreadable::Version => Self::Version,
        }
    }
}

impl fmt::Display for BadAlarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "an alarm is JSON with v, word, subject and at, or a message of CloudWatch",
            Self::Version => "the alarm's version is not one that this release knows",
            Self::Word => "the alarm's word is not one that this release knows",
            Self::Part => "a part of the alarm is not what it should be",
        })
    }
}

#[derive(Deserialize)]
struct Body {
    word: String,
    subject: String,
    at: i64,
    order_no: Option<String>,
    trade_no: Option<String>,
    provider: Option<String>,
    account: Option<String>,
    minor: Option<u64>,
    currency: Option<String>,
    value: Option<String>,
    limit: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CloudWatch {
    alarm_name: String,
    #[serde(default)]
    alarm_description: Option<String>,
    new_state_value: String,
    state_change_time: String,
}

pub fn read(body: &str) -> Result<Raised, BadAlarm> {
    if body.len() <= MOST_AWS_BYTES
        && let Ok(theirs) = serde_json::from_str::<CloudWatch>(body)
    {
        return read_theirs(theirs);
    }
    let Body { word, subject, at, order_no, trade_no, provider, account, minor, currency, value, limit, note } =
        versioned(body)?;
    let word = AlarmWord::parse(&word).ok_or(BadAlarm::Word)?;
    if subject.is_empty() || subject.chars().count() > MOST_SUBJECT_CHARACTERS {
        return Err(BadAlarm::Part);
    }
    let alarm = Alarm {
        order_no: order_no.map(|no| OrderNo::parse(&no)).transpose().map_err(|_| BadAlarm::Part)?,
        trade_no: trade_no.map(|no| TradeNo::parse(&no)).transpose().map_err(|_| BadAlarm::Part)?,
        account: provider.zip(account).map(|(provider, id)| read_account(&provider, &id)).transpose()?,
        amount: minor.zip(currency).map(|(minor, currency)| read_amount(minor, &currency)).transpose()?,
        measured: value.zip(limit).map(|(value, limit)| Measured { value, limit }),
        note: note.map(shortened),
        ..Alarm::about(word, subject)
    };
    let at = Time::from_unix(at).map_err(|_| BadAlarm::Part)?;
    Ok(Raised { alarm, at, is_over: false })
}

fn read_theirs(theirs: CloudWatch) -> Result<Raised, BadAlarm> {
    let CloudWatch { alarm_name, alarm_description, new_state_value, state_change_time } = theirs;
    let at = read_instant(&state_change_time).ok_or(BadAlarm::Part)?;
    let alarm = Alarm {
        note: alarm_description.map(shortened),
        ..Alarm::about(AlarmWord::Aws, shorten(alarm_name, MOST_SUBJECT_CHARACTERS))
    };
    // Without data nothing is known to be wrong any more.
    Ok(Raised { alarm, at, is_over: new_state_value != "ALARM" })
}

fn read_account(provider: &str, id: &str) -> Result<Account, BadAlarm> {
    let provider = Provider::ALL.into_iter().find(|known| known.as_str() == provider).ok_or(BadAlarm::Part)?;
    Ok(Account { provider, id: AccountId::parse(id).map_err(|_| BadAlarm::Part)? })
}

fn read_amount(minor: u64, currency: &str) -> Result<Money, BadAlarm> {
    let currency = Currency::parse(currency).map_err(|_| BadAlarm::Part)?;
    Money::new(minor, currency).map_err(|_| BadAlarm::Part)
}

/// `2026-11-21T07:00:00.123+0000`, always in UTC.
fn read_instant(text: &str) -> Option<Time> {
    let (date, rest) = text.split_once('T')?;
    let numbers = |text: &str, between: char| -> Option<[i64; 3]> {
        let parts: Vec<i64> = text.split(between).map(str::parse).collect::<Result<_, _>>().ok()?;
        parts.try_into().ok()
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(rest.get(..8)?, ':')?;
    if !(1..=12).contains(&month) || !(1970..=9_999).contains(&year) {
        return None;
    }
    // A year from March on has its leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days from March 1 of the year 0 to 1970.
    let days = year * 365 + leap_days + (153 * month + 2).div_euclid(5) + day - 1 - 719_468;
    Time::from_unix(days * 86_400 + hour * 3_600 + minute * 60 + second).ok()
}

fn shortened(note: String) -> String {
    shorten(note, MOST_NOTE_CHARACTERS)
}

fn shorten(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(unix: i64) -> Time {
        Time::from_unix(unix).unwrap()
    }

    #[test]
    fn alarm_reads_with_and_without_its_optional_parts() {
        let least = r#"{"v":1,"word":"sweep_late","subject":"sweep","at":1795244400}"#;
        let alarm = Alarm::about(AlarmWord::SweepLate, "sweep");
        assert_eq!(read(least), Ok(Raised { alarm: alarm.clone(), at: at(1_795_244_400), is_over: false }));
        let all = r#"{"v":1,"word":"large_payment","subject":"ORD20261121150000ABCDEF12","at":1795244400,
            "order_no":"ORD20261121150000ABCDEF12","trade_no":"4200001","provider":"wechat","account":"main",
            "minor":990,"currency":"CNY","value":"9.90 CNY","limit":"1.00 CNY","note":"look"}"#;
        let read = read(all).unwrap().alarm;
        assert_eq!(read.order_no.unwrap().as_str(), "ORD20261121150000ABCDEF12");
        assert_eq!(read.account.unwrap().to_string(), "wechat:main");
        assert_eq!(format!("{:?}", read.amount.unwrap()), "9.90 CNY");
        assert_eq!((read.measured, read.note.as_deref()), (Some(Measured::new("9.90 CNY", "1.00 CNY")), Some("look")));
    }

    #[test]
    fn message_of_another_shape_word_or_version_is_not_read() {
        for (body, why) in [
            (r#"{"v":2,"what":"else"}"#, BadAlarm::Version),
            (r#"{"v":1,"word":"later","subject":"a","at":1}"#, BadAlarm::Word),
            (r#"{"v":1,"word":"orphan","subject":"","at":1}"#, BadAlarm::Part),
            (r#"{"v":1,"word":"orphan","subject":"a","at":-1}"#, BadAlarm::Part),
            (r#"{"v":1,"word":"orphan","subject":"a","at":1,"order_no":"1"}"#, BadAlarm::Part),
            (r#"{"v":1,"word":"orphan","subject":"a","at":1,"provider":"a","account":"b"}"#, BadAlarm::Part),
            (r#"{"v":1,"word":"orphan","subject":"a","at":1,"minor":1,"currency":"yuan"}"#, BadAlarm::Part),
            (r#"{"v":1,"word":"orphan","at":1}"#, BadAlarm::Shape),
            (r#"{"AlarmName":"a","NewStateValue":"OK","StateChangeTime":"soon"}"#, BadAlarm::Part),
            ("orphan", BadAlarm::Shape),
            ("", BadAlarm::Shape),
        ] {
            assert_eq!(read(body), Err(why), "{body}");
        }
        let long = format!(r#"{{"v":1,"word":"orphan","subject":"a","at":1{}}}"#, " ".repeat(1_024));
        assert_eq!(read(&long), Err(BadAlarm::Shape));
    }

    #[test]
    fn alarm_of_cloudwatch_stands_until_its_state_is_another() {
        for (state, is_over) in [("ALARM", false), ("OK", true), ("INSUFFICIENT_DATA", true)] {
            let body = format!(
                r#"{{"AlarmName":"till-dev the API fails","AlarmDescription":"Callers are answered 500 and more",
                "AWSAccountId":"111111111111","NewStateValue":"{state}","NewStateReason":"Threshold Crossed",
                "StateChangeTime":"2026-11-21T07:00:00.123+0000","OldStateValue":"OK","Trigger":{{"MetricName":"5xx"}}}}"#
            );
            let raised = read(&body).unwrap();
            assert_eq!((raised.alarm.word, raised.is_over), (AlarmWord::Aws, is_over), "{state}");
            assert_eq!((raised.alarm.subject.as_str(), raised.at), ("till-dev the API fails", at(1_795_244_400)));
            assert_eq!(raised.alarm.note.as_deref(), Some("Callers are answered 500 and more"));
        }
    }

    #[test]
    fn instants_of_cloudwatch_are_read() {
        for (text, unix) in [
            ("1970-01-01T00:00:00.000+0000", Some(0)),
            ("2000-02-29T23:59:59.999+0000", Some(951_868_799)),
            ("2024-03-01T00:00:00.000+0000", Some(1_709_251_200)),
            ("2026-13-01T00:00:00.000+0000", None),
            ("2026-11-21 07:00:00", None),
            ("2026-11-21T07:00", None),
            ("", None),
        ] {
            assert_eq!(read_instant(text), unix.map(at), "{text}");
        }
    }
}
