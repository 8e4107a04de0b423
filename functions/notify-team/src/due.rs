//! Chooses the alarms that a channel must be told of now. It depends on the kept alarms and the time alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use till_app::ports::{Alarm, AlarmWord, EndsBy, KeptAlarm, ListedAlarms, Told};
use till_domain::time::{Seconds, Time};
use till_lambda::sha256_hex;

use crate::channels::Channel;

/// An alarm that stands is told once in this time.
const AGAIN_AFTER: Seconds = Seconds::days(1);
/// That an alarm is over waits so long for another message to come with.
const OVER_WAITS: Seconds = Seconds::days(1);
/// For so long it is news that an alarm is over, or that something happened: longer than receivers are usually down, and short
/// enough that a new channel does not begin with the history of a month.
const NEWS: Seconds = Seconds::days(7);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    First,
    Again,
    Over,
}

/// The content of one message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    pub stage: String,
    pub lines: Vec<(Line, KeptAlarm)>,
    /// The words of which more alarms stand than anybody is told of.
    pub more: BTreeSet<AlarmWord>,
}

impl Notice {
    /// A message by which a team tries a channel.
    pub fn test(stage: &str, now: Time) -> Self {
        let note = Some("测试消息,无需处理 · a test: there is nothing to do".to_owned());
        let alarm = Alarm { note, ..Alarm::about(AlarmWord::Aws, "till channels test") };
        let told = BTreeMap::new();
        let kept = KeptAlarm { version: 1, alarm, since: now, last: now, raised: 1, ended: None, told };
        Self { stage: stage.to_owned(), lines: vec![(Line::First, kept)], more: BTreeSet::new() }
    }

    /// The messages for a channel, each with at most as many alarms as fit into it. There are none if nothing is due.
    pub(crate) fn due(stage: &str, listed: &ListedAlarms, channel: &Channel, now: Time) -> Vec<Self> {
        let wanted = listed.all.iter().filter(|kept| channel.wants(&kept.alarm));
        let mut lines: Vec<(Line, bool, &KeptAlarm)> = wanted
            .filter_map(|kept| line(kept, channel.name.as_str(), now).map(|(line, alone)| (line, alone, kept)))
            .collect();
        if !lines.iter().any(|(_, alone, _)| *alone) {
            return Vec::new();
        }
        // The newest first, and what is over at the end.
        lines.sort_by_key(|(line, _, kept)| (*line as u8, std::cmp::Reverse(kept.since)));
        let notice = |lines: &[(Line, bool, &KeptAlarm)]| Self {
            stage: stage.to_owned(),
            lines: lines.iter().map(|(line, _, kept)| (*line, (*kept).clone())).collect(),
            more: listed.more.clone(),
        };
        lines.chunks(channel.kind.most_alarms()).map(notice).collect()
    }

    /// The same for the same content, so that a receiver recognises a message that comes twice.
    pub(crate) fn id(&self, channel: &str) -> String {
        let mut all = format!("{}\n{channel}", self.stage);
        for (line, kept) in &self.lines {
            let told = kept.told.get(channel).map_or(0, |told| told.at.unix());
            let (word, subject, since) = (kept.alarm.word, &kept.alarm.subject, kept.since.unix());
            // Writing to a string cannot fail.
            let _ = write!(all, "\n{line:?} {word} {subject} {since} {told}");
        }
        let hash = sha256_hex(all.as_bytes());
        format!("alarm_{}", hash.get(..32).unwrap_or(&hash))
    }

    pub(crate) fn counts(&self, of: impl Fn(Line) -> bool) -> BTreeMap<AlarmWord, usize> {
        let mut counts = BTreeMap::new();
        for (_, kept) in self.lines.iter().filter(|(line, _)| of(*line)) {
            *counts.entry(kept.alarm.word).or_insert(0) += 1;
        }
        counts
    }
}

impl Line {
    pub(crate) const fn told(self, at: Time) -> Told {
        Told { at, is_end: matches!(self, Self::Over) }
    }
}

/// Whether every channel was told all of an alarm that it will ever be told.
pub(crate) fn is_settled(kept: &KeptAlarm, channels: &[Channel], now: Time) -> bool {
    let is_told = |channel: &Channel| match kept.told.get(&channel.name) {
        Some(told) => told.is_end || kept.alarm.word.ends_by() == EndsBy::Telling,
        None => false,
    };
    let Some(over) = over_since(kept) else { return false };
    let mut wanted = channels.iter().filter(|channel| channel.wants(&kept.alarm));
    now.since(over) >= NEWS || (!channels.is_empty() && wanted.all(is_told))
}

/// Since when nothing lasts of what the alarm tells.
fn over_since(kept: &KeptAlarm) -> Option<Time> {
    match kept.alarm.word.ends_by() {
        EndsBy::Telling => Some(kept.ended.unwrap_or(kept.last)),
        EndsBy::Order | EndsBy::Orphan | EndsBy::UsableOrder | EndsBy::Silence(_) | EndsBy::Report(_) => kept.ended,
    }
}

