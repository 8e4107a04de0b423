//! The ports of the application on AWS: DynamoDB, SQS, API Gateway's sockets, Secrets Manager. It knows no payment provider
//! and decides nothing: what an order is stands in the domain, what happens to it in the application.
//!
//! One value, [`Aws`], has all the ports; a function links only the clients of the ports that it uses, as each client is
//! made at its first use and nothing else names it.

pub mod aws;
pub mod operator;
pub mod queue;
pub mod settings;

mod account_item;
mod accounts;
mod alarms;
mod cache;
mod catalogue;
mod chance;
mod claim_item;
mod claims;
mod clients;
mod codec;
mod commit;
mod connections;
mod documents;
mod due;
mod error;
mod goods;
mod guards;
mod item;
mod keys;
mod ledger;
mod ledger_item;
mod order_item;
mod order_list;
mod order_write;
mod orders;
mod pieces;
mod process_cache;
mod product_item;
mod records;
mod secrets;
mod size;
mod sockets;
mod standing;
mod table;
#[cfg(test)]
mod testing;
mod wallet_item;
mod words;
#[cfg(test)]
mod world;

pub use aws::Aws;
pub use clients::configure;
pub use settings::Settings;
