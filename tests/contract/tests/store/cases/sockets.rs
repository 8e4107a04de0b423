//! Open sockets: who listens, at most five a user, and not for ever.

use till_app::ports::{Connection, KeepConnection as _, Listens};
use till_domain::text::UserId;
use till_domain::time::Seconds;

use crate::fixture::{number, other_user, user};
use crate::world::World;

fn connection(id: &str, user: UserId, listens: Listens) -> Connection {
    Connection { id: id.to_owned(), user, listens }
}

async fn open(world: &impl World, id: &str) {
    let kept = world.store().keep_connection(&connection(id, user(), Listens::User)).await;
    assert_eq!(kept, Ok(()));
}

async fn heard(world: &impl World) -> Vec<String> {
    world.listeners(&user(), number(1)).await
}

pub async fn listeners_of_an_order_are_its_users_sockets(world: &impl World) {
    for connection in [
        connection("all=", user(), Listens::User),
        connection("this=", user(), Listens::Order(number(1))),
        connection("that=", user(), Listens::Order(number(2))),
        connection("theirs=", other_user(), Listens::User),
    ] {
        assert_eq!(world.store().keep_connection(&connection).await, Ok(()));
    }
    assert_eq!(heard(world).await, ["all=", "this="]);
    assert_eq!(world.listeners(&user(), number(2)).await, ["all=", "that="]);
    assert_eq!(world.listeners(&other_user(), number(1)).await, ["theirs="]);
}

pub async fn sixth_socket_of_a_user_replaces_the_oldest(world: &impl World) {
    for id in ["c5", "c1", "c3", "c2", "c4"] {
        open(world, id).await;
        world.pass(Seconds(1));
    }
    assert_eq!(heard(world).await, ["c1", "c2", "c3", "c4", "c5"]);
    open(world, "c0").await;
    assert_eq!(heard(world).await, ["c0", "c1", "c2", "c3", "c4"]);
    world.pass(Seconds(1));
    open(world, "c6").await;
    assert_eq!(heard(world).await, ["c0", "c2", "c3", "c4", "c6"]);
    let theirs = connection("theirs", other_user(), Listens::User);
    assert_eq!(world.store().keep_connection(&theirs).await, Ok(()));
    assert_eq!(heard(world).await.len(), 5, "everybody has five of his own");
}

pub async fn forgotten_socket_no_longer_listens(world: &impl World) {
    open(world, "c1").await;
    open(world, "c2").await;
    assert_eq!(world.store().forget_connection("c1").await, Ok(()));
    assert_eq!(heard(world).await, ["c2"]);
    for id in ["c1", "never"] {
        assert_eq!(world.store().forget_connection(id).await, Ok(()), "one that is not known is no error");
    }
    open(world, "c1").await;
    assert_eq!(heard(world).await, ["c1", "c2"]);
}

pub async fn socket_expires_after_130_minutes(world: &impl World) {
    open(world, "c1").await;
    world.pass(Seconds::minutes(60));
    open(world, "c2").await;
    world.pass(Seconds(70 * 60 - 1));
    assert_eq!(heard(world).await, ["c1", "c2"]);
    world.pass(Seconds(1));
    assert_eq!(heard(world).await, ["c2"], "though the store has not deleted it");
    world.purge().await;
    world.pass(Seconds::minutes(60));
    assert_eq!(heard(world).await, Vec::<String>::new());
}
