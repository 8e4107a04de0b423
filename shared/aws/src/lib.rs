//! The ports of the application on AWS: DynamoDB, SQS, API Gateway's sockets, Secrets Manager. It knows no payment provider
//! and decides nothing: what an order is stands in the domain, what happens to it in the application.
//!
//! One value, [`Aws`], has all the ports; a function links only the clients of the ports that it uses, as each client is
//! made at its first use and nothing else names it.

pub mod aws;
pub mod settings;

mod chance;
mod clients;
mod error;
mod item;
mod keys;
mod ledger_item;
mod order_item;
mod pieces;
mod size;
#[cfg(test)]
mod testing;
mod wallet_item;
mod words;

pub use aws::Aws;
pub use settings::Settings;
