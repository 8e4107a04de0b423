//! `till orphans`: payments that fit no order, settling one to the order that it was meant for, and closing one that was dealt with
//! elsewhere.

use clap::{Args, Subcommand};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use till_domain::id::OrderNo;
use till_domain::text::TradeNo;

use super::change::{Body, Change};
use super::lists::{given, list};
use super::order::{load, order_no};
use super::row::Row;
use super::table::Column;
use super::{Access, Session, plan, remedies};
use crate::Failure;

/// What stands in an address for itself.
pub const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const COLUMNS: &[Column] = &[
    ("PROVIDER", "provider"),
    ("ACCOUNT", "account"),
    ("TRADE", "trade_no"),
    ("STATUS", "status"),
    ("SAYS", "says"),
    ("AMOUNT", "amount"),
    ("BACK", "refunded_amount"),
    ("NUMBER", "number"),
    ("ORDER", "order_no"),
    ("PAID", "paid_at"),
    ("KEPT", "kept_at"),
];

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(flatten)]
    pub access: Access,
    /// wechat, alipay or stripe
    #[arg(long, conflicts_with = "open")]
    provider: Option<String>,
    /// Only those that wait for a decision, the ones that have waited longest first
    #[arg(long)]
    open: bool,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Make it a payment of an order
    Settle(Settle),
    /// Note that it was dealt with elsewhere
    Close(Close),
}

#[derive(Args)]
struct Settle {
    /// wechat, alipay or stripe
    provider: String,
    /// The provider's number of the payment
    #[arg(value_parser = TradeNo::parse)]
    trade_no: TradeNo,
    /// The order that it was meant for
    #[arg(long, value_name = "NUMBER", value_parser = order_no)]
    order: OrderNo,
    #[command(flatten)]
    change: Change,
}

#[derive(Args)]
struct Close {
    /// wechat, alipay or stripe
    provider: String,
    /// The provider's number of the payment
    #[arg(value_parser = TradeNo::parse)]
    trade_no: TradeNo,
    #[command(flatten)]
    change: Change,
}

pub async fn run(session: &mut Session<'_>, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Some(Command::Settle(wanted)) => return settle(session, wanted).await,
        Some(Command::Close(wanted)) => return close(session, wanted).await,
        None => {}
    }
    let query = given(&[
        ("provider", arguments.provider.as_deref()),
        ("status", arguments.open.then_some("open")),
        ("cursor", arguments.cursor.as_deref()),
    ]);
    list(session, "/orphans", &query, "orphans", COLUMNS).await
}

async fn settle(session: &mut Session<'_>, wanted: &Settle) -> Result<(), Failure> {
    let order = load(session, wanted.order).await?;
    let (provider, trade_no) = (wanted.provider.as_str(), &wanted.trade_no);
    let answer = session.api.get(&path(provider, trade_no, ""), &[("order_no", wanted.order.as_str())]).await?;
    let orphan = Row::read(&answer)?;
    let mut plan = vec![plan::headline(&order, "settle to")];
    plan.extend(effects(&order, &orphan));
    let body = Body::of(&wanted.change)?.with("order_no", wanted.order.as_str())?;
    let done = session.change(&path(provider, trade_no, "/settle"), &plan, &wanted.change, body).await?;
    remedies::tell(session, &done)
}

async fn close(session: &mut Session<'_>, wanted: &Close) -> Result<(), Failure> {
    let (provider, trade_no) = (wanted.provider.as_str(), &wanted.trade_no);
    let orphan = Row::read(&session.api.get(&path(provider, trade_no, ""), &[]).await?)?;
    let plan = [
        format!("close {}", named(&orphan)),
        "  no money moves: it no longer waits for a decision, and cannot be settled to an order".to_owned(),
    ];
    let body = Body::of(&wanted.change)?;
    let done = session.change(&path(provider, trade_no, "/close"), &plan, &wanted.change, body).await?;
    if !session.json {
        let closed = done.row("closed");
        writeln!(session.out, "done: {} is closed by {}: {}", named(&done), closed.text("by"), closed.text("reason"))?;
    }
    Ok(())
}

fn path(provider: &str, trade_no: &TradeNo, end: &str) -> String {
    let segment = |text: &str| utf8_percent_encode(text, IN_PATH).to_string();
    format!("/orphans/{}/{}{end}", segment(provider), segment(trade_no.as_str()))
}

/// How much it is, and where: `CNY 5.00 (alipay T9)`.
fn named(orphan: &Row) -> String {
    let place = format!("({} {})", orphan.text("provider"), orphan.text("trade_no"));
    format!("{} {place}", orphan.amount("amount")).trim().to_owned()
}

/// What settling it to the order does, as far as it is known before the provider is asked.
fn effects(order: &Row, orphan: &Row) -> Vec<String> {
    let (sum, price) = (named(orphan), order.amount("amount"));
    let would = orphan.row("as_payment");
    let is_paid = order.rows("payments").iter().any(|payment| payment.text("role") == "kept");
    let is_price = orphan.amount("amount") == price;
    let effect = match (would.text("role").as_str(), would.text("goes_back") == "true") {
        ("extra", true) if is_paid => format!("{sum} goes straight back to the buyer: the order is paid already"),
        ("extra", true) => format!("{sum} goes straight back to the buyer: it came too late for this order"),
        ("odd", _) if is_price => {
            format!("{sum} is held until somebody decides: no attempt of the order was made through this account")
        }
        ("odd", _) => format!("{sum} is held until somebody decides: it is not {price}"),
        ("kept", _) if would.text("delivers") == "true" => {
            format!("{sum} becomes its payment, and its goods are delivered")
        }
        ("kept" | "extra", _) => format!("{sum} becomes a payment of it, and nothing is delivered for it now"),
        _ => format!("{sum} becomes a payment of it, over the amount that its provider states"),
    };
    let mut lines = vec![format!("  {effect}")];
    if orphan.money("refunded_amount", None).is_some_and(|back| !back.is_zero()) {
        lines.push(format!("  {} of it is back already", orphan.amount("refunded_amount")));
    }
    lines.push(
        "  its provider is asked first: what went back of it counts, and without its word nothing is settled"
            .to_owned(),
    );
    lines
}
