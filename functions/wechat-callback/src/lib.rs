//! wechat-callback: takes in what WeChat Pay notifies us of.
//!
//! | route | who |
//! |---|---|
//! | `POST /api/v1/payment/wechat/callback/{account}` | WeChat Pay, at the address that we give it |
//! | `POST /api/v1/payment/wechat/callback` | WeChat Pay, at an address that a team registered by hand: the account is looked for |
//!
//! | what comes | answer |
//! |---|---|
//! | a payment or a refund of ours, signed and settled; or an event that is not about either | 204 |
//! | a good one that could not be settled now, or money under a number that is not ours | 500 and `{"code":"FAIL",…}`: it comes again |
//! | one that is not believed | 401, 400 or 413 and the same |
//!
//! WeChat Pay sends again after 15 s, and 14 times more within a day, until it gets a 2xx. Its signature stands in headers and
//! covers the body as it came; a certificate that signed it and is not known is fetched, within 2 seconds.
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
    ["POST /api/v1/payment/wechat/callback", "POST /api/v1/payment/wechat/callback/{account}"];

const PROVIDER: Provider = Provider::WeChat;

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
