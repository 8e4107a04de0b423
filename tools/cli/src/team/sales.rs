//! `till sales`, `till suspend` and `till resume`: whether new orders are made. Orders that exist go on in any case.

use clap::Args;
use serde_json::json;
use till_domain::text::Announcement;

use super::change::{Body, Change};
use super::row::Row;
use super::{Access, Session};
use crate::Failure;

const PATH: &str = "/sales";

#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    pub access: Access,
}

#[derive(Args)]
pub struct Suspend {
    #[command(flatten)]
    pub access: Access,
    /// What buyers are told in Chinese; else the usual sentence
    #[arg(long, value_name = "TEXT", value_parser = Announcement::parse)]
    text_zh: Option<Announcement>,
    /// The same in English
    #[arg(long, value_name = "TEXT", value_parser = Announcement::parse)]
    text_en: Option<Announcement>,
    #[command(flatten)]
    change: Change,
}

#[derive(Args)]
pub struct Resume {
    #[command(flatten)]
    pub access: Access,
    #[command(flatten)]
    change: Change,
}

pub async fn show(session: &mut Session<'_>) -> Result<(), Failure> {
    let answer = session.api.get(PATH, &[]).await?;
    match session.read(&answer)? {
        Some(sales) => tell(session, &sales),
        None => Ok(()),
    }
}

pub async fn suspend(session: &mut Session<'_>, wanted: &Suspend) -> Result<(), Failure> {
    let texts = [("zh", &wanted.text_zh), ("en", &wanted.text_en)];
    let texts: Vec<(&str, &str)> =
        texts.iter().filter_map(|(name, text)| Some((*name, text.as_ref()?.as_str()))).collect();
    let mut plan = vec![
        "suspend new orders: at once, until they are resumed".to_owned(),
        "  open orders can still be paid; callbacks, goods and refunds go on".to_owned(),
    ];
    plan.extend(texts.iter().map(|(name, text)| format!("  buyers are told ({name}): {text}")));
    if texts.is_empty() {
        plan.push("  buyers are told the usual sentence".to_owned());
    }
    plan.extend(now(session).await?);
    let mut body = Body::of(&wanted.change)?;
    if !texts.is_empty() {
        let texts: serde_json::Map<_, _> =
            texts.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        body = body.with_json("texts", serde_json::Value::from(texts).to_string())?;
    }
    let done = session.change("/sales/suspend", &plan, &wanted.change, body).await?;
    finish(session, &done)
}

pub async fn resume(session: &mut Session<'_>, wanted: &Resume) -> Result<(), Failure> {
    let mut plan = vec!["resume new orders: buyers can order again at once".to_owned()];
    plan.extend(now(session).await?);
    let body = Body::of(&wanted.change)?;
    let done = session.change("/sales/resume", &plan, &wanted.change, body).await?;
    finish(session, &done)
}

/// How it stands, below what is to be done.
async fn now(session: &Session<'_>) -> Result<Vec<String>, Failure> {
    let sales = Row::read(&session.api.get(PATH, &[]).await?)?;
    let lines = lines(&sales).into_iter().map(|line| format!("  {line}"));
    Ok(["  now:".to_owned()].into_iter().chain(lines).collect())
}

fn finish(session: &mut Session<'_>, done: &Row) -> Result<(), Failure> {
    if session.json { Ok(()) } else { tell(session, done) }
}

fn tell(session: &mut Session<'_>, sales: &Row) -> Result<(), Failure> {
    for line in lines(sales) {
        writeln!(session.out, "{line}")?;
    }
    Ok(())
}

fn lines(sales: &Row) -> Vec<String> {
    let is_suspended = sales.text("suspended") == "true";
    let state = if is_suspended { format!("suspended since {}", sales.text("since")) } else { "made".to_owned() };
    let mut lines = vec![format!("new orders {state}")];
    let texts = sales.row("texts");
    let told = ["zh", "en"].map(|name| (name, texts.text(name)));
    lines.extend(told.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("text ({name})  {text}")));
    let changed = sales.row("changed");
    if !changed.text("by").is_empty() {
        lines.push(format!(
            "changed    by {} at {}: {}",
            changed.text("by"),
            changed.text("at"),
            changed.text("reason")
        ));
    }
    if sales.text("payment_enabled") == "false" {
        lines.push("none is made in any case: this stage is deployed with PAYMENT_ENABLED=false".to_owned());
    }
    lines
}
