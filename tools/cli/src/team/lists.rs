//! `till holds`, `till rejected` and `till audit`.

use clap::Args;
use till_domain::id::OrderNo;

use super::change::has_unreadable;
use super::order::order_no;
use super::row::Row;
use super::table::{Column, table};
use super::{Access, Session};
use crate::Failure;

pub const RECORDS: &[Column] = &[
    ("AT", "at"),
    ("ORDER", "order_no"),
    ("CAUSE", "cause"),
    ("OUTCOME", "outcome"),
    ("PROVIDER", "provider"),
    ("ACCOUNT", "account"),
    ("BY", "by"),
    ("ROLE", "role"),
    ("REMEDY", "remedy"),
    ("WHY", "reason"),
];
const COMMANDS: &[Column] = &[
    ("AT", "at"),
    ("ABOUT", "subject"),
    ("NAME", "name"),
    ("CAUSE", "cause"),
    ("OUTCOME", "outcome"),
    ("PROVIDER", "provider"),
    ("ACCOUNT", "account"),
    ("BY", "by"),
    ("ROLE", "role"),
    ("REMEDY", "remedy"),
    ("WHY", "reason"),
];
const ON_HOLD: &[Column] =
    &[("ORDER", "order_no"), ("USER", "user_id"), ("PRICE", "amount"), ("STATUS", "status"), ("GOODS", "fulfilment")];
const CALLBACKS: &[Column] = &[
    ("AT", "at"),
    ("PROVIDER", "provider"),
    ("ACCOUNT", "account"),
    ("REASON", "reason"),
    ("FROM", "from"),
    ("BYTES", "body_bytes"),
    ("SHA-256", "body_sha256"),
];

#[derive(Args)]
pub struct Holds {
    #[command(flatten)]
    pub access: Access,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Args)]
pub struct Rejected {
    #[command(flatten)]
    pub access: Access,
    /// The day, on China's calendar; else today
    #[arg(long)]
    day: Option<String>,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Args)]
pub struct Audit {
    #[command(flatten)]
    pub access: Access,
    /// The first day, on China's calendar
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Of one person or program: the subject of their tokens
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// All that happened to one order
    #[arg(long, value_name = "NUMBER", value_parser = order_no, conflicts_with_all = ["from", "to", "by"])]
    order: Option<OrderNo>,
    /// What the team changed in one user's wallet
    #[arg(long, value_name = "USER", conflicts_with_all = ["from", "to", "by", "order"])]
    user: Option<String>,
    /// What the team changed of one merchant account
    #[arg(long, value_name = "PROVIDER/ID", conflicts_with_all = ["from", "to", "by", "order", "user"])]
    account: Option<String>,
    /// What the team changed of one product
    #[arg(long, value_name = "TYPE/ID", conflicts_with_all = ["from", "to", "by", "order", "user", "account"])]
    product: Option<String>,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
}

pub async fn holds(session: &mut Session<'_>, arguments: &Holds) -> Result<(), Failure> {
    let query = given(&[("cursor", arguments.cursor.as_deref())]);
    let answer = session.api.get("/holds", &query).await?;
    let Some(answer) = session.read(&answer)? else { return Ok(()) };
    let rows = answer.rows("orders");
    if rows.is_empty() {
        writeln!(session.notes, "nothing is on hold")?;
    }
    for row in &rows {
        write!(session.out, "{}", table(ON_HOLD, std::slice::from_ref(row)))?;
        for reason in row.rows("reasons") {
            let about = reason.text("trade_no");
            let about = if about.is_empty() { about } else { format!(" [{about}]") };
            let since = [reason.text("since"), row.text("held_since")].into_iter().find(|since| !since.is_empty());
            let since = since.map(|since| format!(", since {since}")).unwrap_or_default();
            writeln!(session.out, "  {}{about}{since}: {}", reason.text("hold"), reason.text("decisions"))?;
            writeln!(session.out, "  {}", reason.text("meaning"))?;
        }
        writeln!(session.out)?;
    }
    session.note_next(&answer)
}

pub async fn rejected(session: &mut Session<'_>, arguments: &Rejected) -> Result<(), Failure> {
    let query = given(&[("day", arguments.day.as_deref()), ("cursor", arguments.cursor.as_deref())]);
    list(session, "/rejected-callbacks", &query, "callbacks", CALLBACKS).await
}

pub async fn audit(session: &mut Session<'_>, arguments: &Audit) -> Result<(), Failure> {
    let order = arguments.order.map(|no| no.to_string());
    let query = given(&[
        ("from", arguments.from.as_deref()),
        ("to", arguments.to.as_deref()),
        ("by", arguments.by.as_deref()),
        ("order_no", order.as_deref()),
        ("user_id", arguments.user.as_deref()),
        ("account", arguments.account.as_deref()),
        ("product", arguments.product.as_deref()),
        ("cursor", arguments.cursor.as_deref()),
    ]);
    list(session, "/audit", &query, "records", COMMANDS).await
}

/// The parameters that have a value.
pub fn given<'a>(named: &[(&'static str, Option<&'a str>)]) -> Vec<(&'static str, &'a str)> {
    named.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect()
}

/// So many empty pages are passed over before the person is asked to go on.
const MOST_EMPTY_PAGES: usize = 20;

/// The first page of a list that shows something, or ends it: the API may answer an empty page that goes on. Nothing, if no page is
/// left to be shown.
pub async fn first_page(
    session: &mut Session<'_>,
    path: &str,
    query: &[(&str, &str)],
    field: &str,
) -> Result<Option<Row>, Failure> {
    let mut cursor: Option<String> = None;
    for _ in 0..MOST_EMPTY_PAGES {
        let given = query.iter().copied().filter(|(name, _)| cursor.is_none() || *name != "cursor");
        let page: Vec<(&str, &str)> = given.chain(cursor.as_deref().map(|at| ("cursor", at))).collect();
        let answer = session.api.get(path, &page).await?;
        let Some(answer) = session.read(&answer)? else { return Ok(None) };
        let next = answer.text("next");
        if !answer.rows(field).is_empty() || has_unreadable(&answer) || next.is_empty() {
            return Ok(Some(answer));
        }
        cursor = Some(next);
    }
    writeln!(session.notes, "nothing fits so far: --cursor {}", cursor.unwrap_or_default())?;
    Ok(None)
}

/// Prints one page of a list.
pub async fn list(
    session: &mut Session<'_>,
    path: &str,
    query: &[(&str, &str)],
    field: &str,
    columns: &[Column],
) -> Result<(), Failure> {
    let Some(answer) = first_page(session, path, query, field).await? else { return Ok(()) };
    let rows = answer.rows(field);
    if rows.is_empty() {
        writeln!(session.notes, "there are no {field}")?;
    } else {
        write!(session.out, "{}", table(columns, &rows))?;
    }
    session.note_next(&answer)
}
