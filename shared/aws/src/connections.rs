//! Open sockets in the table: one item among those of the user, and one by which the end of a socket finds its user. A user's
//! list must never grow without end: whoever opens sockets in a loop pushes out their own.

use aws_sdk_dynamodb::types::ReturnValue;
use futures_util::future::{join_all, try_join};
use till_app::ports::{Connection, KeepConnection, Listens, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::error::{unavailable, unusable};
use crate::goods::map;
use crate::item::{Attributes, BadItem, Reader, instant, text};
use crate::keys::{self, ItemKey, TTL};

/// A gateway's socket lives two hours at most; ten minutes for clocks that differ.
const LIVES: Seconds = Seconds::minutes(130);
const MOST: usize = 5;
/// What it listens to: an order's number, or this word for all of its user's orders. A word of a later release is not guessed.
const LISTENS: &str = "to";
const EVERYTHING: &str = "user";
const ID: &str = "id";
const USER: &str = "user";

pub struct Listener {
    pub connection: Connection,
    ends_at: Time,
}

impl KeepConnection for Aws {
    async fn keep_connection(&self, connection: &Connection) -> Result<(), Unavailable> {
        let mut standing = self.connections_of(&connection.user).await?;
        standing.retain(|one| one.connection.id != connection.id);
        standing.sort_by(|a, b| (b.ends_at, &b.connection.id).cmp(&(a.ends_at, &a.connection.id)));
        let ends_at = self.now().plus(LIVES);
        // What one of them leaves when the other fails is over by its time, or at the first push in vain.
        try_join(
            self.put_connection(keys::connection(&connection.user, &connection.id), write(connection, ends_at)),
            self.put_connection(keys::connection_owner(&connection.id), owner(&connection.user, ends_at)),
        )
        .await?;
        let oldest = standing.iter().skip(MOST.saturating_sub(1));
        // One that stays by mistake costs a push in vain: no reason to refuse the new one.
        join_all(oldest.map(|one| self.forget_known(&one.connection))).await;
        Ok(())
    }

    async fn forget_connection(&self, id: &str) -> Result<(), Unavailable> {
        let delete = self.clients.dynamodb().delete_item().table_name(self.table()?);
        let delete = delete.set_key(Some(keys::connection_owner(id).attributes()));
        // What it held says whose it was: no read before it.
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        let was = deleted.map_err(|error| unavailable("DeleteItem", &error))?.attributes.unwrap_or_default();
        match Reader::new(&was).get_as::<Option<UserId>>(USER).map_err(|bad| unusable("connection owner", &bad))? {
            Some(user) => self.delete_connection(keys::connection(&user, id)).await,
            None => Ok(()),
        }
    }
}

impl Aws {
    pub(crate) async fn connections_of(&self, user: &UserId) -> Result<Vec<Listener>, Unavailable> {
        let items = self.read_partition(&keys::connections_partition(user)).await?;
        // One that cannot be read hears nothing, and takes nothing from the others.
        Ok(items.iter().filter_map(|item| read(user, item).map_err(|bad| unusable("connection", &bad)).ok()).collect())
    }

    pub(crate) async fn forget_known(&self, connection: &Connection) -> Result<(), Unavailable> {
        let one = self.delete_connection(keys::connection(&connection.user, &connection.id));
        let other = self.delete_connection(keys::connection_owner(&connection.id));
        try_join(one, other).await.map(|_| ())
    }

    async fn put_connection(&self, key: ItemKey, mut item: Attributes) -> Result<(), Unavailable> {
        item.extend(key.attributes());
        let put = self.clients.dynamodb().put_item().table_name(self.table()?).set_item(Some(item));
        put.send().await.map(drop).map_err(|error| unavailable("PutItem", &error))
    }

    async fn delete_connection(&self, key: ItemKey) -> Result<(), Unavailable> {
        let delete = self.clients.dynamodb().delete_item().table_name(self.table()?);
        let deleted = delete.set_key(Some(key.attributes())).send().await;
        deleted.map(drop).map_err(|error| unavailable("DeleteItem", &error))
    }
}

fn write(connection: &Connection, ends_at: Time) -> Attributes {
    let listens = match connection.listens {
        Listens::User => text(EVERYTHING),
        Listens::Order(no) => text(no),
    };
    map([(ID, text(&connection.id)), (LISTENS, listens), (TTL, instant(ends_at))])
}

fn owner(user: &UserId, ends_at: Time) -> Attributes {
    map([(USER, text(user)), (TTL, instant(ends_at))])
}

fn read(user: &UserId, item: &Attributes) -> Result<Listener, BadItem> {
    let reader = Reader::new(item);
    let listens = |to: &str| if to == EVERYTHING { Ok(Listens::User) } else { OrderNo::parse(to).map(Listens::Order) };
    let listens = reader.parsed(LISTENS, listens)?;
    let connection = Connection { id: reader.get_as(ID)?, user: user.clone(), listens };
    Ok(Listener { connection, ends_at: reader.get_as(TTL)? })
}

#[cfg(test)]
mod tests;
