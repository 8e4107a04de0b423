//! push-connection: opens, answers and forgets the sockets of buyers' pages.
//!
//! | route | who | what happens | status |
//! |---|---|---|---|
//! | `$connect`, `?ticket=…` | whoever has a ticket that is not a minute old | the socket is remembered, with what it may hear | 200 |
//! | `$connect` | anybody else, also with a bearer token | the gateway closes it | 401, 503 while that cannot be told |
//! | `$disconnect` | the gateway | the socket is forgotten | 200 |
//! | `$default`, `ping` | a page, every nine minutes at most | `pong` comes back on the socket | 200 |
//! | `$default`, anything else | a page | nothing | 200 |
//!
//! Sockets are for what the server says; a page asks for an order's status by HTTP. It must never take the user or the order
//! from anything but a ticket.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use till_app::ports::{Answer, Clock, Connection, KeepConnection, ReadSecret, Unavailable};
use till_lambda::deadline::Deadline;
use till_lambda::socket::{SocketAnswer, SocketEvent};
use till_lambda::ticket::{self, Ticket};

/// What happens on a socket is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(8);
/// Its routes.
pub const ROUTES: [&str; 3] = ["$connect", "$disconnect", "$default"];
/// A page has nothing longer to say.
const MOST_MESSAGE_BYTES: usize = 1024;

/// What it needs of the world.
pub trait Needs: KeepConnection + Answer + ReadSecret + Clock {}

impl<P: KeepConnection + Answer + ReadSecret + Clock> Needs for P {}

/// Answers to what happened on a socket: always, and in time.
pub async fn handle(ports: &impl Needs, event: &SocketEvent, deadline: Deadline) -> SocketAnswer {
    let route = event.request_context.route_key.as_str();
    let work = AssertUnwindSafe(happened(ports, event)).catch_unwind();
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

async fn happened(ports: &impl Needs, event: &SocketEvent) -> Result<u16, Unavailable> {
    let id = event.request_context.connection_id.as_str();
    match event.request_context.route_key.as_str() {
        "$connect" => connect(ports, event, id).await,
        "$disconnect" => {
            ports.forget_connection(id).await?;
            Ok(200)
        }
        _ => {
            if event.body.as_deref().is_some_and(is_ping) {
                ports.answer(id, "pong").await?;
            }
            Ok(200)
        }
    }
}

/// A browser cannot send a header when it opens a socket, and a bearer token has no place in an address: a ticket alone counts.
async fn connect(ports: &impl Needs, event: &SocketEvent, id: &str) -> Result<u16, Unavailable> {
    let ticket = event.query_string_parameters.as_ref().and_then(|parameters| parameters.get("ticket"));
    let Some(text) = ticket else { return Ok(401) };
    let Some(Ticket { user, listens }) = ticket::read(ports, text).await? else { return Ok(401) };
    ports.keep_connection(&Connection { id: id.to_owned(), user, listens }).await?;
    Ok(200)
}

fn is_ping(message: &str) -> bool {
    message.len() <= MOST_MESSAGE_BYTES && message.trim() == "ping"
}

#[cfg(test)]
mod tests;
