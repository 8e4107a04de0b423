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

mod act;
mod alipay;
mod books;
mod deliver;
mod desk;
mod fault;
mod front;
mod happen;
mod http;
mod listed;
mod newest;
mod notice;
mod page;
mod players;
mod ports;
mod post;
mod provider;
mod random;
mod stripe;
mod tester;
#[cfg(test)]
mod tests;
mod time;
mod wechat;

pub use config::Config;
pub use desk::Sandbox;
