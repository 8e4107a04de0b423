//! `till status`: whether money is stuck, part by part. What is not as it should be is followed by the command that looks into it.

use clap::Args;

use super::row::Row;
use super::table::{Column, table};
use super::{Access, Session};
use crate::Failure;

const ACCOUNTS: &[Column] = &[
    ("PROVIDER", "provider"),
    ("ACCOUNT", "account"),
    ("ON", "is_on"),
    ("DEFAULT", "is_default"),
    ("LAST PAYMENT", "last_payment"),
    ("PAID", "paid"),
    ("OPEN", "open"),
    ("UNANSWERED", "unanswered"),
];

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub access: Access,
}

pub async fn run(session: &mut Session<'_>) -> Result<(), Failure> {
    let answer = session.api.get("/payment-monitor/system-status", &[]).await?;
    let Some(status) = session.read(&answer)? else { return Ok(()) };
    let lines = [
        ("verdict", verdict(&status.text("verdict"))),
        ("undelivered", late(&status.row("paid_not_granted"), "paid and not delivered within two minutes")),
        ("overdue", late(&status.row("overdue"), "with something that was due three minutes ago")),
    ];
    for (title, text) in lines {
        writeln!(session.out, "{title:<11} {text}")?;
    }
    for queue in status.rows("queues") {
        writeln!(session.out, "{:<11} {}", "queue", letters(&queue))?;
    }
    for (title, command) in [("holds", "till holds"), ("orphans", "till orphans")] {
        writeln!(session.out, "{title:<11} {}", waiting(&status.row(title), command))?;
    }
    writeln!(session.out, "{:<11} {}", "rejected", rejected(&status.row("rejected_today")))?;
    let seen = status.row("looked_through");
    let since = seen.text("since");
    let since = if since.is_empty() { since } else { format!(", made since {since}") };
    writeln!(
        session.out,
        "{:<11} {}, and {} orders were looked through{since}",
        "as of",
        status.text("as_of"),
        seen.text("orders")
    )?;
    let accounts = status.rows("accounts");
    if !accounts.is_empty() {
        write!(session.out, "\nACCOUNTS\n{}", table(ACCOUNTS, &accounts))?;
    }
    Ok(())
}

fn verdict(word: &str) -> String {
    let meaning = match word {
        "stuck" => "money or goods do not move by themselves",
        "needs_a_person" => "everything moves but what waits for a decision",
        "ok" => "everything moves",
        _ => return word.to_owned(),
    };
    format!("{word}: {meaning}")
}

/// How many, as far as they were counted.
fn count(part: &Row) -> String {
    let more = if part.text("more") == "true" { "more than " } else { "" };
    format!("{more}{}", part.text("count"))
}

fn is_none(part: &Row) -> bool {
    part.text("count") == "0"
}

fn late(part: &Row, what: &str) -> String {
    if is_none(part) {
        return format!("0 orders {what}");
    }
    let (longest, orders) = (part.text("longest_seconds"), part.text("orders"));
    format!("{} orders {what}, the longest for {longest} s: till order why NO ({orders})", count(part))
}

fn letters(queue: &Row) -> String {
    let (name, waiting, dead) = (queue.text("queue"), queue.text("waiting"), queue.text("dead"));
    let next = if dead == "0" { String::new() } else { format!(": end their reason, then till redrive {name}") };
    format!("{name}: {waiting} wait, {dead} dead letters{next}")
}

fn waiting(part: &Row, command: &str) -> String {
    if is_none(part) {
        return "0 wait for a decision".to_owned();
    }
    let since = part.text("since");
    let since = if since.is_empty() { since } else { format!(", the first since {since}") };
    format!("{} wait for a decision{since}: {command}", count(part))
}

fn rejected(part: &Row) -> String {
    if is_none(part) {
        return "0 callbacks today".to_owned();
    }
    format!("{} callbacks today: till rejected", count(part))
}
