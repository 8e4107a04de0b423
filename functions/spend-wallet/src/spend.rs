//! Spending, by the team's own services.

use till_app::spend::{Spend, Spending, spend};
use till_domain::text::{Key, QuotaName, Reason, UserId};
use till_lambda::fields::{Fields, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes;
use till_lambda::token::Caller;

use crate::Action;

const FIELDS: [&str; 5] = ["user_id", "key", "points", "quota", "reason"];

pub async fn answer(ports: &impl Spend, call: &Call<'_, Action>) -> Result<Response, Problem> {
    let spending = read(&Fields::parse(call.request, &FIELDS)?, call.caller()?)?;
    let wallet = spend(ports, &spending).await?;
    Ok(json(200, &shapes::wallet(&spending.user, &wallet, ports.now())))
}

fn read(fields: &Fields, by: &Caller) -> Result<Spending, Problem> {
    Ok(Spending {
        user: fields.required("user_id", UserId::parse)?,
        key: fields.required("key", Key::parse)?,
        points: fields.number("points")?.unwrap_or(0),
        quota: read_quota(fields)?,
        reason: fields.required("reason", Reason::parse)?,
        by: by.clone(),
    })
}

pub fn read_quota(fields: &Fields) -> Result<Option<(QuotaName, u64)>, Problem> {
    let Some(quota) = fields.object("quota", &["name", "count"])? else { return Ok(None) };
    let name = quota.required("quota.name", QuotaName::parse)?;
    Ok(Some((name, required("quota.count", quota.number("quota.count")?)?)))
}
