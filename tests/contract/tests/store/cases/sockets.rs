//! Open sockets: which ones listen to an order, at most five for each user, and their expiry.

use futures_util::future::join_all;
use till_app::ports::{Connection, KeepConnection as _, Listens};
use till_domain::text::UserId;
use till_domain::time::Seconds;

use crate::fixture::{number, other_user, user};
use crate::tested_store::TestedStore;

fn connection(id: &str, user: UserId, listens: Listens) -> Connection {
    Connection { id: id.to_owned(), user, listens }
}

async fn open(tested: &impl TestedStore, id: &str) {
    let kept = tested.store().keep_connection(&connection(id, user(), Listens::User)).await;
    assert_eq!(kept, Ok(()));
}

async fn heard(tested: &impl TestedStore) -> Vec<String> {
    tested.listeners(&user(), number(1)).await
}

pub async fn listeners_of_an_order_are_its_users_sockets(tested: &impl TestedStore) {
    for connection in [
        connection("all=", user(), Listens::User),
        connection("this=", user(), Listens::Order(number(1))),
        connection("that=", user(), Listens::Order(number(2))),
        connection("theirs=", other_user(), Listens::User),
    ] {
        assert_eq!(tested.store().keep_connection(&connection).await, Ok(()));
    }
    assert_eq!(heard(tested).await, ["all=", "this="]);
    assert_eq!(tested.listeners(&user(), number(2)).await, ["all=", "that="]);
    assert_eq!(tested.listeners(&other_user(), number(1)).await, ["theirs="]);
}

pub async fn sixth_socket_of_a_user_replaces_the_oldest(tested: &impl TestedStore) {
    for id in ["c5", "c1", "c3", "c2", "c4"] {
        open(tested, id).await;
        tested.pass(Seconds(1));
    }
    assert_eq!(heard(tested).await, ["c1", "c2", "c3", "c4", "c5"]);
    open(tested, "c0").await;
    assert_eq!(heard(tested).await, ["c0", "c1", "c2", "c3", "c4"]);
    assert_eq!(tested.closed().await, ["c5"]);
    tested.pass(Seconds(1));
    open(tested, "c6").await;
    assert_eq!(heard(tested).await, ["c0", "c2", "c3", "c4", "c6"]);
    assert_eq!(tested.closed().await, ["c1"]);
    let theirs = connection("theirs", other_user(), Listens::User);
    assert_eq!(tested.store().keep_connection(&theirs).await, Ok(()));
    assert_eq!(heard(tested).await.len(), 5, "everybody has five of their own");
}

pub async fn ticket_opens_one_socket_until_it_expires(tested: &impl TestedStore) {
    let until = tested.now().plus(Seconds(60));
    let mut opened = join_all((0..16).map(|n| {
        let id = format!("c{n}");
        async move { tested.store().use_ticket("a", &id, until).await.unwrap() }
    }))
    .await;
    opened.sort_unstable();
    assert_eq!(opened.iter().filter(|first| **first).count(), 1, "of sockets that open at the same time");
    let first = async |ticket: &str, id: &str| tested.store().use_ticket(ticket, id, until).await.unwrap();
    assert!(first("b", "c1").await && first("b", "c1").await, "the same socket, reported twice");
    assert!(!first("b", "c2").await);
    tested.pass(Seconds(59));
    assert!(!first("b", "c2").await);
    tested.pass(Seconds(1));
    let later = tested.now().plus(Seconds(60));
    assert_eq!(tested.store().use_ticket("b", "c2", later).await, Ok(true), "though the store has not deleted it");
    assert_eq!(tested.store().use_ticket("b", "c1", later).await, Ok(false));
}

pub async fn socket_expires_after_130_minutes(tested: &impl TestedStore) {
    open(tested, "c1").await;
    tested.pass(Seconds::minutes(60));
    open(tested, "c2").await;
    tested.pass(Seconds(70 * 60 - 1));
    assert_eq!(heard(tested).await, ["c1", "c2"]);
    tested.pass(Seconds(1));
    assert_eq!(heard(tested).await, ["c2"], "though the store has not deleted it");
    tested.purge().await;
    tested.pass(Seconds::minutes(60));
    assert_eq!(heard(tested).await, Vec::<String>::new());
}
