//! Pushes and answers: which sockets receive them, and the removal of sockets that are gone.

use std::time::{Duration, Instant};

use till_app::ports::{Answer, Connection, KeepConnection, Listens, Message, Push, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;

use crate::keys;
use crate::test_aws::Reply;
use crate::test_aws::{ServiceCall, TestAws};
use till_memory::LogCapture;

const NO: &str = "ORD20261121150000ABCDEF12";
const OTHER: &str = "ORD20261121150000ABCDEF34";

fn no(text: &str) -> OrderNo {
    OrderNo::parse(text).unwrap()
}

fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

async fn open(test: &TestAws, who: &str, id: &str, listens: Listens) {
    let connection = Connection { id: id.to_owned(), user: user(who), listens };
    test.aws.keep_connection(&connection).await.unwrap();
}

/// Which sockets heard something, by their ids.
fn receivers(calls: &[ServiceCall]) -> Vec<&str> {
    let mut receivers: Vec<&str> = calls.iter().filter_map(|call| call.operation.rsplit('/').next()).collect();
    receivers.sort_unstable();
    receivers
}

fn fine(_: &ServiceCall) -> Reply {
    Reply::Answer(200, String::new())
}

#[tokio::test]
async fn push_reaches_only_sockets_that_listen_to_the_order() {
    let test = TestAws::new().await;
    test.on_call(fine);
    open(&test, "ann", "all", Listens::User).await;
    open(&test, "ann", "this", Listens::Order(no(NO))).await;
    open(&test, "ann", "that", Listens::Order(no(OTHER))).await;
    open(&test, "bob", "bobs", Listens::User).await;
    test.aws.push(&user("ann"), no(NO), Message::PaymentSuccess).await;
    let calls = test.take_calls();
    assert_eq!(receivers(&calls), ["all", "this"]);
    for one in calls {
        assert!(one.operation.contains("_aws/execute-api/abcd1234/live/@connections/"), "{}", one.operation);
        assert_eq!(one.body, r#"{"type":"payment_success","order_no":"ORD20261121150000ABCDEF12"}"#);
    }
}

#[tokio::test]
async fn push_forgets_gone_sockets_and_keeps_failing_ones() {
    let test = TestAws::new().await;
    open(&test, "ann", "gone", Listens::User).await;
    open(&test, "ann", "bare", Listens::User).await;
    open(&test, "ann", "fails", Listens::User).await;
    test.on_call(|call| match call.operation.rsplit('/').next() {
        Some("gone") => Reply::Answer(410, r#"{"__type":"GoneException"}"#.to_owned()),
        Some("bare") => Reply::Answer(410, String::new()),
        _ => Reply::Answer(403, r#"{"__type":"ForbiddenException"}"#.to_owned()),
    });
    let log = LogCapture::new();
    test.aws.push(&user("ann"), no(NO), Message::OrderCancelled).await;
    assert_eq!(test.count("PUSH#ann").await, 1);
    for (id, stands) in [("gone", false), ("bare", false), ("fails", true)] {
        assert_eq!(test.get(&keys::connection(&user("ann"), id)).await.is_some(), stands, "{id}");
    }
    let said = log.lines();
    assert!(said.len() == 1 && said[0].contains("PostToConnection"), "{said:?}");
}

#[tokio::test]
async fn push_without_an_answer_times_out() {
    let test = TestAws::new().await;
    open(&test, "ann", "a", Listens::User).await;
    test.on_call(|_| Reply::Silence);
    let begun = Instant::now();
    test.aws.push(&user("ann"), no(NO), Message::OrderExpiring).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn answer_goes_to_its_socket_and_a_gone_socket_is_no_error() {
    let test = TestAws::new().await;
    open(&test, "ann", "a=", Listens::User).await;
    test.on_call(fine);
    assert_eq!(test.aws.answer("a=", "pong").await, Ok(()));
    assert_eq!(test.take_calls()[0].body, "pong");
    test.on_call(|_| Reply::Answer(410, r#"{"__type":"GoneException"}"#.to_owned()));
    assert_eq!(test.aws.answer("a=", "pong").await, Ok(()));
    test.on_call(|_| Reply::Answer(500, "{}".to_owned()));
    assert_eq!(test.aws.answer("a=", "pong").await, Err(Unavailable));
}
