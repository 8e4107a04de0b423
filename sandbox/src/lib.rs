//! Plays WeChat Pay, Alipay and Stripe: the server's side of their three protocols, with real signatures. It verifies what
//! merchants sign and refuses what is wrong as the real services do, keeps books of its own, sends signed callbacks, and has
//! a page for each trade with a menu of everything that can go wrong.
//!
//! It is an implementation of its own, on other cryptography than the product's, and knows nothing of the product: two
//! sides that were written apart face each other in every test. It must never run in production, and refuses to.

pub mod act;
pub mod aws;
pub mod books;
pub mod config;
pub mod fault;
pub mod happen;
pub mod http;
pub mod keys;
pub mod lambda;
pub mod memory;
pub mod notice;
pub mod ports;
pub mod post;
pub mod provider;
pub mod server;

mod alipay;
mod deliver;
mod desk;
mod front;
mod listed;
mod newest;
mod page;
mod players;
mod random;
mod stripe;
mod tester;
#[cfg(test)]
mod tests;
mod time;
mod wechat;

pub use config::Config;
pub use desk::Sandbox;
