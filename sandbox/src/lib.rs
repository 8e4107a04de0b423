//! Plays WeChat Pay, Alipay and Stripe: the server's side of their protocols with real signatures, callbacks, and a
//! page for each trade with a menu of everything that can go wrong.
//!
//! It shares no code and no cryptography with the product's side of these protocols, so that each tests the other.
//! It refuses to start in production.

// `json!` recurses once per token, and Stripe's objects are large.
#![recursion_limit = "256"]

pub mod aws;
pub mod config;
pub mod keys;
pub mod lambda;
pub mod memory;
pub mod server;

mod action;
mod alipay;
mod books;
mod callback;
mod client;
mod deliver;
mod fault;
mod http;
mod listing;
mod money;
mod page;
mod ports;
mod provider;
mod random;
mod rsa_sha256;
mod sandbox;
mod shop;
mod stripe;
mod tester;
#[cfg(test)]
mod tests;
mod time;
mod trade;
mod wechat;

pub use config::Config;
pub use sandbox::Sandbox;
