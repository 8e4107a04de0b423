//! Changes by hand: a person of the team gives, extends a membership, or takes back.

use serde::Serialize;
use till_app::by_hand::{Asked, HandRequest, change_by_hand};
use till_app::spend::Spend;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::text::{QuotaName, Reason, TierName};
use till_domain::wallet::Portion;
use till_lambda::fields::{Fields, checked, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, EntryShape, WalletShape};

use crate::Action;
use crate::spend::read_quota;

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    wallet: WalletShape,
    /// What this request did, or did when it was sent first.
    entry: EntryShape,
}

/// Reads what is asked for, and the fields beside it.
type Read = fn(&Call<'_, Action>) -> Result<(Asked, Fields), Problem>;

pub async fn answer(ports: &impl Spend, call: &Call<'_, Action>, read: Read) -> Result<Response, Problem> {
    let key = call.key()?.ok_or(Problem::new(400, "idempotency_key_required"))?;
    let user = call.user_in_path()?;
    let (asked, fields) = read(call)?;
    let reason = fields.required("reason", Reason::parse)?;
    let request = HandRequest { user, key, asked, reason, by: call.caller()?.clone() };
    let changed = change_by_hand(ports, &request).await?;
    let wallet = shapes::wallet(&request.user, &changed.wallet, ports.now());
    Ok(json(200, &Answer { wallet, entry: shapes::team_entry(&changed.entry) }))
}

pub fn grant(call: &Call<'_, Action>) -> Result<(Asked, Fields), Problem> {
    let fields = Fields::parse(call.request, &["grants", "reason"])?;
    let grants = required("grants", fields.objects("grants")?)?;
    let grants = grants.iter().map(read_grant).collect::<Result<_, _>>()?;
    Ok((Asked::Grant(grants), fields))
}

pub fn extend(call: &Call<'_, Action>) -> Result<(Asked, Fields), Problem> {
    let fields = Fields::parse(call.request, &["days", "reason"])?;
    let days = read_days(&fields, "days")?;
    Ok((Asked::Extend { days }, fields))
}

pub fn revoke(call: &Call<'_, Action>) -> Result<(Asked, Fields), Problem> {
    let fields = Fields::parse(call.request, &["points", "quota", "membership", "reason"])?;
    let points = fields.number("points")?.unwrap_or(0);
    let membership = fields.object("membership", &["tier", "days"])?.map(|part| read_membership(&part)).transpose()?;
    Ok((Asked::Revoke(Portion::new(points, read_quota(&fields)?, membership)?), fields))
}

fn read_membership(part: &Fields) -> Result<(TierName, u32), Problem> {
    Ok((part.required("membership.tier", TierName::parse)?, read_days(part, "membership.days")?))
}

/// A grant, as answers show it and with a tier's rank.
fn read_grant(part: &Fields) -> Result<Grant, Problem> {
    match required("grants.type", part.text("grants.type")?)?.as_str() {
        "points" => {
            part.check_known("grants", &["type", "amount"])?;
            let amount = required("grants.amount", part.number("grants.amount")?)?;
            checked("grants.amount", PointsGrant::new(amount)).map(Grant::Points)
        }
        "membership" => {
            part.check_known("grants", &["type", "tier", "rank", "days"])?;
            let name = part.required("grants.tier", TierName::parse)?;
            let tier = Tier { name, rank: read_rank(part)? };
            checked("grants.days", MembershipGrant::new(tier, read_days(part, "grants.days")?)).map(Grant::Membership)
        }
        "quota" => {
            part.check_known("grants", &["type", "name", "count", "days"])?;
            let name = part.required("grants.name", QuotaName::parse)?;
            let count = required("grants.count", part.number("grants.count")?)?;
            // One day is within its limits, so what is refused here is the count.
            checked("grants.count", QuotaGrant::new(name.clone(), count, 1))?;
            checked("grants.days", QuotaGrant::new(name, count, read_days(part, "grants.days")?)).map(Grant::Quota)
        }
        _ => Err(Problem::invalid_field("grants.type", "must be points, membership or quota")),
    }
}

fn read_rank(part: &Fields) -> Result<u8, Problem> {
    let rank = required("grants.rank", part.number("grants.rank")?)?;
    u8::try_from(rank).map_err(|_| Problem::invalid_field("grants.rank", "must be 0 to 255"))
}

/// What is more than any limit stays more than any limit.
fn read_days(fields: &Fields, name: &'static str) -> Result<u32, Problem> {
    let days = required(name, fields.number(name)?)?;
    Ok(u32::try_from(days).unwrap_or(u32::MAX))
}
