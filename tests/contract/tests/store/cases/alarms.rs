//! Alarms until they are over, and whose turn it is to send them: each written over the version before, by one of two.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use till_app::ports::{Alarm, AlarmWord, KeepAlarms as _, KeptAlarm, ListedAlarms, Measured, Pause, SendingTurn, Told};
use till_domain::time::Seconds;

use crate::fixture::start;
use crate::tested_store::TestedStore;

fn kept(version: u64, subject: &str) -> KeptAlarm {
    let measured = Some(Measured::new("31 min", "15 min"));
    KeptAlarm {
        version,
        alarm: Alarm { measured, ..Alarm::about(AlarmWord::SweepLate, subject) },
        since: start(),
        last: start(),
        raised: 1,
        ended: None,
        told: BTreeMap::from([("ops".to_owned(), Told { at: start(), is_end: false })]),
    }
}

pub async fn kept_alarm_follows_the_version_before_it(tested: &impl TestedStore) {
    let store = tested.store();
    assert_eq!(store.load_kept(AlarmWord::SweepLate, "sweep").await, Ok(None));
    assert_eq!(store.save_kept(&kept(2, "sweep")).await, Ok(false), "there is no first one");
    assert_eq!(store.save_kept(&kept(1, "sweep")).await, Ok(true));
    let second = KeptAlarm { raised: 2, told: BTreeMap::new(), ended: Some(start()), ..kept(2, "sweep") };
    assert_eq!(store.save_kept(&second).await, Ok(true));
    assert_eq!(store.save_kept(&kept(1, "sweep")).await, Ok(false));
    assert_eq!(store.save_kept(&kept(4, "sweep")).await, Ok(false));
    assert_eq!(store.load_kept(AlarmWord::SweepLate, "sweep").await, Ok(Some(second)));
    assert_eq!(store.load_kept(AlarmWord::SweepFailed, "sweep").await, Ok(None), "another word");
}

pub async fn kept_alarm_has_one_winner(tested: &impl TestedStore) {
    let store = tested.store();
    let all: Vec<KeptAlarm> = (0..8).map(|n| KeptAlarm { raised: n, ..kept(1, "sweep") }).collect();
    let saved = join_all(all.iter().map(|kept| store.save_kept(kept))).await;
    assert_eq!(saved.iter().filter(|saved| **saved == Ok(true)).count(), 1, "{saved:?}");
}

pub async fn alarms_are_listed_until_some_time_after_their_end(tested: &impl TestedStore) {
    let store = tested.store();
    let over = KeptAlarm { ended: Some(start()), ..kept(1, "a") };
    for kept in [&over, &kept(1, "b")] {
        assert_eq!(store.save_kept(kept).await, Ok(true));
    }
    assert_eq!(store.save_turn(&SendingTurn { version: 1, ..SendingTurn::default() }).await, Ok(true));
    let subjects = async || {
        let mut subjects: Vec<String> =
            store.list_kept().await.unwrap().all.into_iter().map(|kept| kept.alarm.subject).collect();
        subjects.sort_unstable();
        subjects
    };
    tested.pass(Seconds::days(29));
    assert_eq!(subjects().await, ["a", "b"]);
    tested.pass(Seconds::days(1));
    assert_eq!(subjects().await, ["b"]);
}

pub async fn alarm_is_put_away_unless_it_was_written_again(tested: &impl TestedStore) {
    let store = tested.store();
    let (word, end) = (AlarmWord::SweepLate, start().plus(Seconds(60)));
    assert_eq!(store.load_end(word, "a").await, Ok(None));
    let first = kept(1, "a");
    assert_eq!(store.save_kept(&first).await, Ok(true));
    assert_eq!(store.save_kept(&KeptAlarm { raised: 2, ..kept(2, "a") }).await, Ok(true));
    assert_eq!(store.put_away(&first, end).await, Ok(false));
    assert!(store.load_kept(word, "a").await.unwrap().is_some());
    assert_eq!(store.put_away(&kept(2, "a"), end).await, Ok(true));
    assert_eq!(store.load_kept(word, "a").await, Ok(None));
    assert_eq!(store.load_end(word, "a").await, Ok(Some(end)));
    assert_eq!(store.load_end(AlarmWord::SweepFailed, "a").await, Ok(None), "another word");
    assert_eq!(store.list_kept().await, Ok(ListedAlarms::default()));
    // It begins anew.
    assert_eq!(store.save_kept(&kept(1, "a")).await, Ok(true));
    tested.pass(Seconds::days(31));
    assert_eq!(store.load_end(word, "a").await, Ok(None));
}

pub async fn turn_to_send_has_one_winner(tested: &impl TestedStore) {
    let store = tested.store();
    let first = store.load_turn().await.unwrap();
    assert_eq!(first, SendingTurn::default());
    let until = Some(start().plus(Seconds(60)));
    // They differ only by who took it.
    let turns: Vec<SendingTurn> =
        (0..8).map(|holder| SendingTurn { version: 1, busy_until: until, holder, ..SendingTurn::default() }).collect();
    let saved = join_all(turns.iter().map(|turn| store.save_turn(turn))).await;
    assert_eq!(saved.iter().filter(|saved| **saved == Ok(true)).count(), 1, "{saved:?}");
    let taken = store.load_turn().await.unwrap();
    let pauses = BTreeMap::from([("ops".to_owned(), Pause { since: start(), failures: 2, until: start() })]);
    let given_back = SendingTurn { version: 2, busy_until: None, pauses, ..taken };
    assert_eq!(store.save_turn(&given_back).await, Ok(true));
    assert_eq!(store.load_turn().await, Ok(given_back));
}
