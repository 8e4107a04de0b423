//! Alarms as they are stored. The contract has the rest.

use till_app::ports::{Alarm, AlarmWord, KeepAlarms as _, KeptAlarm, Measured, SendingTurn, Told};
use till_domain::time::{Seconds, Time};

use super::{read, write};
use crate::item::{number, text};
use crate::keys;
use crate::order_item::samples;
use crate::test_aws::{TestAws, released_item};

fn at(seconds: u32) -> Time {
    samples::start().plus(Seconds(seconds))
}

fn full() -> KeptAlarm {
    let measured = Some(Measured::new("6.2 %", "5 %"));
    KeptAlarm {
        version: 3,
        alarm: Alarm { measured, note: Some("look".to_owned()), ..samples::alarm() },
        since: at(0),
        last: at(60),
        raised: 2,
        ended: Some(at(120)),
        told: [("feishu".to_owned(), Told { at: at(70), is_end: false })].into(),
    }
}

#[test]
fn released_item_reads_and_writes_back() {
    let released = released_item(include_str!("../../tests/shapes/alarm_kept.json"));
    let kept = full();
    assert_eq!(read(kept.alarm.word, &kept.alarm.subject, &released), Ok(kept.clone()));
    assert_eq!(write(&kept), released);
}

#[tokio::test]
async fn unreadable_alarm_does_not_hide_the_others() {
    let test = TestAws::new().await;
    for subject in ["good", "bad"] {
        let alarm = Alarm::about(AlarmWord::SweepLate, subject);
        let kept = KeptAlarm { version: 1, alarm, ended: None, ..full() };
        assert_eq!(test.aws.save_kept(&kept).await, Ok(true));
    }
    test.set(&keys::alarm(AlarmWord::SweepLate, "bad"), "last", text("soon")).await;
    assert_eq!(test.aws.save_turn(&SendingTurn { version: 1, ..SendingTurn::default() }).await, Ok(true));
    let listed = test.aws.list_kept().await.unwrap();
    assert_eq!(listed.iter().map(|kept| kept.alarm.subject.as_str()).collect::<Vec<_>>(), ["good"]);
}

#[tokio::test]
async fn alarm_of_a_later_release_is_not_overwritten() {
    let test = TestAws::new().await;
    let kept = KeptAlarm { version: 1, ..full() };
    assert_eq!(test.aws.save_kept(&kept).await, Ok(true));
    let place = keys::alarm(kept.alarm.word, &kept.alarm.subject);
    test.set(&place, "later", text("kept")).await;
    assert_eq!(test.aws.save_kept(&KeptAlarm { version: 2, ..kept.clone() }).await, Ok(true));
    assert_eq!(test.get(&place).await.unwrap()["later"], text("kept"));
    test.set(&place, "schema", number(2)).await;
    assert_eq!(test.aws.save_kept(&KeptAlarm { version: 3, ..kept }).await, Ok(false));
}

#[tokio::test]
async fn alarm_is_deleted_some_time_after_its_end_only() {
    let test = TestAws::new().await;
    let standing = KeptAlarm { version: 1, ended: None, ..full() };
    let place = keys::alarm(standing.alarm.word, &standing.alarm.subject);
    assert_eq!(test.aws.save_kept(&standing).await, Ok(true));
    assert!(!test.get(&place).await.unwrap().contains_key("ttl"));
    assert_eq!(test.aws.save_kept(&KeptAlarm { version: 2, ..full() }).await, Ok(true));
    let ttl = at(120).plus(Seconds::days(30)).unix();
    assert_eq!(test.get(&place).await.unwrap()["ttl"], number(ttl));
    // It is raised once more.
    assert_eq!(test.aws.save_kept(&KeptAlarm { version: 3, ..standing }).await, Ok(true));
    assert!(!test.get(&place).await.unwrap().contains_key("ttl"));
}

#[tokio::test]
async fn alarm_past_its_time_makes_room_for_a_new_one() {
    let test = TestAws::new().await;
    assert_eq!(test.aws.save_kept(&KeptAlarm { version: 1, ..full() }).await, Ok(true));
    test.pass(Seconds::days(31));
    let alarm = full().alarm;
    assert_eq!(test.aws.load_kept(alarm.word, &alarm.subject).await, Ok(None));
    let again = KeptAlarm { version: 1, ended: None, told: [].into(), ..full() };
    assert_eq!(test.aws.save_kept(&again).await, Ok(true));
    assert_eq!(test.aws.load_kept(alarm.word, &alarm.subject).await, Ok(Some(again)));
}
