//! stripe-webhook: takes in what Stripe notifies us of.
//!
//! | route | who |
//! |---|---|
//! | `POST /api/v1/payment/stripe/webhook/{account}` | Stripe, at the address that we give it |
//! | `POST /api/v1/payment/stripe/webhook` | Stripe, at an address that a team registered by hand: the account is looked for |
//!
//! | what comes | answer |
//! |---|---|
//! | a payment, a refund or a dispute of ours, signed and settled; or an event that is not ours | 200 and `{"received":true}` |
//! | a good one that could not be settled now, or money under a number that is not ours | 503 and `{"received":false}`: it comes again |
//! | one that is not believed | 400 and the same |
//!
//! Stripe sends again for three days until it gets a 2xx. Its signature stands in a header and covers the body as it came; an
//! event that only names a PaymentIntent makes one question to Stripe, within 2 seconds.
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

pub const ROUTES: [&str; 2] = ["POST /api/v1/payment/stripe/webhook", "POST /api/v1/payment/stripe/webhook/{account}"];

const PROVIDER: Provider = Provider::Stripe;

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
