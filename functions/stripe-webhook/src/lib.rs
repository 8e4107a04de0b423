//! stripe-webhook: receives Stripe's callbacks.
//!
//! | route | who |
//! |---|---|
//! | `POST /api/v1/payment/stripe/webhook/{account}` | Stripe, at the address of an account |
//! | `POST /api/v1/payment/stripe/webhook` | Stripe, at an address without an account: Till finds the account |
//!
//! | what comes | answer |
//! |---|---|
//! | a payment, a refund or a dispute of ours, verified and settled; or an event that is not ours | 200 and `{"received":true}` |
//! | a verified one that could not be settled now, or money under a number that is not ours | 503 and `{"received":false}`: it is sent again |
//! | one that no account of ours verifies | 400 and the same |
//!
//! Stripe sends again for three days until it gets a 2xx. Its signature is in a header and covers the exact body. For
//! an event that only names a PaymentIntent, Stripe is asked once, within 2 seconds.
//!
//! The function must never change an order because of an unverified callback, acknowledge one that is not settled, or
//! keep a body.

use till_domain::provider::Provider;
use till_lambda::callback::Endpoint;
use till_lambda::settings::{BadSetting, Environment};
use till_providers::provide::{callback_path, replies};

pub use till_lambda::callback::TIME_BUDGET;

pub const ROUTES: [&str; 2] = ["POST /api/v1/payment/stripe/webhook", "POST /api/v1/payment/stripe/webhook/{account}"];

pub const PROVIDER: Provider = Provider::Stripe;

pub fn endpoint(environment: &Environment) -> Result<Endpoint, BadSetting> {
    Endpoint::read(environment, PROVIDER, callback_path(PROVIDER), replies(PROVIDER))
}

#[cfg(test)]
mod tests;
