//! The flows, one a file: load, apply the rules of the domain, claim and save on condition, then do what is due.
//!
//! A flow defines the ports that it needs and knows no vendor. Its bounds name each capability that it uses, so the
//! compiler keeps a callback from calling a provider. It never acts on a change that is not saved.

pub mod breaker;
pub mod by_hand;
pub mod callback;
pub mod caller;
pub mod cancel;
pub mod complete;
pub mod create;
pub mod disputes;
pub mod failure;
pub mod figures;
pub mod fulfil;
pub mod open;
pub mod orphans;
pub mod pace;
pub mod perform;
pub mod ports;
pub mod push;
pub mod refresh;
pub mod refund;
pub mod remedy;
pub mod resolve;
pub mod retry;
pub mod settings;
pub mod settle;
pub mod setup;
pub mod spend;
pub mod statistics;
pub mod sweep;
pub mod team_record;

mod close;
mod conflicts;
mod record_answer;
mod tell;
mod upgrade_basis;
mod write;

pub use failure::Failure;
pub use settings::Settings;
