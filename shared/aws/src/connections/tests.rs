use till_app::ports::{Connection, KeepConnection, Listens};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::Seconds;

use crate::item::text;
use crate::keys;
use crate::world::World;

fn ann() -> UserId {
    UserId::parse("ann").unwrap()
}

fn connection(id: &str) -> Connection {
    Connection { id: id.to_owned(), user: ann(), listens: Listens::User }
}

async fn open(world: &World) -> Vec<String> {
    world.aws.connections_of(&ann()).await.unwrap().into_iter().map(|one| one.connection.id).collect()
}

#[tokio::test]
async fn a_socket_reads_back_until_its_time_is_over() {
    let world = World::new().await;
    let one = Connection {
        id: "L0SM9cOFvHcCIhw=".to_owned(),
        user: ann(),
        listens: Listens::Order(OrderNo::parse("ORD20261121150000ABCDEF12").unwrap()),
    };
    world.aws.keep_connection(&one).await.unwrap();
    let kept = world.aws.connections_of(&ann()).await.unwrap();
    assert_eq!(kept.into_iter().map(|kept| kept.connection).collect::<Vec<_>>(), [one]);
    world.pass(Seconds(7_799));
    assert_eq!(open(&world).await.len(), 1);
    world.pass(Seconds(1));
    assert_eq!(open(&world).await.len(), 0);
    // The store has not removed it: that it reads as gone is our doing.
    assert_eq!(world.count("PUSH#ann").await, 1);
}

#[tokio::test]
async fn a_user_has_five_at_most_and_the_oldest_gives_way() {
    let world = World::new().await;
    for id in ["f", "e", "d", "c", "b", "a"] {
        world.aws.keep_connection(&connection(id)).await.unwrap();
        world.pass(Seconds(1));
    }
    assert_eq!(open(&world).await, ["a", "b", "c", "d", "e"]);
    assert_eq!(world.get(&keys::connection_owner("f")).await, None);
    // One that is kept again takes nobody's place.
    world.aws.keep_connection(&connection("e")).await.unwrap();
    assert_eq!(open(&world).await, ["a", "b", "c", "d", "e"]);
}

#[tokio::test]
async fn those_whose_time_is_over_take_no_place() {
    let world = World::new().await;
    for id in ["a", "b", "c", "d", "e"] {
        world.aws.keep_connection(&connection(id)).await.unwrap();
    }
    world.pass(Seconds::minutes(130));
    world.aws.keep_connection(&connection("f")).await.unwrap();
    assert_eq!(open(&world).await, ["f"]);
}

#[tokio::test]
async fn a_socket_is_forgotten_by_its_id_alone_and_twice_is_no_error() {
    let world = World::new().await;
    world.aws.keep_connection(&connection("a")).await.unwrap();
    world.aws.keep_connection(&connection("b")).await.unwrap();
    for _ in 0..2 {
        world.aws.forget_connection("a").await.unwrap();
        assert_eq!(open(&world).await, ["b"]);
        assert_eq!(world.get(&keys::connection_owner("a")).await, None);
    }
    world.aws.forget_connection("never-was").await.unwrap();
}

#[tokio::test]
async fn what_a_later_release_listens_to_hears_nothing() {
    let world = World::new().await;
    world.aws.keep_connection(&connection("a")).await.unwrap();
    world.aws.keep_connection(&connection("b")).await.unwrap();
    world.set(&keys::connection(&ann(), "a"), "to", text("everybody")).await;
    assert_eq!(open(&world).await, ["b"]);
}
