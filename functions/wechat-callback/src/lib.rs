//! wechat-callback: receives WeChat Pay's callbacks.
//!
//! | route | who |
//! |---|---|
//! | `POST /api/v1/payment/wechat/callback/{account}` | WeChat Pay, at the address that we send with each trade |
//! | `POST /api/v1/payment/wechat/callback` | WeChat Pay, at an address without an account: Till finds the account |
//!
//! | what comes | answer |
//! |---|---|
//! | a payment or a refund of ours, verified and settled; or an event about neither | 204 |
//! | a verified one that could not be settled now, or money under a number that is not ours | 500 and `{"code":"FAIL",…}`: it is sent again |
//! | one that no account of ours verifies | 401, 400 or 413 and the same |
//!
//! WeChat Pay sends again after 15 s, and 14 times more within a day, until it gets a 2xx. Its signature is in the
//! headers and covers the exact body. An unknown certificate is fetched, within 2 seconds.
//!
//! The function must never change an order because of an unverified callback, acknowledge one that is not settled, or
//! keep a body.

use till_domain::provider::Provider;
use till_lambda::callback::Endpoint;
use till_lambda::settings::{BadSetting, Environment};
use till_providers::provide::{callback_path, replies};

pub use till_lambda::callback::TIME_BUDGET;

pub const ROUTES: [&str; 2] =
    ["POST /api/v1/payment/wechat/callback", "POST /api/v1/payment/wechat/callback/{account}"];

pub const PROVIDER: Provider = Provider::WeChat;

pub fn endpoint(environment: &Environment) -> Result<Endpoint, BadSetting> {
    Endpoint::read(environment, PROVIDER, callback_path(PROVIDER), replies(PROVIDER))
}

#[cfg(test)]
mod tests;
