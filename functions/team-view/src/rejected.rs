//! Callbacks that were not believed, of one day. Of their bodies there are only length and hash.

use serde::Serialize;
use till_app::ports::{Clock, KeptRejected, ListRejected};
use till_domain::day::Day;
use till_lambda::cursor;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::Instant;

use crate::Action;
use crate::query;

const PAGE: usize = 100;

#[derive(Serialize)]
struct Answer {
    day: String,
    callbacks: Vec<RejectedShape>,
    next: Option<String>,
    as_of: Instant,
}

#[derive(Serialize)]
struct RejectedShape {
    at: Instant,
    provider: &'static str,
    /// The account that its address named.
    account: String,
    reason: String,
    from: String,
    body_bytes: u64,
    body_sha256: String,
}

pub async fn answer(ports: &(impl ListRejected + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&["day", "cursor"])?;
    let now = ports.now();
    let day = query::value(call, "day", Day::parse)?.unwrap_or_else(|| Day::of(now));
    let from = query::cursor(call, |place| Some(place.to_owned()))?;
    let page = ports.list_rejected(day, from.as_deref(), PAGE).await?;
    let shape = |kept: KeptRejected| RejectedShape {
        at: Instant(kept.at),
        provider: kept.provider.as_str(),
        account: kept.account,
        reason: kept.reason,
        from: kept.from,
        body_bytes: kept.length,
        body_sha256: kept.hash,
    };
    let callbacks = page.items.into_iter().map(shape).collect();
    let next = page.next.as_deref().map(cursor::write);
    Ok(json(200, &Answer { day: day.to_string(), callbacks, next, as_of: Instant(now) }))
}
