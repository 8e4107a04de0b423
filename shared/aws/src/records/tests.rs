//! What the audit trail looks like on a table.

use till_domain::id::OrderNo;
use till_domain::order::{Fulfilment, RemedyWord, Status};
use till_domain::refusal::Refusal;
use till_domain::text::Reason;
use till_domain::time::{Seconds, Time};

use super::*;
use crate::item::Reader;
use crate::order_item::samples::{account, start};
use crate::size::item_bytes;
use crate::test_aws::TestAws;
use crate::test_aws::{Reply, aws_that_answers};
use till_app::caller::Caller;
use till_app::ports::{Cause, Outcome, RemedyNote};
use till_domain::text::UserId;
use till_memory::LogCapture;

fn no() -> OrderNo {
    OrderNo::mint(start(), 1)
}

fn record(at: Time) -> Record {
    let outcome = Outcome::Changed(Status::Paid, Fulfilment::Queued);
    Record {
        order: no(),
        at,
        cause: Cause::Pushed,
        account: Some(account()),
        outcome,
        callback: None,
        by: None,
        remedy: None,
    }
}

fn callback() -> CallbackAudit {
    CallbackAudit { from: "203.0.113.9".to_owned(), hash: "ab".repeat(32), facts: vec![("trade_no", "42".to_owned())] }
}

async fn kept(test: &TestAws) -> Vec<Attributes> {
    let items = test.aws.read_partition(&keys::order_partition(no())).await.unwrap();
    items.into_iter().filter(|item| Reader::new(item).text("sk").is_ok_and(|sk| sk.starts_with("REC#"))).collect()
}

#[tokio::test]
async fn records_are_stored_beside_their_order_and_expire() {
    let test = TestAws::new().await;
    let at = test.now();
    // Twenty of one second, and one before them.
    for _ in 0..20 {
        test.aws.keep_record(record(at)).await;
    }
    test.aws.keep_record(Record { callback: Some(callback()), ..record(at.minus(Seconds(1))) }).await;
    let items = kept(&test).await;
    assert_eq!(items.len(), 21);
    let first = Reader::new(&items[0]);
    assert_eq!(first.get_as("at"), Ok(at.minus(Seconds(1))));
    assert_eq!(first.text("cause"), Ok("pushed"));
    assert_eq!(first.text("account"), Ok("wechat:main"));
    assert_eq!(first.text("outcome"), Ok("changed paid queued"));
    let came = first.map("came").unwrap();
    assert_eq!((came.text("from"), came.text("hash")), (Ok("203.0.113.9"), Ok("ab".repeat(32).as_str())));
    assert_eq!(came.map("facts").unwrap().text("trade_no"), Ok("42"));
    assert!(!Reader::new(&items[1]).has("came"));
    test.pass(Seconds::days(399));
    assert_eq!(kept(&test).await.len(), 21);
    test.pass(Seconds::days(1));
    assert_eq!(kept(&test).await.len(), 0);
}

#[tokio::test]
async fn record_names_who_commanded_it() {
    let test = TestAws::new().await;
    let by = Caller::admin(UserId::parse("ann").unwrap());
    let item = write_record(&Record { by: Some(by), ..record(test.now()) }, Seconds::days(1));
    let read = Reader::new(&item);
    assert_eq!((read.text("by"), read.text("role")), (Ok("ann"), Ok("admin")));
    let item = write_record(&record(test.now()), Seconds::days(1));
    assert!(!Reader::new(&item).has("by") && !Reader::new(&item).has("role"));
}

#[tokio::test]
async fn record_says_which_remedy_was_applied_and_why() {
    let test = TestAws::new().await;
    let remedy = RemedyNote { word: RemedyWord::Complete, reason: Reason::parse("seen in the bank").unwrap() };
    let item = write_record(&Record { remedy: Some(remedy), ..record(test.now()) }, Seconds::days(1));
    let read = Reader::new(&item);
    assert_eq!((read.text("remedy"), read.text("reason")), (Ok("complete"), Ok("seen in the bank")));
    let item = write_record(&record(test.now()), Seconds::days(1));
    assert!(!Reader::new(&item).has("remedy") && !Reader::new(&item).has("reason"));
}

#[tokio::test]
async fn every_outcome_is_written_in_words() {
    let test = TestAws::new().await;
    for (outcome, words) in [
        (Outcome::Changed(Status::Refunded, Fulfilment::Revoked), "changed refunded revoked"),
        (Outcome::Refused(Refusal::AlreadyPaid), "refused already_paid"),
        (Outcome::Unanswered, "unanswered"),
        (Outcome::ProviderRefused, "provider_refused"),
    ] {
        let item = write_record(&Record { outcome, ..record(test.now()) }, Seconds::days(1));
        assert_eq!(Reader::new(&item).text("outcome"), Ok(words));
    }
}

#[tokio::test]
async fn record_truncates_long_values() {
    let test = TestAws::new().await;
    let endless = "付".repeat(100_000);
    let facts = vec![("a", endless.clone()), ("b", endless.clone())];
    let callback = CallbackAudit { from: endless.clone(), hash: endless, facts };
    test.aws.keep_record(Record { callback: Some(callback), ..record(test.now()) }).await;
    let items = kept(&test).await;
    let came = Reader::new(&items[0]).map("came").unwrap();
    assert_eq!(came.text("from").unwrap().chars().count(), 64);
    assert_eq!(came.map("facts").unwrap().text("b").unwrap().chars().count(), 256);
    assert!(item_bytes(&items[0]) < 3_000);
    assert_eq!([truncate("", 2), truncate("a", 2), truncate("ab", 2), truncate("付款吧", 2)], ["", "a", "ab", "付款"]);
}

#[tokio::test]
async fn record_that_cannot_be_kept_is_logged_and_stops_nothing() {
    let log = LogCapture::new();
    let aws = aws_that_answers(Reply::BrokenConnection);
    aws.keep_record(record(start())).await;
    assert_eq!(log.lines().len(), 1);
    // Every key is taken.
    let taken = r#"{"__type":"a#ConditionalCheckFailedException"}"#;
    aws_that_answers(Reply::Answer(400, taken.to_owned())).keep_record(record(start())).await;
    assert_eq!(log.lines().len(), 1);
}
