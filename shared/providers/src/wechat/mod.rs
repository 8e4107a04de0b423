//! WeChat Pay, interface v3.

pub mod account;

mod talk;

pub use account::Merchant;
