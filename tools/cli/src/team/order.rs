//! `till order`: one order as a whole, why it is as it is, and the remedies.

use clap::{Args, Subcommand};
use till_domain::id::OrderNo;

use super::ledger::ledger;
use super::row::Row;
use super::table::{Column, table};
use super::{Access, Session, remedies};
use crate::Failure;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub access: Access,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show everything about an order
    Show(One),
    /// Say in sentences why it is as it is, and what happens next
    Why(One),
    #[command(flatten)]
    Remedy(remedies::Command),
}

#[derive(Args)]
struct One {
    /// Its number
    #[arg(value_parser = order_no)]
    no: OrderNo,
}

/// An order's number, in large or small letters.
pub fn order_no(text: &str) -> Result<OrderNo, String> {
    OrderNo::parse(&text.trim().to_ascii_uppercase()).map_err(|error| error.to_string())
}

pub async fn run(session: &mut Session<'_>, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Show(one) => show(session, one.no).await,
        Command::Why(one) => why(session, one.no).await,
        Command::Remedy(command) => remedies::run(session, command).await,
    }
}

/// The order as the team sees it.
pub async fn load(session: &Session<'_>, no: OrderNo) -> Result<Row, Failure> {
    Row::read(&session.api.get(&format!("/orders/{no}"), &[]).await?)
}

async fn show(session: &mut Session<'_>, no: OrderNo) -> Result<(), Failure> {
    let answer = session.api.get(&format!("/orders/{no}"), &[]).await?;
    let Some(order) = session.read(&answer)? else { return Ok(()) };
    for (title, value) in head(&order) {
        writeln!(session.out, "{title:<10} {value}")?;
    }
    let why = order.rows("why");
    if !why.is_empty() {
        writeln!(session.out, "\nWHY")?;
        write_why(session, &why)?;
    }
    for (title, field, columns) in SECTIONS {
        let rows = order.rows(field);
        if !rows.is_empty() {
            write!(session.out, "\n{title}\n{}", table(columns, &rows))?;
        }
    }
    let entries = order.rows("wallet_entries");
    if !entries.is_empty() {
        write!(session.out, "\nWALLET\n{}", ledger(entries)?)?;
    }
    if !order.text("records_next").is_empty() {
        writeln!(session.notes, "older records: till audit --order {no}")?;
    }
    Ok(())
}

fn head(order: &Row) -> Vec<(&'static str, String)> {
    let product = order.row("product");
    vec![
        ("order", order.text("order_no")),
        ("user", order.text("user_id")),
        ("product", product.text("name")),
        ("price", order.amount("amount")),
        ("status", format!("{}, goods: {}", order.text("status"), order.text("fulfilment"))),
        ("back", order.amount("refunded_amount")),
        ("made", order.text("created_at")),
        ("ends", order.text("expire_at")),
    ]
}

const SECTIONS: &[(&str, &str, &[Column])] = &[
    (
        "HOLDS",
        "holds",
        &[
            ("HOLD", "hold"),
            ("PAYMENT", "trade_no"),
            ("SINCE", "since"),
            ("DECISIONS", "decisions"),
            ("MEANING", "meaning"),
        ],
    ),
    (
        "ATTEMPTS",
        "attempts",
        &[
            ("NUMBER", "payment_no"),
            ("METHOD", "method"),
            ("ACCOUNT", "account"),
            ("STATE", "state"),
            ("DECLINED", "declined"),
            ("BEGUN", "begun_at"),
            ("UNANSWERED", "unanswered"),
        ],
    ),
    (
        "PAYMENTS",
        "payments",
        &[
            ("TRADE", "trade_no"),
            ("PROVIDER", "provider"),
            ("ACCOUNT", "account"),
            ("AMOUNT", "amount"),
            ("ROLE", "role"),
            ("BACK", "refunded_amount"),
            ("PAID", "paid_at"),
        ],
    ),
    (
        "REFUNDS",
        "refunds",
        &[
            ("REFUND", "refund_no"),
            ("TRADE", "trade_no"),
            ("STATE", "state"),
            ("AMOUNT", "amount"),
            ("REVOKES", "revoke"),
            ("REASON", "reason"),
            ("AT", "at"),
        ],
    ),
    (
        "DISPUTES",
        "disputes",
        &[("DISPUTE", "dispute_no"), ("TRADE", "trade_no"), ("STATE", "state"), ("AMOUNT", "amount")],
    ),
    (
        "DECIDED",
        "cleared",
        &[("HOLD", "hold"), ("PAYMENT", "trade_no"), ("AT", "at"), ("BY", "by"), ("REASON", "reason")],
    ),
    (
        "TIMELINE",
        "timeline",
        &[("AT", "at"), ("BY", "by"), ("WHAT", "what"), ("NUMBER", "payment_no"), ("DETAIL", "detail")],
    ),
    ("RECORDS", "records", super::lists::RECORDS),
];

async fn why(session: &mut Session<'_>, no: OrderNo) -> Result<(), Failure> {
    let answer = session.api.get(&format!("/orders/{no}"), &[]).await?;
    let Some(order) = session.read(&answer)? else { return Ok(()) };
    writeln!(session.out, "{no}  {}, {}", order.amount("amount"), order.text("status"))?;
    write_why(session, &order.rows("why"))
}

fn write_why(session: &mut Session<'_>, why: &[Row]) -> Result<(), Failure> {
    for said in why {
        let about = said.text("about");
        let about = if about.is_empty() { about } else { format!("[{about}] ") };
        writeln!(session.out, "- {about}{}", said.text("sentence"))?;
        let next = said.row("next").text("sentence");
        let hold = said.text("hold");
        let stops = if hold.is_empty() { hold } else { format!("{hold}: {}", said.text("decisions")) };
        for (title, text) in [("next", next), ("held", stops), ("to do", said.text("advice"))] {
            if !text.is_empty() {
                writeln!(session.out, "  {title}: {text}")?;
            }
        }
    }
    Ok(())
}
