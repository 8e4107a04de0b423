//! Messages to sockets. A push is only a hint: it must not fail or delay the flow that caused it.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use futures_util::future::join_all;
use serde::Serialize;
use till_app::ports::{Answer, Connection, Listens, Message, Push, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;

use crate::aws::{Aws, missing_setting};
use crate::error::OrUnavailable as _;

/// The time for a whole push: reading the listeners, and sending to at most five of them at once.
const PUSH_TIME_BUDGET: Duration = Duration::from_millis(1_500);

#[derive(Serialize)]
struct Pushed<'a> {
    r#type: &'a str,
    order_no: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Delivery {
    Sent,
    Gone,
}

impl Push for Aws {
    async fn push(&self, user: &UserId, order: OrderNo, message: Message) {
        let pushed = Pushed { r#type: message.as_str(), order_no: order.as_str() };
        // Texts always serialise.
        let text = serde_json::to_string(&pushed).unwrap_or_default();
        if tokio::time::timeout(PUSH_TIME_BUDGET, self.push_text(user, order, &text)).await.is_err() {
            tracing::warn!(%order, "a push took too long and was given up; pages see the change at their next poll");
        }
    }
}

impl Answer for Aws {
    async fn answer(&self, connection_id: &str, text: &str) -> Result<(), Unavailable> {
        // One that is gone is no error: the page has closed it.
        self.post(connection_id, text).await.map(drop)
    }
}

impl Aws {
    /// Failures are logged where they happen, and stop nothing else.
    async fn push_text(&self, user: &UserId, order: OrderNo, text: &str) {
        let Ok(listeners) = self.connections_of(user).await else { return };
        let sent = listeners.iter().filter(|one| listens_to(&one.connection, order)).map(|one| async move {
            if self.post(&one.connection.id, text).await == Ok(Delivery::Gone) {
                let _ = self.forget_connection(&one.connection).await;
            }
        });
        join_all(sent).await;
    }

    /// Closes a socket at the gateway. One that is closed already is no error, and a gateway that does not answer is logged.
    pub(crate) async fn close_socket(&self, connection_id: &str) {
        let Some(gateway) = self.settings.websocket.as_ref() else {
            missing_setting("WEBSOCKET_API_ID");
            return;
        };
        let client = self.clients.sockets(&self.settings.gateway_url(gateway));
        let closed = client.delete_connection().connection_id(connection_id).send();
        match tokio::time::timeout(PUSH_TIME_BUDGET, closed).await {
            Ok(Err(error)) if !is_gone(&error, DeleteConnectionError::is_gone_exception) => {
                let _ = Err::<(), _>(error).or_unavailable("DeleteConnection");
            }
            Ok(Ok(_) | Err(_)) => {}
            Err(_) => tracing::warn!("a socket was not closed in time; the gateway closes it after two hours"),
        }
    }

    async fn post(&self, connection_id: &str, text: &str) -> Result<Delivery, Unavailable> {
        let gateway = self.settings.websocket.as_ref().ok_or_else(|| missing_setting("WEBSOCKET_API_ID"))?;
        let client = self.clients.sockets(&self.settings.gateway_url(gateway));
        let data = Blob::new(text.as_bytes());
        match client.post_to_connection().connection_id(connection_id).data(data).send().await {
            Ok(_) => Ok(Delivery::Sent),
            Err(error) if is_gone(&error, PostToConnectionError::is_gone_exception) => Ok(Delivery::Gone),
            Err(error) => Err(error).or_unavailable("PostToConnection"),
        }
    }
}

/// A page that was opened by a link listens to its own order alone.
fn listens_to(connection: &Connection, order: OrderNo) -> bool {
    match connection.listens {
        Listens::User => true,
        Listens::Order(one) => one == order,
    }
}

/// The gateway does not always name the error.
fn is_gone<E>(error: &SdkError<E>, says_so: fn(&E) -> bool) -> bool {
    error.as_service_error().is_some_and(says_so)
        || error.raw_response().is_some_and(|answer| answer.status().as_u16() == 410)
}

#[cfg(test)]
mod tests;
