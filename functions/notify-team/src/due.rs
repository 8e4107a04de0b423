//! Chooses the alarms that a channel must be told of now. It depends on the kept alarms and the time alone.

use std::fmt::Write as _;

use std::collections::BTreeMap;

use till_app::ports::{Alarm, AlarmWord, KeptAlarm, Told};
use till_domain::time::{Seconds, Time};
use till_lambda::sha256_hex;

use crate::channels::Channel;

/// An alarm that stands is told once in this time.
const AGAIN_AFTER: Seconds = Seconds::days(1);
/// That an alarm is over waits so long for another message to come with.
const OVER_WAITS: Seconds = Seconds::days(1);
/// A channel that never heard of an alarm is told that it is over for so long: longer than receivers are usually down, and short
/// enough that a new channel does not begin with the history of a month.
const OVER_IS_NEWS: Seconds = Seconds::days(7);

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
}

impl Notice {
    /// A message by which a team tries a channel.
    pub fn test(stage: &str, now: Time) -> Self {
        let note = Some("测试消息,无需处理 · a test: there is nothing to do".to_owned());
        let alarm = Alarm { note, ..Alarm::about(AlarmWord::Aws, "till channels test") };
        let told = BTreeMap::new();
        let kept = KeptAlarm { version: 1, alarm, since: now, last: now, raised: 1, ended: None, told };
        Self { stage: stage.to_owned(), lines: vec![(Line::First, kept)] }
    }

    /// The next message for a channel; `None` if nothing is due. It has at most as many alarms as fit into one of its messages.
    pub(crate) fn due(stage: &str, all: &[KeptAlarm], channel: &Channel, now: Time) -> Option<Self> {
        let wanted = all.iter().filter(|kept| channel.wants(kept.alarm.word));
        let mut lines: Vec<(Line, bool, &KeptAlarm)> = wanted
            .filter_map(|kept| line(kept, channel.name.as_str(), now).map(|(line, alone)| (line, alone, kept)))
            .collect();
        if !lines.iter().any(|(_, alone, _)| *alone) {
            return None;
        }
        // The newest first, and what is over at the end.
        lines.sort_by_key(|(line, _, kept)| (*line as u8, std::cmp::Reverse(kept.since)));
        lines.truncate(channel.kind.most_alarms());
        let lines = lines.into_iter().map(|(line, _, kept)| (line, kept.clone())).collect();
        Some(Self { stage: stage.to_owned(), lines })
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

/// The line about an alarm that a channel must get, and whether that line alone is reason enough for a message.
fn line(kept: &KeptAlarm, channel: &str, now: Time) -> Option<(Line, bool)> {
    match (kept.ended, kept.told.get(channel)) {
        (None, None) => Some((Line::First, true)),
        (None, Some(told)) => (now.since(told.at) >= AGAIN_AFTER).then_some((Line::Again, true)),
        (Some(_), Some(told)) if told.is_end => None,
        (Some(ended), Some(_)) => Some((Line::Over, now.since(ended) >= OVER_WAITS)),
        (Some(ended), None) => (now.since(ended) < OVER_IS_NEWS).then_some((Line::Over, true)),
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
        let told = told.map(|(told, is_end)| ("a".to_owned(), Told { at: at(told), is_end }));
        KeptAlarm {
            version: 1,
            alarm: Alarm::about(AlarmWord::Orphan, "wechat:1"),
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
            (Some(10), None, 7 * DAY + 10, None),
        ] {
            assert_eq!(line(&kept(ended, told), "a", at(now)), expected, "{ended:?} {told:?} {now}");
        }
        assert_eq!(line(&kept(None, Some((0, false))), "b", at(1)), Some((Line::First, true)), "another channel");
    }

    #[test]
    fn id_is_the_same_until_something_is_told() {
        let notice = |kept: KeptAlarm| Notice { stage: "dev".to_owned(), lines: vec![(Line::Again, kept)] };
        let first = notice(kept(None, Some((0, false)))).id("a");
        assert_eq!(first, notice(kept(None, Some((0, false)))).id("a"));
        assert_ne!(first, notice(kept(None, Some((DAY, false)))).id("a"), "the next day");
        assert_ne!(first, notice(kept(None, Some((0, false)))).id("b"), "another channel");
    }
}
