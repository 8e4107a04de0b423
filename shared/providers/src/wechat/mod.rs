//! WeChat Pay, interface v3.

pub mod account;
pub mod notify;

mod calls;
mod keys;
mod map;
mod sign;
mod talk;
#[cfg(test)]
mod tests;
mod wire;

pub use account::{Merchant, Settings};
