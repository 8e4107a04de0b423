//! Sockets: who listens, and what they are told. A push is a hint: it must never fail what set it off, nor hold it up.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use futures_util::future::join_all;
use serde::Serialize;
use till_app::ports::{Answer, Connection, KeepConnection, Listens, Message, Push, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;

use crate::aws::{Aws, not_told};
use crate::error::unavailable;

/// The time that a push may take in all: reading who listens, and telling at most a handful of them at once.
const ONE_PUSH: Duration = Duration::from_millis(1_500);

#[derive(Serialize)]
struct Pushed<'a> {
    r#type: &'a str,
    order_no: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Told {
    Yes,
    Gone,
}

impl Push for Aws {
    async fn push(&self, user: &UserId, order: OrderNo, message: Message) {
        let pushed = Pushed { r#type: message.as_str(), order_no: order.as_str() };
        // Two words: serialising them cannot fail.
        let text = serde_json::to_string(&pushed).unwrap_or_default();
        if tokio::time::timeout(ONE_PUSH, self.push_text(user, order, &text)).await.is_err() {
            tracing::warn!(%order, "a push took too long: pages see it when they ask");
        }
    }
}

impl Answer for Aws {
    async fn answer(&self, connection_id: &str, text: &str) -> Result<(), Unavailable> {
        match self.post(connection_id, text).await? {
            Told::Yes => Ok(()),
            Told::Gone => self.forget_connection(connection_id).await,
        }
    }
}

impl Aws {
    /// Whatever fails was logged where it failed, and fails nothing else.
    async fn push_text(&self, user: &UserId, order: OrderNo, text: &str) {
        let Ok(listeners) = self.connections_of(user).await else { return };
        let told = listeners.iter().filter(|one| hears(&one.connection, order)).map(|one| async move {
            if self.post(&one.connection.id, text).await == Ok(Told::Gone) {
                let _ = self.forget_known(&one.connection).await;
            }
        });
        join_all(told).await;
    }

    async fn post(&self, connection_id: &str, text: &str) -> Result<Told, Unavailable> {
        let gateway = self.settings.websocket.as_ref().ok_or_else(|| not_told("WEBSOCKET_API_ID"))?;
        let client = self.clients.sockets(&self.settings.gateway_url(gateway));
        let data = Blob::new(text.as_bytes());
        match client.post_to_connection().connection_id(connection_id).data(data).send().await {
            Ok(_) => Ok(Told::Yes),
            Err(error) if is_gone(&error) => Ok(Told::Gone),
            Err(error) => Err(unavailable("PostToConnection", &error)),
        }
    }
}

/// A page that was opened by a link hears of its own order alone.
fn hears(connection: &Connection, order: OrderNo) -> bool {
    match connection.listens {
        Listens::User => true,
        Listens::Order(one) => one == order,
    }
}

/// By the error's name, or by the status where no name comes with it.
fn is_gone(error: &SdkError<PostToConnectionError>) -> bool {
    error.as_service_error().is_some_and(PostToConnectionError::is_gone_exception)
        || error.raw_response().is_some_and(|answer| answer.status().as_u16() == 410)
}

#[cfg(test)]
mod tests;
