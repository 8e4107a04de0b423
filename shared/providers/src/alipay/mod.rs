//! Alipay open platform: gateway v2, RSA2.

pub mod account;

mod talk;

pub use account::Merchant;
