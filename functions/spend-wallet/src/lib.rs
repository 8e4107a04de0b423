//! spend-wallet: spends points and quotas for the team's own services.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST wallet/spend` | service | `user_id`, `points?`, `quota?` `{name, count}`, `key`, `reason` | 200: the wallet afterwards |
//!
//! The same key spends once: repeated with the same content, it gets the wallet as it stands now; with another, 409. It
//! must never take a wallet below zero, and never spend in part.

use std::time::Duration;

use till_app::ports::{FetchDocument, ReadSecret};
use till_app::spend::{Spend, Spending, spend};
use till_domain::text::{Key, QuotaName, Reason, UserId};
use till_lambda::deadline::Deadline;
use till_lambda::fields::{Fields, parsed, required};
use till_lambda::front::{Call, Front, Route, Who};
use till_lambda::http::{Request, Response, json};
use till_lambda::problem::Problem;
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::shapes;

/// A request is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(20);

/// Its route.
pub const ROUTES: &[Route<()>] =
    &[Route { method: "POST", path: "/api/v1/payment/wallet/spend", who: Who::SERVICE, action: () }];

/// What it needs of the world.
pub trait Needs: Spend + ReadSecret + FetchDocument {}

impl<P: Spend + ReadSecret + FetchDocument> Needs for P {}

/// The function, as a deployment set it.
#[derive(Debug)]
pub struct SpendWallet {
    front: Front,
}

impl SpendWallet {
    /// As the environment says.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { front: Front::read(environment)? })
    }

    /// Answers a request.
    pub async fn handle<P: Needs>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response {
        self.front.answer(ports, ROUTES, request, deadline, async |call: Call<'_, ()>| answer(ports, &call).await).await
    }
}

async fn answer<P: Needs>(ports: &P, call: &Call<'_, ()>) -> Result<Response, Problem> {
    let spending = read(&Fields::parse(call.request)?)?;
    let wallet = spend(ports, &spending).await?;
    Ok(json(200, shapes::json(&shapes::wallet(&spending.user, &wallet, ports.now()))))
}

fn read(fields: &Fields) -> Result<Spending, Problem> {
    Ok(Spending {
        user: required("user_id", parsed("user_id", fields.text("user_id")?, UserId::parse)?)?,
        key: required("key", parsed("key", fields.text("key")?, Key::parse)?)?,
        points: fields.number("points")?.unwrap_or(0),
        quota: fields.object("quota")?.map(|quota| read_quota(&quota)).transpose()?,
        reason: required("reason", parsed("reason", fields.text("reason")?, Reason::parse)?)?,
    })
}

fn read_quota(quota: &Fields) -> Result<(QuotaName, u64), Problem> {
    let name = required("quota.name", parsed("quota.name", quota.text("quota.name")?, QuotaName::parse)?)?;
    Ok((name, required("quota.count", quota.number("quota.count")?)?))
}

#[cfg(test)]
mod tests;
