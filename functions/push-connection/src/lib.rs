//! push-connection: registers and answers the sockets of buyers' pages.
//!
//! | route | who | what happens | status |
//! |---|---|---|---|
//! | `$connect`, `?ticket=…` | a page with a valid ticket that opened no other socket | the socket is kept, with the user or order that it listens to; of six, the oldest is closed | 200 |
//! | `$connect` | everybody else, even with a bearer token | the gateway closes it | 401; 503 if the ticket cannot be checked now |
//! | `$default`, `{"type":"ping"}` | a page, every nine minutes at most | `{"type":"pong"}` comes back on the socket | 200 |
//! | `$default`, the text `ping` | the same | the text `pong` | 200 |
//! | `$default`, anything else | a page | nothing | 200 |
//!
//! A socket that closes is nothing to do: the first push that does not reach it drops it. Sockets only carry messages to pages;
//! a page reads an order's status by HTTP. The function must take the user and the order from a ticket only.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use serde_json::Value;
use till_app::ports::{Answer, Clock, Connection, KeepConnection, ReadSecret, Unavailable};
use till_lambda::deadline::Deadline;
use till_lambda::socket::{SocketAnswer, SocketEvent};
use till_lambda::ticket::{self, TICKET_LIVES, Ticket};

pub const TIME_BUDGET: Duration = Duration::from_secs(8);
pub const ROUTES: [&str; 2] = ["$connect", "$default"];
const MOST_MESSAGE_BYTES: usize = 1024;

/// Answers within the deadline, even if the work panics or takes longer.
pub async fn handle(
    ports: &(impl KeepConnection + Answer + ReadSecret + Clock),
    event: &SocketEvent,
    deadline: Deadline,
) -> SocketAnswer {
    let route = event.request_context.route_key.as_str();
    let work = AssertUnwindSafe(status(ports, event)).catch_unwind();
    let status_code = match tokio::time::timeout(deadline.left(Instant::now()), work).await {
        Ok(Ok(Ok(status))) => {
            tracing::info!(route, status, "answered a socket");
            status
        }
        Ok(Ok(Err(Unavailable))) | Err(_) => {
            tracing::warn!(route, "a socket could not be answered now");
            503
        }
        Ok(Err(_)) => {
            tracing::error!(route, "answering a socket panicked");
            500
        }
    };
    SocketAnswer { status_code }
}

async fn status(
    ports: &(impl KeepConnection + Answer + ReadSecret + Clock),
    event: &SocketEvent,
) -> Result<u16, Unavailable> {
    let id = event.request_context.connection_id.as_str();
    if event.request_context.route_key == "$connect" {
        return connect(ports, event, id).await;
    }
    if let Some(pong) = event.body.as_deref().and_then(pong) {
        ports.answer(id, pong).await?;
    }
    Ok(200)
}

/// Only a ticket is accepted: a browser cannot send headers when it opens a socket, and a bearer token must not stand
/// in a URL.
async fn connect(
    ports: &(impl KeepConnection + ReadSecret + Clock),
    event: &SocketEvent,
    id: &str,
) -> Result<u16, Unavailable> {
    let ticket = event.query_string_parameters.as_ref().and_then(|parameters| parameters.get("ticket"));
    let Some(text) = ticket else { return Ok(401) };
    let Some(Ticket { user, listens }) = ticket::read(ports, text).await? else { return Ok(401) };
    // It expires before this.
    let until = ports.now().plus(TICKET_LIVES);
    if !ports.use_ticket(&ticket::name(text), id, until).await? {
        return Ok(401);
    }
    ports.keep_connection(&Connection { id: id.to_owned(), user, listens }).await?;
    Ok(200)
}

/// The answer to a ping, in the form of the ping.
fn pong(message: &str) -> Option<&'static str> {
    if message.len() > MOST_MESSAGE_BYTES {
        return None;
    }
    if message.trim() == "ping" {
        return Some("pong");
    }
    let message: Value = serde_json::from_str(message).ok()?;
    (message.get("type")? == "ping").then_some(r#"{"type":"pong"}"#)
}

#[cfg(test)]
mod tests;
