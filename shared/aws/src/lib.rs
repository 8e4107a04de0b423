//! The ports of the application on AWS: DynamoDB, SQS, API Gateway's sockets, Secrets Manager. It knows no payment provider
//! and has no rules: those are in the domain and the application.
//!
//! [`Aws`] implements all the ports. A function links only the clients of the ports that it uses, because each client is named
//! only where it is made, at its first use.

pub mod ahead;
pub mod aws;
pub mod operator;
pub mod queue;
pub mod rotation;
pub mod settings;

mod account_item;
mod accounts;
pub mod alarms;
mod cache;
mod catalogue;
mod claim_item;
mod claims;
mod clients;
mod codec;
mod commit;
mod connections;
mod dispute_looks;
mod documents;
mod due;
mod due_entries;
mod error;
mod guards;
mod item;
mod kept_alarms;
mod kept_records;
mod keys;
mod ledger;
mod ledger_item;
mod mail;
mod notes_item;
mod order_item;
mod order_list;
mod order_write;
mod orders;
mod orphan_item;
mod orphans;
mod pages;
pub mod personal;
mod process_cache;
mod product_item;
mod random;
mod records;
mod sales;
mod secrets;
mod size;
mod sockets;
mod statistics;
mod statistics_item;
mod stored_words;
mod table;
mod team_lists;
mod team_records;
#[cfg(test)]
mod test_aws;
mod update;
mod values;
mod wallet_item;

pub use aws::Aws;
pub use clients::{configure, connector};
pub use settings::Settings;
