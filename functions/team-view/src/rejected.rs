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
/// Its cursors begin with this.
const LIST: &str = "rejected";

#[derive(Serialize)]
struct Answer {
    day: String,
    callbacks: Vec<RejectedShape>,
    /// How many of the page cannot be read.
    unreadable: usize,
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
    let named = query::value(call, "day", Day::parse)?;
    let from = query::cursor(call, read_place)?;
    // A list that was begun today goes on after midnight.
    let day = from.as_ref().map(|(day, _)| *day).or(named).unwrap_or_else(|| Day::of(now));
    if named.is_some_and(|named| named != day) {
        return Err(Problem::invalid_field("cursor", "is of another day's list"));
    }
    let from = from.map(|(_, place)| place);
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
    let unreadable = page.unreadable.len();
    let callbacks = page.items.into_iter().map(shape).collect();
    let next = page.next.map(|place| cursor::write(&format!("{LIST} {day} {place}")));
    Ok(json(200, &Answer { day: day.to_string(), callbacks, unreadable, next, as_of: Instant(now) }))
}

fn read_place(text: &str) -> Option<(Day, String)> {
    let (day, place) = query::of_list(LIST, text)?.split_once(' ')?;
    Some((Day::parse(day).ok()?, place.to_owned()))
}
