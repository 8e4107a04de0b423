//! What the records of the team look like on a table.

use till_app::caller::{Caller, Role};
use till_app::ports::{Command, Commit, CommitGoods as _, Committed, ListRecords as _, TeamSubject};
use till_domain::text::{Key, Reason, UserId};
use till_domain::time::Time;
use till_domain::wallet::{ByHand, Entry, Wallet};

use super::*;
use crate::item::number;
use crate::order_item::samples::start;
use crate::test_aws::{Reply, TestAws, aws_that_answers};

fn user() -> UserId {
    UserId::parse("u-1").unwrap()
}

fn record(at: Time) -> TeamRecord {
    TeamRecord {
        subject: TeamSubject::User(user()),
        at,
        by: UserId::parse("ada").unwrap(),
        role: Some(Role::Admin),
        what: "granted 5 points".to_owned(),
        reason: Some(Reason::parse("goodwill").unwrap()),
    }
}

/// Changes a wallet by hand with this record.
async fn change(aws: &Aws, wallet: &mut Wallet, key: &str, record: &TeamRecord) -> Committed {
    let done = ByHand::Grant(till_memory::samples::grants());
    let (key, reason) = (Key::parse(key).unwrap(), Reason::parse("goodwill").unwrap());
    let entry = Entry::by_hand(key, done, reason, record.at, wallet.next_version()).unwrap();
    wallet.apply(&entry).unwrap();
    let (user, by) = (user(), Caller::admin(UserId::parse("ada").unwrap()));
    let commit =
        Commit { order: None, user: &user, wallet, entry: &entry, unchanged: &[], by: Some(&by), record: Some(record) };
    aws.commit(commit).await.unwrap()
}

#[tokio::test]
async fn record_is_stored_under_its_subject_and_its_day_and_expires() {
    let test = TestAws::new().await;
    let record = record(test.now());
    assert_eq!(change(&test.aws, &mut Wallet::new(), "k1", &record).await, Committed::Yes);
    let items = test.aws.read_partition(&keys::team_partition(&record.subject)).await.unwrap();
    let [item] = items.as_slice() else { panic!("one record: {items:?}") };
    let reader = Reader::new(item);
    assert_eq!(reader.text(DAY), Ok(keys::team_day(Day::of(record.at)).as_str()));
    assert_eq!(reader.get_as(TTL), Ok(record.at.plus(Seconds::days(400))));
    assert_eq!(reader.get_as::<u32>(SCHEMA), Ok(RECORD_SCHEMA));
    assert_eq!(read_team_record(item), Ok(KeptTeamRecord::from(&record)));
}

#[tokio::test]
async fn text_of_a_record_is_limited() {
    let test = TestAws::new().await;
    let long = TeamRecord { what: "会".repeat(2_000), ..record(test.now()) };
    assert_eq!(change(&test.aws, &mut Wallet::new(), "k1", &long).await, Committed::Yes);
    let kept = test.aws.list_team_records(&long.subject, None, 10).await.unwrap().items;
    assert_eq!(kept[0].what, "会".repeat(MOST_CHARACTERS));
}

#[tokio::test]
async fn record_whose_key_is_taken_is_a_conflict() {
    let (fine, failed) = (r#"{"Code":"None"}"#, r#"{"Code":"ConditionalCheckFailed"}"#);
    // Of the wallet, the entry and the record.
    for (reasons, answer) in
        [([fine, fine, failed], Committed::Conflict), ([fine, failed, failed], Committed::Duplicate)]
    {
        let body =
            format!(r#"{{"__type":"a#TransactionCanceledException","CancellationReasons":[{}]}}"#, reasons.join(","));
        let aws = aws_that_answers(Reply::Answer(400, body));
        assert_eq!(change(&aws, &mut Wallet::new(), "k1", &record(start())).await, answer, "{reasons:?}");
    }
}

#[tokio::test]
async fn record_of_a_later_release_is_listed_with_its_words() {
    let test = TestAws::new().await;
    let record = record(test.now());
    let mut item = write(&TeamRecord { role: None, reason: None, ..record.clone() }, Seconds::days(1));
    item.extend([("role".to_owned(), text("robot")), ("more".to_owned(), number(1))]);
    item.insert(SCHEMA.to_owned(), number(9));
    let mut key = keys::team_record(&record.subject, record.at, 1);
    key.pk = "TEAM#robot#r2/d2".to_owned();
    test.put(&key, item).await;
    let listed = test.aws.list_commands(Day::of(record.at), None, 10).await.unwrap().items;
    let [Command::Other(one)] = listed.as_slice() else { panic!("one record: {listed:?}") };
    assert_eq!(one.subject, ("robot".to_owned(), "r2/d2".to_owned()));
    assert_eq!((one.role.as_deref(), one.reason.as_deref()), (Some("robot"), None));
}
