//! What the team's people and programs commanded, and the whole audit trail of one order.

use serde::Serialize;
use till_app::ports::{Clock, KeptRecord, ListRecords};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_lambda::cursor;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::Instant;

use crate::Action;
use crate::query::{self, days, text, value};

const PAGE: usize = 50;
/// Days that one page looks through.
const MOST_DAYS_A_PAGE: u32 = 31;
/// Looks into the store for one page, for those whose `by` is another's.
const MOST_LOOKS: u32 = 64;

#[derive(Serialize)]
struct Answer {
    records: Vec<RecordShape>,
    next: Option<String>,
    as_of: Instant,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RecordShape {
    pub at: Instant,
    pub order_no: String,
    /// `pushed`, `asked`, `command`, `task` or `sweep`.
    pub cause: String,
    /// `changed paid granted`, `refused not_paid` …
    pub outcome: String,
    pub provider: Option<&'static str>,
    pub account: Option<String>,
    pub by: Option<String>,
    pub role: Option<String>,
    /// The remedy that it was part of, and why it was applied.
    pub remedy: Option<String>,
    pub reason: Option<String>,
    pub callback: Option<CallbackShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CallbackShape {
    pub from: String,
    pub body_sha256: String,
    pub facts: Vec<FactShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FactShape {
    pub name: String,
    pub value: String,
}

pub fn record(kept: &KeptRecord) -> RecordShape {
    let callback = kept.callback.as_ref().map(|callback| CallbackShape {
        from: callback.from.clone(),
        body_sha256: callback.hash.clone(),
        facts: callback
            .facts
            .iter()
            .map(|(name, value)| FactShape { name: name.clone(), value: value.clone() })
            .collect(),
    });
    let (by, role) = kept.by.clone().unzip();
    let (remedy, reason) = kept.remedy.clone().unzip();
    RecordShape {
        at: Instant(kept.at),
        order_no: kept.order.to_string(),
        cause: kept.cause.clone(),
        outcome: kept.outcome.clone(),
        provider: kept.account.as_ref().map(|account| account.provider.as_str()),
        account: kept.account.as_ref().map(|account| account.id.to_string()),
        by,
        role,
        remedy,
        reason,
        callback,
    }
}

pub async fn answer(ports: &(impl ListRecords + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&["from", "to", "by", "order_no", "cursor"])?;
    let now = ports.now();
    let Some(no) = value(call, "order_no", OrderNo::parse)? else {
        return of_the_team(ports, call, now).await;
    };
    if let Some(other) = ["from", "to", "by"].into_iter().find(|name| text(call, name).is_some()) {
        return Err(Problem::invalid_field(other, "cannot be used beside order_no"));
    }
    let from = query::cursor(call, |place| Some(place.to_owned()))?;
    let page = ports.list_records(no, from.as_deref(), PAGE).await?;
    let records = page.items.iter().map(record).collect();
    Ok(json(200, &Answer { records, next: page.next.as_deref().map(cursor::write), as_of: Instant(now) }))
}

async fn of_the_team(ports: &impl ListRecords, call: &Call<'_, Action>, now: Time) -> Result<Response, Problem> {
    let Days { first, last } = days(call, now)?;
    let by = value(call, "by", UserId::parse)?;
    let is_wanted = |one: &KeptRecord| {
        let who = one.by.as_ref().map(|(user, _)| user.as_str());
        by.as_ref().is_none_or(|by| who == Some(by.as_str()))
    };
    let (mut day, mut place) = query::cursor(call, read_place)?.unwrap_or((last, None));
    if day < first || last < day {
        return Err(Problem::invalid_field("cursor", "is of other days"));
    }
    let (newest, mut records) = (day, Vec::new());
    for _ in 0..MOST_LOOKS {
        let left = PAGE.saturating_sub(records.len());
        if left == 0 || newest.since(day) >= MOST_DAYS_A_PAGE {
            break;
        }
        // No more than are shown, so that the next page begins after the last one.
        let page = ports.list_commands(day, place.as_deref(), left).await?;
        records.extend(page.items.iter().filter(|one| is_wanted(one)).map(record));
        place = page.next;
        if place.is_none() {
            if day == first {
                return Ok(json(200, &Answer { records, next: None, as_of: Instant(now) }));
            }
            day = day.minus(1);
        }
    }
    let next = Some(write_place(day, place.as_deref()));
    Ok(json(200, &Answer { records, next, as_of: Instant(now) }))
}

fn write_place(day: Day, place: Option<&str>) -> String {
    cursor::write(&format!("{day} {}", place.unwrap_or_default()))
}

fn read_place(text: &str) -> Option<(Day, Option<String>)> {
    let (day, place) = text.split_once(' ')?;
    Some((Day::parse(day).ok()?, Some(place.to_owned()).filter(|place| !place.is_empty())))
}
