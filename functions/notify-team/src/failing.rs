//! Channels that do not get their alarms: left out of the secret, or refusing for long. All others are told.

use std::collections::{BTreeMap, BTreeSet};

use till_app::ports::{Alarm, AlarmWord, KeptAlarm, Pause, Unavailable};
use till_domain::time::{Seconds, Time};
use till_lambda::alarm::Raised;

use crate::channels::{BadChannels, CHANNELS_SECRET};
use crate::{Notify, keeping};

/// A channel that refuses for so long is told of to the others.
const REFUSES_LONG: Seconds = Seconds::hours(1);

/// Why a channel does not get its alarms, by its name; a fault that is no channel's goes by the name of the secret.
pub(crate) fn find(faults: &[BadChannels], pauses: &BTreeMap<String, Pause>, now: Time) -> BTreeMap<String, String> {
    let refusing = pauses.iter().filter(|(_, pause)| now.since(pause.since) >= REFUSES_LONG);
    let refusing = refusing.map(|(name, _)| (name.clone(), "it has accepted no message for an hour".to_owned()));
    let faults = faults.iter().map(|bad| (bad.channel().unwrap_or(CHANNELS_SECRET).to_owned(), bad.to_string()));
    refusing.chain(faults).collect()
}

/// Raises an alarm for each failing channel that has none, and ends those of all others. Returns whether any changed.
pub(crate) async fn tell(
    ports: &impl Notify,
    all: &[KeptAlarm],
    failing: &BTreeMap<String, String>,
) -> Result<bool, Unavailable> {
    let standing = all.iter().filter(|kept| kept.alarm.word == AlarmWord::ChannelFailed && kept.ended.is_none());
    let standing: BTreeSet<&str> = standing.map(|kept| kept.alarm.subject.as_str()).collect();
    let raised = failing.iter().filter(|(name, _)| !standing.contains(name.as_str()));
    let ended = standing.iter().filter(|name| !failing.contains_key(**name));
    let mut is_changed = false;
    for (name, why) in raised {
        let word = AlarmWord::ChannelFailed;
        tracing::error!(alarm = word.as_str(), channel = name, why, "a channel does not get its alarms");
        let alarm = Alarm { note: Some(why.clone()), ..Alarm::about(word, name) };
        keeping::take_in(ports, &Raised { alarm, at: ports.now(), is_over: false }).await?;
        is_changed = true;
    }
    for name in ended {
        let alarm = Alarm::about(AlarmWord::ChannelFailed, *name);
        keeping::take_in(ports, &Raised { alarm, at: ports.now(), is_over: true }).await?;
        is_changed = true;
    }
    Ok(is_changed)
}
