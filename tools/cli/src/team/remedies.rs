//! `till order cancel | refund | resolve | regrant | complete`.

use clap::{Args, Subcommand, ValueEnum};
use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::text::{Reason, TradeNo};

use super::change::{Body, Change};
use super::order::{load, order_no};
use super::row::Row;
use super::{Session, plan};
use crate::Failure;

#[derive(Subcommand)]
pub enum Command {
    /// Cancel an unpaid order
    Cancel(Plain),
    /// Give money of a payment back
    Refund(Refund),
    /// Decide about a hold
    Resolve(Resolve),
    /// Deliver the goods again after they were taken back for a refund that failed
    Regrant(Plain),
    /// Complete an order whose payment was not heard of; its providers are asked first
    Complete(Complete),
}

#[derive(Args)]
pub struct Plain {
    /// The order's number
    #[arg(value_parser = order_no)]
    no: OrderNo,
    #[command(flatten)]
    change: Change,
}

#[derive(Args)]
pub struct Refund {
    /// The order's number
    #[arg(value_parser = order_no)]
    no: OrderNo,
    /// How much; all that is left, if it is missing
    #[arg(long)]
    amount: Option<String>,
    /// Of which payment; else of the one that pays for the order
    #[arg(long, value_parser = TradeNo::parse)]
    trade_no: Option<TradeNo>,
    /// Take the goods back with it, however much it is
    #[arg(long)]
    revoke: bool,
    #[command(flatten)]
    change: Change,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Decision {
    Accept,
    Return,
    Clear,
}

#[derive(Args)]
pub struct Resolve {
    /// The order's number
    #[arg(value_parser = order_no)]
    no: OrderNo,
    /// The hold's word, as `till holds` shows it
    #[arg(long)]
    hold: String,
    /// What is decided, of what fits the hold now
    #[arg(long)]
    decision: Decision,
    /// On which payment, if several are on hold
    #[arg(long, value_parser = TradeNo::parse)]
    trade_no: Option<TradeNo>,
    /// For an unclear refund: how much went back
    #[arg(long)]
    amount: Option<String>,
    #[command(flatten)]
    change: Change,
}

#[derive(Args)]
pub struct Complete {
    /// The order's number
    #[arg(value_parser = order_no)]
    no: OrderNo,
    /// If its provider cannot be asked: the number of the payment there
    #[arg(long, value_parser = TradeNo::parse, requires_all = ["amount", "evidence"])]
    trade_no: Option<TradeNo>,
    /// How much was paid
    #[arg(long, requires = "trade_no")]
    amount: Option<String>,
    /// How you know
    #[arg(long, requires = "trade_no", value_parser = Reason::parse)]
    evidence: Option<Reason>,
    /// By which of the order's attempts, 1 to 99; else by the newest
    #[arg(long, requires = "trade_no", value_parser = clap::value_parser!(u8).range(1..=99))]
    attempt: Option<u8>,
    #[command(flatten)]
    change: Change,
}

pub async fn run(session: &mut Session<'_>, command: &Command) -> Result<(), Failure> {
    match command {
        Command::Cancel(plain) => {
            let effect = "  what is open is closed at its provider first; no money moves";
            remedy(session, plain, "cancel", effect).await
        }
        Command::Regrant(plain) => {
            let effect = "  the goods are delivered again; no money moves";
            remedy(session, plain, "regrant", effect).await
        }
        Command::Refund(wanted) => refund(session, wanted).await,
        Command::Resolve(wanted) => resolve(session, wanted).await,
        Command::Complete(wanted) => complete(session, wanted).await,
    }
}

async fn remedy(session: &mut Session<'_>, plain: &Plain, word: &str, effect: &str) -> Result<(), Failure> {
    let order = load(session, plain.no).await?;
    let shown = [plan::headline(&order, word), effect.to_owned()];
    let path = format!("/orders/{}/{word}", plain.no);
    let done = session.change(&path, &shown, &plain.change, Body::of(&plain.change)?).await?;
    // The answer to a cancellation has no order.
    let has_order = !done.text("order_no").is_empty() || !done.row("order").text("order_no").is_empty();
    let done = if has_order || session.json { done } else { load(session, plain.no).await? };
    tell(session, &done)
}

async fn refund(session: &mut Session<'_>, wanted: &Refund) -> Result<(), Failure> {
    let order = load(session, wanted.no).await?;
    let trade_no = wanted.trade_no.as_ref().map(TradeNo::as_str);
    let mut body = Body::of(&wanted.change)?.with_some("trade_no", trade_no)?;
    let mut plan = vec![plan::headline(&order, "refund")];
    let payments = order.rows("payments");
    let paid = plan::payment(&order, &payments, trade_no)?;
    let amount = match &wanted.amount {
        Some(text) => plan::typed(text, paid.amount.currency())?,
        None => paid.rest(),
    };
    // A repetition of a refund that was made already would look like one that exceeds what is left.
    if wanted.change.key.is_none() {
        plan.extend(plan::refund(&paid, amount, wanted.revoke)?);
    } else {
        plan.push("  repeats an earlier request: what it did is not done again".to_owned());
    }
    if let Some(text) = &wanted.amount {
        body = body.with_json("amount", text.clone())?;
    }
    if wanted.revoke {
        body = body.with_json("revoke", "true".to_owned())?;
    }
    let done = session.change(&format!("/orders/{}/refund", wanted.no), &plan, &wanted.change, body).await?;
    if !session.json {
        let (no, state) = (done.text("refund_no"), done.text("state"));
        writeln!(session.out, "refund {no}: {}, {state}", done.amount("amount"))?;
    }
    tell(session, &done)
}

async fn resolve(session: &mut Session<'_>, wanted: &Resolve) -> Result<(), Failure> {
    let order = load(session, wanted.no).await?;
    let decision = match wanted.decision {
        Decision::Accept => "accept",
        Decision::Return => "return",
        Decision::Clear => "clear",
    };
    let trade_no = wanted.trade_no.as_ref().map(TradeNo::as_str);
    let mut plan = vec![plan::headline(&order, "resolve")];
    plan.extend(plan::decision(&order, &wanted.hold, decision, wanted.amount.as_deref(), trade_no));
    let body = Body::of(&wanted.change)?.with("hold", &wanted.hold)?.with("decision", decision)?;
    let body = with_amount(body.with_some("trade_no", trade_no)?, &order, wanted.amount.as_deref())?;
    let done = session.change(&format!("/orders/{}/resolve", wanted.no), &plan, &wanted.change, body).await?;
    tell(session, &done)
}

async fn complete(session: &mut Session<'_>, wanted: &Complete) -> Result<(), Failure> {
    let order = load(session, wanted.no).await?;
    let trade_no = wanted.trade_no.as_ref().map(TradeNo::as_str);
    let mut plan = vec![plan::headline(&order, "complete")];
    plan.push("  its providers are asked first, and what they say counts".to_owned());
    plan.push(match (&wanted.amount, trade_no) {
        (Some(amount), Some(trade_no)) => {
            let amount = plan::money(plan::typed(amount, price_currency(&order)?)?);
            format!("  if they do not answer, {amount} counts as paid by your word ({trade_no}), and the goods are delivered")
        }
        _ => "  nothing is stated: without a provider's word the order stays as it is".to_owned(),
    });
    let body = Body::of(&wanted.change)?.with_some("trade_no", trade_no)?;
    let body = body.with_some("evidence", wanted.evidence.as_ref().map(Reason::as_str))?;
    let mut body = with_amount(body, &order, wanted.amount.as_deref())?;
    if let Some(attempt) = wanted.attempt {
        body = body.with_json("attempt", attempt.to_string())?;
    }
    let done = session.change(&format!("/orders/{}/complete", wanted.no), &plan, &wanted.change, body).await?;
    tell(session, &done)
}

/// An amount that is no number of this currency is refused here: it stands in the request as it was typed.
fn with_amount(body: Body, order: &Row, amount: Option<&str>) -> Result<Body, Failure> {
    let Some(text) = amount else { return Ok(body) };
    plan::typed(text, price_currency(order)?)?;
    body.with_json("amount", text.to_owned())
}

fn price_currency(order: &Row) -> Result<Currency, Failure> {
    Currency::parse(&order.text("currency")).map_err(|_| "the API's answer has an order without a currency".into())
}

/// How the order stands afterwards. The answer to a refund has it inside.
pub fn tell(session: &mut Session<'_>, done: &Row) -> Result<(), Failure> {
    if session.json {
        return Ok(());
    }
    let inner = done.row("order");
    let order = if inner.text("order_no").is_empty() { done } else { &inner };
    writeln!(session.out, "{}", plan::headline(order, "done:"))?;
    Ok(())
}
