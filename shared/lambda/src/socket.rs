//! API Gateway's events of WebSocket APIs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// It is never printed: its parameters contain a ticket.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketEvent {
    pub request_context: SocketContext,
    /// Present at `$connect`.
    #[serde(default)]
    pub query_string_parameters: Option<BTreeMap<String, String>>,
    /// The message; present at `$default`.
    #[serde(default)]
    pub body: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketContext {
    /// `$connect` or `$default`.
    pub route_key: String,
    pub connection_id: String,
}

/// At `$connect`, any status but 200 makes the gateway close the socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketAnswer {
    pub status_code: u16,
}
