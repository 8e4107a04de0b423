//! Alipay open platform: gateway v2, RSA2.
//!
//! Beside the files that every provider has: [`scan`] finds in an answer what is signed, `serial` names certificates as
//! Alipay does.

pub mod account;
pub mod calls;
pub mod notify;
pub mod scan;

mod client;
mod serial;
mod sign;
mod translate;
mod wire;

#[cfg(test)]
mod tests;

pub use account::{Merchant, Settings};
