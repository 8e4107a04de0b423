//! spend-wallet: spends points and quotas for the team's own services.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST wallet/spend` | service | `user_id`, `points?`, `quota?` `{name, count}`, `key`, `reason` | 200: the wallet afterwards |
//!
//! A key spends once: the same request again returns the wallet as it stands now, and another request with the same key is
//! refused with 409. The function must never take a wallet below zero, and never spend in part.

use std::time::Duration;

use till_app::ports::{FetchDocument, ReadSecret};
use till_app::spend::{Spend, Spending, spend};
use till_domain::text::{Key, QuotaName, Reason, UserId};
use till_lambda::deadline::Deadline;
use till_lambda::fields::{Fields, required};
use till_lambda::http::{Request, Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::shapes;
use till_lambda::token::Caller;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

pub const ROUTES: &[Route<()>] =
    &[Route { method: "POST", path: "/api/v1/payment/wallet/spend", who: Who::SERVICE, action: () }];

pub async fn handle(
    router: &Router,
    ports: &(impl Spend + ReadSecret + FetchDocument),
    request: &Request,
    deadline: Deadline,
) -> Response {
    router.dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, ()>| answer(ports, &call).await).await
}

const FIELDS: [&str; 5] = ["user_id", "key", "points", "quota", "reason"];

async fn answer(ports: &impl Spend, call: &Call<'_, ()>) -> Result<Response, Problem> {
    let spending = read(&Fields::parse(call.request, &FIELDS)?, call.caller()?)?;
    let wallet = spend(ports, &spending).await?;
    Ok(json(200, &shapes::wallet(&spending.user, &wallet, ports.now())))
}

fn read(fields: &Fields, by: &Caller) -> Result<Spending, Problem> {
    Ok(Spending {
        user: fields.required("user_id", UserId::parse)?,
        key: fields.required("key", Key::parse)?,
        points: fields.number("points")?.unwrap_or(0),
        quota: fields.object("quota", &["name", "count"])?.map(|quota| read_quota(&quota)).transpose()?,
        reason: fields.required("reason", Reason::parse)?,
        by: by.clone(),
    })
}

fn read_quota(quota: &Fields) -> Result<(QuotaName, u64), Problem> {
    let name = quota.required("quota.name", QuotaName::parse)?;
    Ok((name, required("quota.count", quota.number("quota.count")?)?))
}

#[cfg(test)]
mod tests;
