//! What every Lambda function shares: HTTP in and out, tokens and roles, errors and their words, queues, schedules, sockets,
//! configuration, logs. It knows no store and no payment provider, and decides nothing about money.

pub mod address;
pub mod callback;
pub mod clock;
pub mod deadline;
pub mod fields;
pub mod front;
pub mod http;
pub mod networks;
pub mod origins;
pub mod ports;
pub mod problem;
pub mod queue;
pub mod rates;
pub mod serve;
pub mod settings;
pub mod shapes;
pub mod socket;
pub mod task;
pub mod ticket;
pub mod token;

mod hash;
mod keys;
mod logs;
mod words;

pub use hash::{request_hash, sha256_hex};
