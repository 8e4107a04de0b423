//! WeChat Pay, interface v3.

pub mod account;
pub mod notify;

mod calls;
mod client;
mod keys;
mod sign;
#[cfg(test)]
mod tests;
mod translate;
mod wire;

pub use account::{Merchant, Settings};
