//! `till orphans`: payments that fit no order, and settling one to the order that it was meant for.

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

/// So many pages are looked through for the amount that is shown before settling.
const MOST_PAGES: usize = 20;

const COLUMNS: &[Column] = &[
    ("PROVIDER", "provider"),
    ("ACCOUNT", "account"),
    ("TRADE", "trade_no"),
    ("SAYS", "says"),
    ("AMOUNT", "amount"),
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
    #[arg(long)]
    provider: Option<String>,
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

pub async fn run(session: &mut Session<'_>, arguments: &Arguments) -> Result<(), Failure> {
    if let Some(Command::Settle(wanted)) = &arguments.command {
        return settle(session, wanted).await;
    }
    let query = given(&[("provider", arguments.provider.as_deref()), ("cursor", arguments.cursor.as_deref())]);
    list(session, "/orphans", &query, "orphans", COLUMNS).await
}

async fn settle(session: &mut Session<'_>, wanted: &Settle) -> Result<(), Failure> {
    let order = load(session, wanted.order).await?;
    let (provider, trade_no) = (wanted.provider.as_str(), wanted.trade_no.as_str());
    let orphan = find(session, provider, trade_no).await?;
    let price = order.amount("amount");
    let sum = orphan.map(|orphan| orphan.amount("amount")).filter(|sum| !sum.is_empty());
    let effect = match sum {
        Some(sum) if sum == price => format!("  {sum} ({provider} {trade_no}) becomes a payment of it"),
        Some(sum) => {
            format!("  {sum} ({provider} {trade_no}) becomes a payment of it, and is held, since it is not {price}")
        }
        None => format!("  {provider} {trade_no} becomes a payment of it, over the amount that was reported"),
    };
    let plan = [plan::headline(&order, "settle to"), effect];
    let segment = |text: &str| utf8_percent_encode(text, IN_PATH).to_string();
    let path = format!("/orphans/{}/{}/settle", segment(provider), segment(trade_no));
    let body = Body::of(&wanted.change)?.with("order_no", wanted.order.as_str())?;
    let done = session.change(&path, &plan, &wanted.change, body).await?;
    remedies::tell(session, &done)
}

async fn find(session: &Session<'_>, provider: &str, trade_no: &str) -> Result<Option<Row>, Failure> {
    let mut cursor = String::new();
    for _ in 0..MOST_PAGES {
        let at = Some(cursor.as_str()).filter(|at| !at.is_empty());
        let answer = session.api.get("/orphans", &given(&[("provider", Some(provider)), ("cursor", at)])).await?;
        let page = Row::read(&answer)?;
        let found = page.rows("orphans").into_iter().find(|orphan| orphan.text("trade_no") == trade_no);
        cursor = page.text("next");
        if found.is_some() || cursor.is_empty() {
            return Ok(found);
        }
    }
    Ok(None)
}
