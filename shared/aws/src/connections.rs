//! Sockets in the table, in the list of their user. A socket that closes is not looked for: the first push that does not reach it
//! drops it, or it expires. A list is limited: a new socket beyond the limit replaces the oldest, which is closed. Used tickets
//! are remembered.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use futures_util::future::{join, join_all};
use till_app::ports::{Connection, KeepConnection, Listens, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::{OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader, attributes, instant, text};
use crate::keys::{self, TTL};

/// The gateway closes a socket after two hours; ten minutes more for clocks that differ.
const LIFETIME: Seconds = Seconds::minutes(130);
const MOST_CONNECTIONS: usize = 5;
/// What the socket listens to: an order's number, or the word [`EVERYTHING`] for all orders of its user.
const LISTENS: &str = "to";
const EVERYTHING: &str = "user";
const ID: &str = "id";

pub struct Listener {
    pub connection: Connection,
    ends_at: Time,
}

impl KeepConnection for Aws {
    async fn use_ticket(&self, ticket: &str, connection_id: &str, until: Time) -> Result<bool, Unavailable> {
        let item = attributes([(ID, Some(text(connection_id))), (TTL, until.store())]);
        // DynamoDB may delete days after the end, so an item past it counts as gone.
        let put = self.put_item(&keys::ticket(ticket), item)?;
        let put = put.condition_expression("attribute_not_exists(pk) OR #ttl <= :now");
        let put = put.expression_attribute_names("#ttl", TTL).expression_attribute_values(":now", instant(self.now()));
        let Err(error) = put.return_values_on_condition_check_failure(AllOld).send().await else { return Ok(true) };
        // An earlier try of this call may have taken effect, and its answer was lost.
        let stored = classify(&error);
        let stored = stored.conflict("PutItem")?;
        Ok(stored.is_some_and(|item| Reader::new(item).text(ID) == Ok(connection_id)))
    }

    async fn keep_connection(&self, connection: &Connection) -> Result<(), Unavailable> {
        let ends_at = self.now().plus(LIFETIME);
        let key = keys::connection(&connection.user, &connection.id);
        self.put_item(&key, write(connection, ends_at))?.send().await.or_unavailable("PutItem")?;
        // They are read after the write: of sockets that open at the same time the last one sees all.
        let mut others = self.connections_of(&connection.user).await?;
        others.retain(|one| one.connection.id != connection.id);
        others.sort_by(|a, b| (b.ends_at, &b.connection.id).cmp(&(a.ends_at, &a.connection.id)));
        let oldest = others.iter().skip(MOST_CONNECTIONS.saturating_sub(1));
        // An old one that could not be closed is no reason to refuse the new one.
        join_all(oldest.map(|one| self.displace(&one.connection))).await;
        Ok(())
    }
}

impl Aws {
    pub(crate) async fn connections_of(&self, user: &UserId) -> Result<Vec<Listener>, Unavailable> {
        let items = self.read_partition(&keys::connections_partition(user)).await?;
        // An unreadable one receives nothing, and the others are not affected.
        Ok(items.iter().filter_map(|item| read(user, item).or_unavailable("connection").ok()).collect())
    }

    async fn displace(&self, connection: &Connection) {
        let _ = Box::pin(join(self.close_socket(&connection.id), self.forget_connection(connection))).await;
    }

    pub(crate) async fn forget_connection(&self, connection: &Connection) -> Result<(), Unavailable> {
        let key = keys::connection(&connection.user, &connection.id);
        self.delete_item(&key)?.send().await.map(drop).or_unavailable("DeleteItem")
    }
}

fn write(connection: &Connection, ends_at: Time) -> Attributes {
    let listens = match connection.listens {
        Listens::User => text(EVERYTHING),
        Listens::Order(no) => text(no),
    };
    attributes([(ID, connection.id.store()), (LISTENS, Some(listens)), (TTL, ends_at.store())])
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
