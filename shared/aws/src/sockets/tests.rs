use std::time::{Duration, Instant};

use till_app::ports::{Answer, Connection, KeepConnection, Listens, Message, Push, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;

use crate::keys;
use crate::testing::Reply;
use crate::world::{Ear, Heard, World};

const NO: &str = "ORD20261121150000ABCDEF12";
const OTHER: &str = "ORD20261121150000ABCDEF34";

fn no(text: &str) -> OrderNo {
    OrderNo::parse(text).unwrap()
}

fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

async fn open(world: &World, who: &str, id: &str, listens: Listens) {
    let connection = Connection { id: id.to_owned(), user: user(who), listens };
    world.aws.keep_connection(&connection).await.unwrap();
}

/// Which sockets heard something, by their ids.
fn told(heard: &[Heard]) -> Vec<&str> {
    let mut told: Vec<&str> = heard.iter().filter_map(|heard| heard.call.rsplit('/').next()).collect();
    told.sort_unstable();
    told
}

fn fine(_: &Heard) -> Reply {
    Reply::Answer(200, String::new())
}

#[tokio::test]
async fn a_push_reaches_those_who_listen_and_nobody_else() {
    let world = World::new().await;
    world.script(fine);
    open(&world, "ann", "all", Listens::User).await;
    open(&world, "ann", "this", Listens::Order(no(NO))).await;
    open(&world, "ann", "that", Listens::Order(no(OTHER))).await;
    open(&world, "bob", "bobs", Listens::User).await;
    world.aws.push(&user("ann"), no(NO), Message::PaymentSuccess).await;
    let heard = world.heard();
    assert_eq!(told(&heard), ["all", "this"]);
    for one in heard {
        assert!(one.call.contains("_aws/execute-api/abcd1234/live/@connections/"), "{}", one.call);
        assert_eq!(one.body, r#"{"type":"payment_success","order_no":"ORD20261121150000ABCDEF12"}"#);
    }
}

#[tokio::test]
async fn a_socket_that_is_gone_is_forgotten_and_one_that_fails_is_not() {
    let world = World::new().await;
    open(&world, "ann", "gone", Listens::User).await;
    open(&world, "ann", "bare", Listens::User).await;
    open(&world, "ann", "fails", Listens::User).await;
    world.script(|heard| match heard.call.rsplit('/').next() {
        Some("gone") => Reply::Answer(410, r#"{"__type":"GoneException"}"#.to_owned()),
        Some("bare") => Reply::Answer(410, String::new()),
        _ => Reply::Answer(403, r#"{"__type":"ForbiddenException"}"#.to_owned()),
    });
    let ear = Ear::new();
    world.aws.push(&user("ann"), no(NO), Message::OrderCancelled).await;
    assert_eq!(world.count("PUSH#ann").await, 1);
    for (id, stands) in [("gone", false), ("bare", false), ("fails", true)] {
        assert_eq!(world.get(&keys::connection_owner(id)).await.is_some(), stands, "{id}");
    }
    let said = ear.said();
    assert!(said.len() == 1 && said[0].contains("PostToConnection"), "{said:?}");
}

#[tokio::test]
async fn a_push_without_an_answer_ends() {
    let world = World::new().await;
    open(&world, "ann", "a", Listens::User).await;
    world.script(|_| Reply::Silence);
    let begun = Instant::now();
    world.aws.push(&user("ann"), no(NO), Message::OrderExpiring).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_answer_goes_to_its_socket_and_one_that_is_gone_is_no_error() {
    let world = World::new().await;
    open(&world, "ann", "a=", Listens::User).await;
    world.script(fine);
    assert_eq!(world.aws.answer("a=", "pong").await, Ok(()));
    assert_eq!(world.heard()[0].body, "pong");
    world.script(|_| Reply::Answer(410, r#"{"__type":"GoneException"}"#.to_owned()));
    assert_eq!(world.aws.answer("a=", "pong").await, Ok(()));
    assert_eq!(world.count("PUSH#ann").await, 0);
    world.script(|_| Reply::Answer(500, "{}".to_owned()));
    assert_eq!(world.aws.answer("a=", "pong").await, Err(Unavailable));
}
