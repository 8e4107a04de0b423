//! Stripe: Checkout Sessions on its own page, PaymentIntents for a form on a page of ours.

pub mod account;
pub mod notify;

mod calls;
mod client;
mod decline;
mod sign;
#[cfg(test)]
mod tests;
mod translate;
mod wire;

pub use account::{Merchant, Settings};
