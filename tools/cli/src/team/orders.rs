//! `till orders`: the list of orders, and its file for spreadsheets.

use clap::Args;

use super::change::has_unreadable;
use super::lists::first_page;
use super::row::Row;
use super::table::{Column, table};
use super::{Access, Session};
use crate::Failure;

pub const COLUMNS: &[Column] = &[
    ("ORDER", "order_no"),
    ("MADE", "created_at"),
    ("STATUS", "status"),
    ("GOODS", "fulfilment"),
    ("PRICE", "amount"),
    ("BACK", "refunded_amount"),
    ("METHOD", "payment_method"),
    ("ACCOUNT", "account"),
    ("USER", "user_id"),
    ("PRODUCT", "product_name"),
    ("HOLDS", "holds"),
];

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub access: Access,
    /// The first day, on China's calendar, such as 2026-11-21
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// pending, cancelled, paid or refunded
    #[arg(long)]
    status: Option<String>,
    /// none, queued, withheld, granted, revoking or revoked
    #[arg(long)]
    fulfilment: Option<String>,
    /// Such as wechat_native
    #[arg(long)]
    method: Option<String>,
    /// wechat, alipay or stripe
    #[arg(long)]
    provider: Option<String>,
    /// A merchant account
    #[arg(long)]
    account: Option<String>,
    /// One user's orders
    #[arg(long)]
    user: Option<String>,
    /// A hold's word, or `any`
    #[arg(long)]
    hold: Option<String>,
    /// The least price
    #[arg(long, value_name = "AMOUNT")]
    least: Option<String>,
    /// The highest price
    #[arg(long, value_name = "AMOUNT")]
    most: Option<String>,
    /// Of --least and --most, or of all prices; CNY if an amount is named without it
    #[arg(long)]
    currency: Option<String>,
    /// Find by an order's, payment's, refund's or trade's number, or by user
    #[arg(long, value_name = "NUMBER", conflicts_with_all = [
        "from", "to", "status", "fulfilment", "method", "provider", "account", "user", "hold", "least", "most", "currency", "csv",
    ])]
    q: Option<String>,
    /// Rows of a page, at most 100
    #[arg(long)]
    limit: Option<u8>,
    /// Where the page before ended
    #[arg(long)]
    cursor: Option<String>,
    /// Print all rows as CSV, for spreadsheets
    #[arg(long, conflicts_with_all = ["json", "cursor", "limit"])]
    csv: bool,
}

impl Arguments {
    fn query(&self) -> Vec<(&'static str, &str)> {
        let named = [
            ("from", &self.from),
            ("to", &self.to),
            ("status", &self.status),
            ("fulfilment", &self.fulfilment),
            ("method", &self.method),
            ("provider", &self.provider),
            ("account", &self.account),
            ("user", &self.user),
            ("hold", &self.hold),
            ("least", &self.least),
            ("most", &self.most),
            ("currency", &self.currency),
            ("q", &self.q),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

pub async fn run(session: &mut Session<'_>, arguments: &Arguments) -> Result<(), Failure> {
    let mut query = arguments.query();
    if arguments.csv {
        query.push(("format", "csv"));
        let file = session.api.get("/orders", &query).await?;
        return Ok(session.out.write_all(file.as_bytes())?);
    }
    let limit = arguments.limit.map(|limit| limit.to_string());
    query.extend(limit.as_deref().map(|limit| ("limit", limit)));
    query.extend(arguments.cursor.as_deref().map(|at| ("cursor", at)));
    let Some(answer) = first_page(session, "/orders", &query, "orders").await? else { return Ok(()) };
    show(session, &answer)
}

fn show(session: &mut Session<'_>, answer: &Row) -> Result<(), Failure> {
    let rows = answer.rows("orders");
    if rows.is_empty() && !has_unreadable(answer) {
        writeln!(session.notes, "there is no such order")?;
    } else if !rows.is_empty() {
        write!(session.out, "{}", table(COLUMNS, &rows))?;
    }
    session.note_next(answer)
}
