//! `till statistics`: what the orders of each day add up to, by method and in money.

use clap::Args;

use super::lists::given;
use super::row::Row;
use super::table::{Column, table};
use super::{Access, Session};
use crate::Failure;

const DAYS: &[Column] = &[
    ("DAY", "day"),
    ("CREATED", "created"),
    ("PENDING", "pending"),
    ("PAID", "paid"),
    ("BY BUYER", "cancelled_by_buyer"),
    ("BY TEAM", "cancelled_by_team"),
    ("EXPIRED", "expired"),
    ("FAILED", "failed"),
    ("GRANTED", "granted"),
    ("REFUNDED", "refunded"),
    ("IN PART", "refunded_in_part"),
    ("SUCCESS", "success_rate"),
    ("REFUNDS", "refund_rate"),
    ("BUYERS", "buyers"),
];

const METHODS: &[Column] = &[
    ("METHOD", "method"),
    ("CURRENCY", "currency"),
    ("CREATED", "created"),
    ("PAID", "paid"),
    ("FAILED", "failed"),
    ("SUCCESS", "success_rate"),
    ("PAY P50 S", "time_to_pay.p50_seconds"),
    ("P95", "time_to_pay.p95_seconds"),
    ("GRANT P50 S", "time_to_grant.p50_seconds"),
    ("P95", "time_to_grant.p95_seconds"),
];

const MONEY: &[Column] = &[
    ("CURRENCY", "currency"),
    ("ORDERED", "ordered.amount"),
    ("PAYMENTS", "kept.payments"),
    ("KEPT", "kept.amount.amount"),
    ("BACK", "kept.back.amount"),
    ("EXTRA", "extra.amount.amount"),
    ("EXTRA BACK", "extra.back.amount"),
    ("ODD", "odd.amount.amount"),
    ("DISPUTES LOST", "disputes_lost.amount"),
];

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub access: Access,
    /// The last so many days, 1 to 92; 30 if no range is named
    #[arg(long, conflicts_with_all = ["from", "to"], value_parser = clap::value_parser!(u8).range(1..=92))]
    days: Option<u8>,
    /// The first day, on China's calendar, such as 2026-11-21
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day; today if it is missing
    #[arg(long, value_name = "DAY", requires = "from")]
    to: Option<String>,
}

pub async fn run(session: &mut Session<'_>, arguments: &Arguments) -> Result<(), Failure> {
    let days = arguments.days.map(|days| days.to_string());
    let query =
        given(&[("days", days.as_deref()), ("from", arguments.from.as_deref()), ("to", arguments.to.as_deref())]);
    let answer = session.api.get("/orders/statistics", &query).await?;
    let Some(answer) = session.read(&answer)? else { return Ok(()) };
    let (from, to) = (answer.text("from"), answer.text("to"));
    writeln!(session.out, "orders made from {from} to {to}, days of China's calendar ({})", answer.text("time_zone"))?;
    write!(session.out, "{}", table(DAYS, &answer.rows("days")))?;
    let totals = answer.row("totals");
    write!(session.out, "\nALL DAYS\n{}", table(DAYS, std::slice::from_ref(&totals)))?;
    for (title, field, columns) in [("BY METHOD", "by_method", METHODS), ("MONEY", "by_currency", MONEY)] {
        let rows = totals.rows(field);
        if !rows.is_empty() {
            write!(session.out, "\n{title}\n{}", table(columns, &rows))?;
        }
    }
    note_gaps(session, &answer)
}

/// Says where the count stopped, so that nobody takes a part for the whole.
fn note_gaps(session: &mut Session<'_>, answer: &Row) -> Result<(), Failure> {
    for day in answer.rows("days").iter().filter(|day| day.text("is_complete") == "false") {
        let (day, since) = (day.text("day"), day.text("made_from"));
        writeln!(session.notes, "{day} is not complete: orders made before {since} were not counted; name fewer days")?;
    }
    Ok(())
}
