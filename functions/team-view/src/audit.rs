//! What the team's people and programs commanded, the whole audit trail of one order, and what the team did to one wallet, account or
//! product.

use serde::Serialize;
use till_app::ports::{Clock, Command, Kept, KeptRecord, KeptTeamRecord, ListRecords, TeamSubject};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductType, UserId};
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
    /// `order`, `user`, `account`, `product` or `sales`, and which of them.
    pub subject: String,
    pub name: String,
    /// `None` of what is about no order.
    pub order_no: Option<String>,
    /// `pushed`, `asked`, `command`, `task` or `sweep`.
    pub cause: String,
    /// `changed paid granted`, `refused not_paid`, `changed is_on=false`, `granted 500 points` …
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
        subject: "order".to_owned(),
        name: kept.order.to_string(),
        order_no: Some(kept.order.to_string()),
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

fn team_record(kept: &KeptTeamRecord) -> RecordShape {
    let (subject, name) = kept.subject.clone();
    RecordShape {
        at: Instant(kept.at),
        subject,
        name,
        order_no: None,
        cause: "command".to_owned(),
        outcome: kept.what.clone(),
        provider: None,
        account: None,
        by: Some(kept.by.clone()),
        role: kept.role.clone(),
        remedy: None,
        reason: kept.reason.clone(),
        callback: None,
    }
}

fn command(command: &Command) -> RecordShape {
    match command {
        Command::OfOrder(kept) => record(kept),
        Command::Other(kept) => team_record(kept),
    }
}

/// One of these names what the records are about; without any, they are those of days.
const SUBJECTS: [&str; 4] = ["order_no", "user_id", "account", "product"];

pub async fn answer(ports: &(impl ListRecords + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&["from", "to", "by", "order_no", "user_id", "account", "product", "cursor"])?;
    let now = ports.now();
    let mut named = SUBJECTS.into_iter().filter(|name| text(call, name).is_some());
    let Some(subject) = named.next() else { return of_the_team(ports, call, now).await };
    let others = ["from", "to", "by"].into_iter().filter(|name| text(call, name).is_some());
    if let Some(other) = named.chain(others).next() {
        return Err(Problem::invalid_field(other, format!("cannot be used beside {subject}")));
    }
    let from = query::cursor(call, |place| Some(place.to_owned()))?;
    if let Some(no) = value(call, "order_no", OrderNo::parse)? {
        let page = ports.list_records(no, from.as_deref(), PAGE).await?;
        return Ok(of_subject(&page, record, now));
    }
    let subject = team_subject(call)?.ok_or_else(|| Problem::invalid_field(subject, "is missing"))?;
    let page = ports.list_team_records(&subject, from.as_deref(), PAGE).await?;
    Ok(of_subject(&page, team_record, now))
}

fn of_subject<T>(page: &Kept<T>, shape: fn(&T) -> RecordShape, now: Time) -> Response {
    let records = page.items.iter().map(shape).collect();
    json(200, &Answer { records, next: page.next.as_deref().map(cursor::write), as_of: Instant(now) })
}

fn team_subject(call: &Call<'_, Action>) -> Result<Option<TeamSubject>, Problem> {
    if let Some(user) = value(call, "user_id", UserId::parse)? {
        return Ok(Some(TeamSubject::User(user)));
    }
    if let Some(name) = text(call, "account") {
        let parts = name.split_once('/').and_then(|(provider, id)| {
            let provider = Provider::ALL.into_iter().find(|one| one.as_str() == provider)?;
            Some(Account { provider, id: AccountId::parse(id).ok()? })
        });
        let account =
            parts.ok_or_else(|| Problem::invalid_field("account", "must be provider/id, as in wechat/main"))?;
        return Ok(Some(TeamSubject::Account(account)));
    }
    let Some(name) = text(call, "product") else { return Ok(None) };
    let parts =
        name.split_once('/').and_then(|(kind, id)| Some((ProductType::parse(kind).ok()?, ProductId::parse(id).ok()?)));
    let (kind, id) = parts.ok_or_else(|| Problem::invalid_field("product", "must be type/id, as in points/500"))?;
    Ok(Some(TeamSubject::Product(kind, id)))
}

async fn of_the_team(ports: &impl ListRecords, call: &Call<'_, Action>, now: Time) -> Result<Response, Problem> {
    let Days { first, last } = days(call, now)?;
    let by = value(call, "by", UserId::parse)?;
    let is_wanted = |one: &Command| {
        let who = match one {
            Command::OfOrder(record) => record.by.as_ref().map(|(user, _)| user.as_str()),
            Command::Other(record) => Some(record.by.as_str()),
        };
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
        records.extend(page.items.iter().filter(|one| is_wanted(one)).map(command));
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
