//! Stripe.

pub mod account;

mod talk;

pub use account::Merchant;
