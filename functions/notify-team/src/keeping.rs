//! Keeps the state of each alarm: raised for the first time or again, told to a channel, over.

use futures_util::{StreamExt as _, stream};
use till_app::ports::{AlarmWord, EndsBy, KeepAlarms, KeptAlarm, LoadOrder, Told, Unavailable, hold_subject};
use till_domain::time::{Seconds, Time};
use till_lambda::alarm::Raised;

use crate::Notify;

/// How often a write is tried that meets another one.
const MOST_TRIES: u32 = 5;
/// An alarm that is about no hold is over when it was not raised for so long.
const SILENCE: Seconds = Seconds::days(1);
/// Alarms that are looked at or written side by side.
const AT_ONCE: usize = 16;

/// Keeps a raised alarm. A message that comes twice or late changes nothing.
pub(crate) async fn take_in(ports: &impl Notify, raised: &Raised) -> Result<(), Unavailable> {
    let (word, subject) = (raised.alarm.word, raised.alarm.subject.as_str());
    change(ports, word, subject, |kept| with(kept, raised)).await.map(drop)
}

/// Notes what a channel accepted.
pub(crate) async fn note_told(
    ports: &impl Notify,
    kept: &KeptAlarm,
    channel: &str,
    told: Told,
) -> Result<Option<KeptAlarm>, Unavailable> {
    change(ports, kept.alarm.word, &kept.alarm.subject, |stored| {
        let mut stored = stored?;
        stored.told.insert(channel.to_owned(), told);
        Some(stored)
    })
    .await
}

/// Ends the alarms that are over, and returns all as they then are. An order that does not answer leaves its alarm.
pub(crate) async fn end_what_is_over(
    ports: &impl Notify,
    all: Vec<KeptAlarm>,
    until: Time,
) -> Result<Vec<KeptAlarm>, Unavailable> {
    let looks = all.into_iter().map(|kept| async move {
        if ports.now() > until || !is_over(ports, &kept).await {
            return Ok(kept);
        }
        let ended = ports.now();
        let changed = change(ports, kept.alarm.word, &kept.alarm.subject, |stored| {
            // It may have been raised once more meanwhile.
            stored.filter(|stored| stored.last == kept.last && stored.ended.is_none()).map(|mut stored| {
                stored.ended = Some(ended);
                stored
            })
        });
        Ok(changed.await?.unwrap_or(kept))
    });
    let looked: Vec<Result<KeptAlarm, Unavailable>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    looked.into_iter().collect()
}

async fn is_over(ports: &impl Notify, kept: &KeptAlarm) -> bool {
    if kept.ended.is_some() {
        return false;
    }
    match kept.alarm.word.ends_by() {
        EndsBy::Order => !stands_on_its_order(ports, kept).await,
        EndsBy::Silence => ports.now().since(kept.last) >= SILENCE,
        EndsBy::Report => false,
    }
}

async fn stands_on_its_order(ports: &impl LoadOrder, kept: &KeptAlarm) -> bool {
    let Some(no) = kept.alarm.order_no else { return false };
    match ports.load_order(no).await {
        Ok(Some(order)) => order
            .holds()
            .into_iter()
            .any(|hold| AlarmWord::Hold(hold.word) == kept.alarm.word && hold_subject(no, hold) == kept.alarm.subject),
        Ok(None) => false,
        Err(Unavailable) => true,
    }
}

/// Applies a change to the stored alarm. `None` leaves it as it is.
async fn change(
    ports: &impl KeepAlarms,
    word: AlarmWord,
    subject: &str,
    change: impl Fn(Option<KeptAlarm>) -> Option<KeptAlarm>,
) -> Result<Option<KeptAlarm>, Unavailable> {
    for _ in 0..MOST_TRIES {
        let stored = ports.load_kept(word, subject).await?;
        let version = stored.as_ref().map_or(0, |stored| stored.version);
        let Some(changed) = change(stored) else { return Ok(None) };
        let changed = KeptAlarm { version: version.saturating_add(1), ..changed };
        if ports.save_kept(&changed).await? {
            return Ok(Some(changed));
        }
    }
    Err(Unavailable)
}

fn with(kept: Option<KeptAlarm>, raised: &Raised) -> Option<KeptAlarm> {
    let Raised { alarm, at, is_over } = raised;
    let first = KeptAlarm {
        version: 0,
        alarm: alarm.clone(),
        since: *at,
        last: *at,
        raised: 1,
        ended: None,
        told: std::collections::BTreeMap::new(),
    };
    let Some(kept) = kept else { return (!is_over).then_some(first) };
    // The queue may deliver a message twice, and in another order.
    if *at < kept.last || kept.ended.is_some_and(|ended| *at <= ended) {
        return None;
    }
    if *is_over {
        return kept.ended.is_none().then_some(KeptAlarm { ended: Some(*at), ..kept });
    }
    if kept.ended.is_some() {
        return Some(first);
    }
    let is_repeated = *at == kept.last && *alarm == kept.alarm;
    let raised = kept.raised.saturating_add(1);
    (!is_repeated).then_some(KeptAlarm { alarm: alarm.clone(), last: *at, raised, ..kept })
}

#[cfg(test)]
mod tests {
    use till_app::ports::Alarm;

    use super::*;

    fn at(unix: i64) -> Time {
        Time::from_unix(unix).unwrap()
    }

    fn raised(unix: i64, is_over: bool) -> Raised {
        Raised { alarm: Alarm::about(AlarmWord::Aws, "the API fails"), at: at(unix), is_over }
    }

    #[test]
    fn repeated_late_and_foreign_messages_change_nothing() {
        assert_eq!(with(None, &raised(100, true)), None, "it never stood");
        let first = with(None, &raised(100, false)).unwrap();
        assert_eq!((first.since, first.last, first.raised), (at(100), at(100), 1));
        assert_eq!(with(Some(first.clone()), &raised(100, false)), None, "delivered twice");
        let second = with(Some(first), &raised(200, false)).unwrap();
        assert_eq!((second.since, second.last, second.raised), (at(100), at(200), 2));
        assert_eq!(with(Some(second.clone()), &raised(150, true)), None, "late");
        let over = with(Some(second), &raised(300, true)).unwrap();
        assert_eq!(over.ended, Some(at(300)));
        assert_eq!(with(Some(over.clone()), &raised(250, false)), None, "late");
        assert_eq!(with(Some(over.clone()), &raised(400, true)), None, "over already");
        let again = with(Some(over), &raised(400, false)).unwrap();
        assert_eq!((again.since, again.raised, again.ended, again.told.len()), (at(400), 1, None, 0));
    }
}
