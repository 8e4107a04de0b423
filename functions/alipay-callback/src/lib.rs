//! alipay-callback: takes in what Alipay notifies us of.
//!
//! | route | who |
//! |---|---|
//! | `POST /api/v1/payment/alipay/callback/{account}` | Alipay, at the address that we give it |
//! | `POST /api/v1/payment/alipay/callback` | Alipay, at an address that a team registered by hand: the account is looked for |
//!
//! | what comes | answer |
//! |---|---|
//! | a trade of ours, signed and settled; or a notification that is not about a trade's state | 200 and `success` |
//! | a good one that could not be settled now, or money under a number that is not ours | 200 and `fail`: it comes again |
//! | one that is not believed | 400 and `fail` |
//!
//! Alipay reads the body alone, and sends again seven times within 25 hours until it is the word `success`. It has no
//! time-stamp that helps: one that is sent again by somebody else changes nothing, because its payment is known.
//!
//! It must never change an order because of what no account of ours believes, acknowledge what is not settled, or keep a body.

use till_app::callback::receive;
use till_app::ports::{KeepRejected, ReadAccounts, ReadSecret};
use till_app::settle::Settle;
use till_domain::provider::Provider;
use till_lambda::callback::Endpoint;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::settings::{BadSetting, Environment};
use till_providers::Outside;
use till_providers::callbacks::Callbacks;
use till_providers::merchants::Merchants;
use till_providers::provide::{callback_path, replies};

pub use till_lambda::callback::TIME_BUDGET;

pub const ROUTES: [&str; 2] =
    ["POST /api/v1/payment/alipay/callback", "POST /api/v1/payment/alipay/callback/{account}"];

const PROVIDER: Provider = Provider::Alipay;

pub fn endpoint(environment: &Environment) -> Result<Endpoint, BadSetting> {
    Endpoint::read(environment, PROVIDER, callback_path(PROVIDER), replies(PROVIDER))
}

pub async fn handle<S: ReadAccounts + ReadSecret>(
    endpoint: &Endpoint,
    merchants: &Merchants<'_, S>,
    ports: &(impl Settle + KeepRejected),
    outside: &impl Outside,
    request: &Request,
    deadline: Deadline,
) -> Response {
    let callbacks = Callbacks { provider: PROVIDER, merchants, outside };
    endpoint.answer(ports, request, deadline, async |notice| receive(ports, &callbacks, notice).await).await
}

#[cfg(test)]
mod tests;
