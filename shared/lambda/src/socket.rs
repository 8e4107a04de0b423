//! API Gateway's events of WebSocket APIs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that happened to a socket.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketEvent {
    /// The gateway's account of it.
    pub request_context: SocketContext,
    /// The parameters of the address, at `$connect`.
    #[serde(default)]
    pub query_string_parameters: Option<BTreeMap<String, String>>,
    /// The message, at other routes.
    #[serde(default)]
    pub body: Option<String>,
}

/// Which socket, and what happened.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketContext {
    /// `$connect`, `$disconnect`, `$default` or another.
    pub route_key: String,
    /// The gateway's name for the socket.
    pub connection_id: String,
}

// A ticket stands among the parameters.
impl std::fmt::Debug for SocketEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.request_context.route_key)
    }
}

/// What the gateway is to do: at `$connect`, anything but 200 closes the socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketAnswer {
    /// The status.
    pub status_code: u16,
}
