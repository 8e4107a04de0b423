//! Alarms as they are stored. The contract has the rest.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{Alarm, AlarmWord, KeepAlarms as _, KeptAlarm, ListedAlarms, Measured, Pause, SendingTurn, Told};
use till_domain::time::{Seconds, Time};

use super::{read, read_turn, write, write_turn};
use crate::item::{number, text};
use crate::keys;
use crate::order_item::samples;
use crate::test_aws::{Reply, TestAws, aws_that_answers, released_item};

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
    let listed = test.aws.list_kept().await.unwrap().all;
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

#[tokio::test]
async fn very_many_alarms_of_one_word_do_not_hide_the_others() {
    let test = TestAws::new().await;
    let most = ListedAlarms::MOST_OF_A_WORD;
    let kept = |word, subject: String| {
        let alarm = Alarm { note: Some("n".repeat(200)), ..Alarm::about(word, subject) };
        KeptAlarm { version: 1, alarm, ended: None, ..full() }
    };
    for n in 0..2 * most + 500 {
        assert_eq!(test.aws.save_kept(&kept(AlarmWord::StuckOrder, format!("{n:05}"))).await, Ok(true));
    }
    for word in [AlarmWord::Orphan, AlarmWord::SweepLate, AlarmWord::UnusableAccount] {
        assert_eq!(test.aws.save_kept(&kept(word, "one".to_owned())).await, Ok(true));
    }
    let ListedAlarms { all, more } = test.aws.list_kept().await.unwrap();
    let count = |word| all.iter().filter(|kept| kept.alarm.word == word).count();
    assert_eq!(count(AlarmWord::StuckOrder), most);
    for word in [AlarmWord::Orphan, AlarmWord::SweepLate, AlarmWord::UnusableAccount] {
        assert_eq!(count(word), 1, "{word}");
    }
    assert_eq!(more.into_iter().collect::<Vec<_>>(), [AlarmWord::StuckOrder]);
}

#[tokio::test]
async fn endless_list_of_alarms_comes_to_an_end() {
    let page = r#"{"Items":[],"LastEvaluatedKey":{"pk":{"S":"ALARM"},"sk":{"S":"orphan#a"}}}"#;
    let aws = aws_that_answers(Reply::Answer(200, page.to_owned()));
    assert_eq!(aws.list_kept().await, Ok(ListedAlarms::default()));
}

#[tokio::test]
async fn alarm_that_is_put_away_leaves_its_end_for_a_month() {
    let test = TestAws::new().await;
    let kept = KeptAlarm { version: 1, ..full() };
    let (word, subject) = (kept.alarm.word, kept.alarm.subject.clone());
    assert_eq!(test.aws.save_kept(&kept).await, Ok(true));
    assert_eq!(test.aws.put_away(&kept, at(120)).await, Ok(true));
    assert_eq!(test.get(&keys::alarm(word, &subject)).await, None);
    let end = test.get(&keys::ended_alarm(word, &subject)).await.unwrap();
    assert_eq!(
        (&end["ended"], &end["ttl"]),
        (&number(at(120).unix()), &number(at(120).plus(Seconds::days(30)).unix()))
    );
    assert_eq!(test.aws.list_kept().await, Ok(ListedAlarms::default()));
    // The answer was lost, and the call is repeated.
    assert_eq!(test.aws.put_away(&kept, at(120)).await, Ok(false));
    assert_eq!(test.aws.load_end(word, &subject).await, Ok(Some(at(120))));
    test.pass(Seconds::days(31));
    assert_eq!(test.aws.load_end(word, &subject).await, Ok(None));
}

#[test]
fn pause_of_an_earlier_release_begins_when_it_ends() {
    let pause = Pause { since: at(0), failures: 3, until: at(60) };
    let turn = SendingTurn { version: 1, pauses: [("ops".to_owned(), pause)].into(), ..SendingTurn::default() };
    let mut item = write_turn(&turn);
    assert_eq!(read_turn(&item), Ok(turn.clone()));
    let pauses = item.get_mut("pauses").unwrap();
    let AttributeValue::M(pauses) = pauses else { panic!("{pauses:?}") };
    let AttributeValue::M(stored) = pauses.get_mut("ops").unwrap() else { panic!("a pause is a map") };
    stored.remove("since");
    assert_eq!(read_turn(&item).unwrap().pauses["ops"], Pause { since: at(60), ..pause });
}