/// The line about an alarm that a channel must get, and whether that line alone is reason enough for a message.
fn line(kept: &KeptAlarm, channel: &str, now: Time) -> Option<(Line, bool)> {
    let told = kept.told.get(channel);
    let over = over_since(kept);
    if over.is_some_and(|over| now.since(over) >= NEWS) {
        return None;
    }
    if kept.alarm.word.ends_by() == EndsBy::Telling {
        return told.is_none().then_some((Line::First, true));
    }
    match (over, told) {
        (None, None) => Some((Line::First, true)),
        (None, Some(told)) => (now.since(told.at) >= AGAIN_AFTER).then_some((Line::Again, true)),
        (Some(_), Some(told)) if told.is_end => None,
        (Some(over), Some(_)) => Some((Line::Over, now.since(over) >= OVER_WAITS)),
        (Some(_), None) => Some((Line::Over, true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(unix: i64) -> Time {
        Time::from_unix(unix).unwrap()
    }

    fn kept(ended: Option<i64>, told: Option<(i64, bool)>) -> KeptAlarm {
        of_word(AlarmWord::Orphan, ended, told)
    }

    fn of_word(word: AlarmWord, ended: Option<i64>, told: Option<(i64, bool)>) -> KeptAlarm {
        let told = told.map(|(told, is_end)| ("a".to_owned(), Told { at: at(told), is_end }));
        KeptAlarm {
            version: 1,
            alarm: Alarm::about(word, "wechat:1"),
            since: at(0),
            last: at(0),
            raised: 1,
            ended: ended.map(at),
            told: told.into_iter().collect(),
        }
    }

    #[test]
    fn alarm_is_told_at_once_then_daily_and_at_last_that_it_is_over() {
        for (ended, told, now, expected) in [
            (None, None, 0, Some((Line::First, true))),
            (None, Some((0, false)), DAY - 1, None),
            (None, Some((0, false)), DAY, Some((Line::Again, true))),
            (Some(10), Some((0, false)), 20, Some((Line::Over, false))),
            (Some(10), Some((0, false)), DAY + 10, Some((Line::Over, true))),
            (Some(10), Some((20, true)), 9 * DAY, None),
            (Some(10), None, 20, Some((Line::Over, true))),
            (Some(10), None, 7 * DAY + 9, Some((Line::Over, true))),
            (Some(10), None, 7 * DAY + 10, None),
            (Some(10), Some((0, false)), 7 * DAY + 10, None),
        ] {
            assert_eq!(line(&kept(ended, told), "a", at(now)), expected, "{ended:?} {told:?} {now}");
        }
        assert_eq!(line(&kept(None, Some((0, false))), "b", at(1)), Some((Line::First, true)), "another channel");
    }

    #[test]
    fn what_happened_once_is_told_once() {
        for (ended, told, now, expected) in [
            (None, None, 0, Some((Line::First, true))),
            (None, Some((0, false)), 2 * DAY, None),
            (None, None, 7 * DAY - 1, Some((Line::First, true))),
            (None, None, 7 * DAY, None),
            (Some(10), Some((0, false)), 20, None),
        ] {
            let kept = of_word(AlarmWord::LargePayment, ended, told);
            assert_eq!(line(&kept, "a", at(now)), expected, "{ended:?} {told:?} {now}");
        }
    }

    #[test]
    fn alarm_is_settled_when_every_channel_knows_its_end() {
        let channels = |names: &[&str]| -> Vec<Channel> {
            names.iter().map(|name| Channel { name: (*name).to_owned(), ..Channel::email() }).collect()
        };
        let (one, two) = (channels(&["a"]), channels(&["a", "b"]));
        for (kept, channels, now, expected) in [
            (kept(None, Some((0, false))), &one, 90 * DAY, false),
            (kept(Some(10), Some((0, false))), &one, DAY, false),
            (kept(Some(10), Some((20, true))), &one, DAY, true),
            (kept(Some(10), Some((20, true))), &two, DAY, false),
            (kept(Some(10), Some((20, true))), &two, 7 * DAY + 10, true),
            (kept(Some(10), None), &Vec::new(), DAY, false),
            (kept(Some(10), None), &Vec::new(), 7 * DAY + 10, true),
            (of_word(AlarmWord::LargePayment, None, Some((0, false))), &one, 1, true),
            (of_word(AlarmWord::LargePayment, None, Some((0, false))), &two, 1, false),
        ] {
            assert_eq!(is_settled(&kept, channels, at(now)), expected, "{kept:?} {now}");
        }
    }

    #[test]
    fn id_is_the_same_until_something_is_told() {
        let notice = |kept: KeptAlarm| Notice {
            stage: "dev".to_owned(),
            lines: vec![(Line::Again, kept)],
            more: BTreeSet::new(),
        };
        let first = notice(kept(None, Some((0, false)))).id("a");
        assert_eq!(first, notice(kept(None, Some((0, false)))).id("a"));
        assert_ne!(first, notice(kept(None, Some((DAY, false)))).id("a"), "the next day");
        assert_ne!(first, notice(kept(None, Some((0, false)))).id("b"), "another channel");
    }
}
