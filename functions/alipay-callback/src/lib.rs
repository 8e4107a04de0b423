//! alipay-callback: receives Alipay's callbacks.
//!
//! | route | who |
//! |---|---|
//! | `POST /api/v1/payment/alipay/callback/{account}` | Alipay, at the address that we send with each trade |
//! | `POST /api/v1/payment/alipay/callback` | Alipay, at an address without an account: Till finds the account |
//!
//! | what comes | answer |
//! |---|---|
//! | a trade of ours, verified and settled; or a callback that is not about a trade's state | 200 and `success` |
//! | a verified one that could not be settled now, or money under a number that is not ours | 200 and `fail`: it is sent again |
//! | one that no account of ours verifies | 400 and `fail` |
//!
//! Alipay reads only the body, and sends again seven times within 25 hours until it is `success`. The callback has no
//! time-stamp against replays; a replayed one changes nothing, because its payment is known.
//!
//! The function must never change an order because of an unverified callback, acknowledge one that is not settled, or
//! keep a body.

use till_domain::provider::Provider;
use till_lambda::callback::Endpoint;
use till_lambda::settings::{BadSetting, Environment};
use till_providers::provide::{callback_path, replies};

pub use till_lambda::callback::TIME_BUDGET;

pub const ROUTES: [&str; 2] =
    ["POST /api/v1/payment/alipay/callback", "POST /api/v1/payment/alipay/callback/{account}"];

pub const PROVIDER: Provider = Provider::Alipay;

pub fn endpoint(environment: &Environment) -> Result<Endpoint, BadSetting> {
    Endpoint::read(environment, PROVIDER, callback_path(PROVIDER), replies(PROVIDER))
}

#[cfg(test)]
mod tests;
