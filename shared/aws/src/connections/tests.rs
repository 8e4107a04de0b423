//! Open sockets: at most five for each user, their and their expiry.

use till_app::ports::{Connection, KeepConnection, Listens};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::Seconds;

use crate::item::text;
use crate::keys;
use crate::test_aws::{Reply, TestAws};

fn ann() -> UserId {
    UserId::parse("ann").unwrap()
}

fn connection(id: &str) -> Connection {
    Connection { id: id.to_owned(), user: ann(), listens: Listens::User }
}

async fn open(test: &TestAws) -> Vec<String> {
    test.aws.connections_of(&ann()).await.unwrap().into_iter().map(|one| one.connection.id).collect()
}

#[tokio::test]
async fn connection_reads_back_until_it_expires() {
    let test = TestAws::new().await;
    let one = Connection {
        id: "L0SM9cOFvHcCIhw=".to_owned(),
        user: ann(),
        listens: Listens::Order(OrderNo::parse("ORD20261121150000ABCDEF12").unwrap()),
    };
    test.aws.keep_connection(&one).await.unwrap();
    let kept = test.aws.connections_of(&ann()).await.unwrap();
    assert_eq!(kept.into_iter().map(|kept| kept.connection).collect::<Vec<_>>(), [one]);
    test.pass(Seconds(7_799));
    assert_eq!(open(&test).await.len(), 1);
    test.pass(Seconds(1));
    assert_eq!(open(&test).await.len(), 0);
    // DynamoDB has not deleted it.
    assert_eq!(test.count("PUSH#ann").await, 1);
}

#[tokio::test]
async fn sixth_connection_of_a_user_closes_and_replaces_the_oldest() {
    let test = TestAws::new().await;
    test.on_call(|_| Reply::Answer(204, String::new()));
    for id in ["f", "e", "d", "c", "b", "a"] {
        test.aws.keep_connection(&connection(id)).await.unwrap();
        test.pass(Seconds(1));
    }
    assert_eq!(open(&test).await, ["a", "b", "c", "d", "e"]);
    let closed: Vec<String> = test.take_calls().into_iter().map(|call| call.operation).collect();
    assert!(closed.len() == 1 && closed[0].ends_with("/live/@connections/f"), "{closed:?}");
    // One that is kept again replaces no other.
    test.aws.keep_connection(&connection("e")).await.unwrap();
    assert_eq!(open(&test).await, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn new_connection_is_kept_though_the_oldest_cannot_be_closed() {
    for answer in [Reply::Answer(410, String::new()), Reply::Answer(500, "{}".to_owned()), Reply::BrokenConnection] {
        let test = TestAws::new().await;
        test.on_call(move |_| answer.clone());
        for id in ["f", "e", "d", "c", "b", "a"] {
            test.aws.keep_connection(&connection(id)).await.unwrap();
            test.pass(Seconds(1));
        }
        assert_eq!(open(&test).await, ["a", "b", "c", "d", "e"]);
    }
}

#[tokio::test]
async fn ticket_whose_first_answer_is_lost_opens_its_socket() {
    let test = TestAws::new().await;
    test.lose_next_answer();
    let until = test.now().plus(Seconds(60));
    assert_eq!(test.aws.use_ticket("t", "a", until).await, Ok(true));
    assert_eq!(test.aws.use_ticket("t", "b", until).await, Ok(false));
}

#[tokio::test]
async fn expired_connections_do_not_count() {
    let test = TestAws::new().await;
    for id in ["a", "b", "c", "d", "e"] {
        test.aws.keep_connection(&connection(id)).await.unwrap();
    }
    test.pass(Seconds::minutes(130));
    test.aws.keep_connection(&connection("f")).await.unwrap();
    assert_eq!(open(&test).await, ["f"]);
}

#[tokio::test]
async fn connection_with_an_unknown_scope_receives_nothing() {
    let test = TestAws::new().await;
    test.aws.keep_connection(&connection("a")).await.unwrap();
    test.aws.keep_connection(&connection("b")).await.unwrap();
    test.set(&keys::connection(&ann(), "a"), "to", text("everybody")).await;
    assert_eq!(open(&test).await, ["b"]);
}
