//! What every Lambda function shares: HTTP requests and responses, tokens and roles, errors and their messages, queues,
//! sockets, settings, logs. It knows no store and no payment provider, and decides nothing about money.

pub mod address;
pub mod alarm;
pub mod callback;
pub mod catalogue;
pub mod checkout_link;
pub mod clock;
pub mod cursor;
pub mod deadline;
pub mod default_methods;
pub mod fields;
pub mod http;
pub mod networks;
pub mod origins;
pub mod ports;
pub mod problem;
pub mod queue;
pub mod rates;
pub mod remedy;
pub mod routes;
pub mod serve;
pub mod settings;
pub mod shapes;
pub mod socket;
pub mod sweep_hint;
pub mod task;
pub mod ticket;
pub mod token;
pub mod trusted_proxy;
pub mod why;

mod claims;
mod hash;
mod keys;
pub mod logs;
pub mod messages;
mod metrics;
mod signing;
mod unique_names;

pub use hash::{hmac_sha256, request_hash, sha256, sha256_hex};
