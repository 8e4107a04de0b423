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

use till_app::ports::Clock;
use till_domain::provider::Provider;
use till_lambda::callback::{Answered, Door, Said};
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::ports::{NoProviders, Ports};
use till_lambda::settings::{BadSetting, Environment};
use till_providers::alipay::Merchant;
use till_providers::heard::Reply;
use till_providers::merchants::{Merchants, callback_path};
use till_providers::receive::{Callbacks, Fate, Keeps, Notice, Received, receive};
use till_providers::{Headers, Outside};

pub use till_lambda::callback::TIME_BUDGET;

/// Its routes.
pub const ROUTES: [&str; 2] =
    ["POST /api/v1/payment/alipay/callback", "POST /api/v1/payment/alipay/callback/{account}"];

/// The door, as a deployment set it.
pub fn door(environment: &Environment) -> Result<Door, BadSetting> {
    Door::read(environment, Provider::Alipay, callback_path(Provider::Alipay), said(Merchant::NOT_NOW))
}

/// Answers one notification.
pub async fn handle<S: Keeps, M: Clock + Clone>(
    door: &Door,
    merchants: &Merchants<'_, S>,
    ports: &Ports<'_, S, NoProviders, M>,
    outside: &impl Outside,
    request: &Request,
    deadline: Deadline,
) -> Response {
    door.answer(ports, request, deadline, async |knock| {
        let headers = Headers::new(knock.headers());
        let notice = Notice { account: knock.account.as_ref(), headers: &headers, body: knock.request.body() };
        let told = |facts| ports.about(knock.came(facts));
        let Received { reply, account, fate } = receive::<Merchant, _, _>(merchants, outside, notice, told).await;
        Answered { said: said(reply), word: fate.word(), account, is_stray: matches!(fate, Fate::Refused(_)) }
    })
    .await
}

const fn said(Reply { status, content_type, body }: Reply) -> Said {
    Said { status, content_type, body }
}

#[cfg(test)]
mod tests;
