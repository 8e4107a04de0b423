//! Keeps the state of each alarm: raised for the first time or again, told to a channel, over, put away.

use futures_util::{StreamExt as _, stream};
use till_app::ports::{AlarmWord, EndsBy, KeepAlarms, KeptAlarm, ListedAlarms, Told, Unavailable};
use till_domain::time::Time;
use till_lambda::alarm::Raised;

use crate::Notify;
use crate::channels::Channel;
use crate::due::is_settled;
use crate::ending::is_over;

/// How often a write is tried that meets another one.
const MOST_TRIES: u32 = 5;
/// Alarms that are looked at or written side by side.
const AT_ONCE: usize = 16;

/// Keeps a raised alarm. A message that comes twice or late changes nothing.
pub(crate) async fn take_in(ports: &impl Notify, raised: &Raised) -> Result<(), Unavailable> {
    let (word, subject) = (raised.alarm.word, raised.alarm.subject.as_str());
    let taken = change(ports, word, subject, async |kept| {
        if kept.is_none()
            && let Some(ended) = ports.load_end(word, subject).await?
            && (raised.at <= ended || word.ends_by() == EndsBy::Telling)
        {
            return Ok(None);
        }
        Ok(with(kept, raised))
    });
    taken.await.map(drop)
}

/// Notes what a channel accepted.
pub(crate) async fn note_told(
    ports: &impl Notify,
    kept: &KeptAlarm,
    channel: &str,
    told: Told,
) -> Result<Option<KeptAlarm>, Unavailable> {
    change(ports, kept.alarm.word, &kept.alarm.subject, async |stored| {
        // Raised anew meanwhile, it is another alarm, which nobody was told of.
        let Some(mut stored) = stored.filter(|stored| stored.since == kept.since) else { return Ok(None) };
        stored.told.insert(channel.to_owned(), told);
        Ok(Some(stored))
    })
    .await
}

/// Ends the alarms that are over, and returns all as they then are. What does not answer leaves its alarm.
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
        let changed = change(ports, kept.alarm.word, &kept.alarm.subject, async |stored| {
            // It may have been raised once more meanwhile.
            let stored = stored.filter(|stored| stored.last == kept.last && stored.ended.is_none());
            Ok(stored.map(|stored| KeptAlarm { ended: Some(ended), ..stored }))
        });
        Ok(changed.await?.unwrap_or(kept))
    });
    let looked: Vec<Result<KeptAlarm, Unavailable>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    looked.into_iter().collect()
}

/// Puts the alarms away of which there is nothing more to tell, and returns the others.
pub(crate) async fn put_away_what_is_settled(
    ports: &impl Notify,
    listed: ListedAlarms,
    channels: &[Channel],
    until: Time,
) -> ListedAlarms {
    let looks = listed.all.into_iter().map(|kept| async move {
        let now = ports.now();
        if now > until || !is_settled(&kept, channels, now) {
            return Some(kept);
        }
        // One that is raised anew at this moment stays, and is listed by the next round.
        let _ = ports.put_away(&kept, kept.ended.unwrap_or(now)).await;
        None
    });
    let left: Vec<Option<KeptAlarm>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    ListedAlarms { all: left.into_iter().flatten().collect(), more: listed.more }
}

/// Applies a change to the stored alarm. `None` leaves it as it is.
async fn change(
    ports: &impl KeepAlarms,
    word: AlarmWord,
    subject: &str,
    change: impl AsyncFn(Option<KeptAlarm>) -> Result<Option<KeptAlarm>, Unavailable>,
) -> Result<Option<KeptAlarm>, Unavailable> {
    for _ in 0..MOST_TRIES {
        let stored = ports.load_kept(word, subject).await?;
        let version = stored.as_ref().map_or(0, |stored| stored.version);
        let Some(changed) = change(stored).await? else { return Ok(None) };
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
    if kept.ended.is_some() || is_silent(&kept, *at) {
        let is_told_once = alarm.word.ends_by() == EndsBy::Telling;
        return (!is_told_once).then_some(first);
    }
    let is_repeated = *at == kept.last && *alarm == kept.alarm;
    let raised = kept.raised.saturating_add(1);
    (!is_repeated).then_some(KeptAlarm { alarm: alarm.clone(), last: *at, raised, ..kept })
}

/// Whether it was not raised for so long that this is another alarm, whoever looks first.
fn is_silent(kept: &KeptAlarm, at: Time) -> bool {
    match kept.alarm.word.ends_by() {
        EndsBy::Silence(silence) => at.since(kept.last) >= silence,
        EndsBy::Order | EndsBy::Orphan | EndsBy::UsableOrder | EndsBy::Telling | EndsBy::Report(_) => false,
    }
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

    #[test]
    fn raise_after_an_hour_of_silence_is_another_alarm() {
        let of =
            |unix| Raised { alarm: Alarm::about(AlarmWord::ProviderSilent, "wechat"), at: at(unix), is_over: false };
        let first = with(None, &of(0)).unwrap();
        let second = with(Some(first), &of(3_599)).unwrap();
        assert_eq!((second.since, second.raised), (at(0), 2), "it still stands");
        let third = with(Some(second.clone()), &of(3_599 + 3_599)).unwrap();
        assert_eq!((third.since, third.raised), (at(0), 3), "the hour begins with each raise");
        let anew = with(Some(second), &of(3_599 + 3_600)).unwrap();
        assert_eq!((anew.since, anew.raised, anew.told.len()), (at(7_199), 1, 0));
    }

    #[test]
    fn what_happened_once_is_no_second_alarm() {
        let of = |unix| Raised { alarm: Alarm::about(AlarmWord::LargePayment, "ORD"), at: at(unix), is_over: false };
        let first = with(None, &of(0)).unwrap();
        let second = with(Some(first), &of(90_000)).unwrap();
        assert_eq!((second.since, second.raised), (at(0), 2));
        assert_eq!(with(Some(KeptAlarm { ended: Some(at(90_000)), ..second }), &of(100_000)), None);
    }
}
