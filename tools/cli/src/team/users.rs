//! `till users`: a user's wallet and orders, and changes of the wallet by hand.

use clap::{Args, Subcommand};
use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};
use till_domain::text::UserId;

use super::change::{Body, Change};
use super::ledger::{ledger, portion};
use super::orphans::IN_PATH;
use super::row::Row;
use super::table::table;
use super::{Access, Session, orders};
use crate::Failure;
use crate::exit::{Exit, Stopped};

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    pub access: Access,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a user's wallet, the end of its ledger, and their orders
    Show(Show),
    /// Give points, membership or a quota by hand
    Grant(Grant),
    /// Give more days of membership
    Extend(Extend),
    /// Take points, membership or a quota back, as far as they are there
    Revoke(Revoke),
}

#[derive(Args)]
struct Show {
    /// The user, as in the tokens
    #[arg(value_parser = UserId::parse)]
    user: UserId,
    /// Where the page of orders before ended
    #[arg(long)]
    cursor: Option<String>,
}

#[derive(Args)]
struct Grant {
    /// The user, as in the tokens; one without a wallet gets one
    #[arg(value_parser = UserId::parse)]
    user: UserId,
    /// How many points
    #[arg(long)]
    points: Option<u64>,
    /// Days of a membership, with the tier's rank as in the catalogue: pro:1:30
    #[arg(long, value_name = "TIER:RANK:DAYS")]
    membership: Option<String>,
    /// So many of something, for so many days: queries:20:10
    #[arg(long, value_name = "NAME:COUNT:DAYS")]
    quota: Option<String>,
    #[command(flatten)]
    change: Change,
}

#[derive(Args)]
struct Extend {
    /// The user, as in the tokens
    #[arg(value_parser = UserId::parse)]
    user: UserId,
    /// How many more days, 1 to 3650
    #[arg(long)]
    days: u32,
    #[command(flatten)]
    change: Change,
}

#[derive(Args)]
struct Revoke {
    /// The user, as in the tokens
    #[arg(value_parser = UserId::parse)]
    user: UserId,
    /// How many points at most
    #[arg(long)]
    points: Option<u64>,
    /// Days of a membership at most: pro:30
    #[arg(long, value_name = "TIER:DAYS")]
    membership: Option<String>,
    /// So many of something at most: queries:20
    #[arg(long, value_name = "NAME:COUNT")]
    quota: Option<String>,
    #[command(flatten)]
    change: Change,
}

pub async fn run(session: &mut Session<'_>, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Show(wanted) => show(session, wanted).await,
        Command::Grant(wanted) => grant(session, wanted).await,
        Command::Extend(wanted) => {
            let body = Body::of(&wanted.change)?.with_json("days", wanted.days.to_string())?;
            let effect = format!("{} more days of the membership that runs or ended last", wanted.days);
            by_hand(session, &wanted.user, "extend", &[effect], &wanted.change, body).await
        }
        Command::Revoke(wanted) => revoke(session, wanted).await,
    }
}

async fn show(session: &mut Session<'_>, wanted: &Show) -> Result<(), Failure> {
    let query = super::lists::given(&[("cursor", wanted.cursor.as_deref())]);
    let answer = session.api.get(&path(&wanted.user, ""), &query).await?;
    let Some(user) = session.read(&answer)? else { return Ok(()) };
    writeln!(session.out, "user       {}", wanted.user)?;
    for line in wallet(&user.row("wallet")) {
        writeln!(session.out, "{line}")?;
    }
    let (entries, orders) = (user.rows("ledger"), user.rows("orders"));
    if !entries.is_empty() {
        write!(session.out, "\nLEDGER\n{}", ledger(entries)?)?;
    }
    if !orders.is_empty() {
        write!(session.out, "\nORDERS\n{}", table(orders::COLUMNS, &orders))?;
    }
    session.note_next(&user)
}

fn wallet(wallet: &Row) -> Vec<String> {
    let membership = wallet.row("membership");
    let tier = membership.text("tier");
    let tier = if tier.is_empty() { "none".to_owned() } else { format!("{tier} until {}", membership.text("until")) };
    let quotas = wallet
        .rows("quotas")
        .into_iter()
        .map(|quota| format!("quota      {}: {}", quota.text("name"), quota.text("left")));
    [format!("points     {}", wallet.text("points")), format!("membership {tier}")].into_iter().chain(quotas).collect()
}

async fn grant(session: &mut Session<'_>, wanted: &Grant) -> Result<(), Failure> {
    let mut grants: Vec<Value> = Vec::new();
    let mut effects = Vec::new();
    if let Some(points) = wanted.points {
        grants.push(json!({"type": "points", "amount": points}));
        effects.push(format!("{points} points"));
    }
    if let Some(text) = &wanted.membership {
        let [tier, rank, days] = parts(text)?;
        grants.push(json!({"type": "membership", "tier": tier, "rank": number(rank)?, "days": number(days)?}));
        effects.push(format!("{days} days of {tier}"));
    }
    if let Some(text) = &wanted.quota {
        let [name, count, days] = parts(text)?;
        grants.push(json!({"type": "quota", "name": name, "count": number(count)?, "days": number(days)?}));
        effects.push(format!("{count} of {name} for {days} days"));
    }
    let body = Body::of(&wanted.change)?.with_json("grants", Value::from(grants).to_string())?;
    by_hand(session, &wanted.user, "grant", &effects, &wanted.change, body).await
}

async fn revoke(session: &mut Session<'_>, wanted: &Revoke) -> Result<(), Failure> {
    let mut body = Body::of(&wanted.change)?;
    let mut effects = Vec::new();
    if let Some(points) = wanted.points {
        body = body.with_json("points", points.to_string())?;
        effects.push(format!("up to {points} points"));
    }
    if let Some(text) = &wanted.membership {
        let [tier, days] = parts(text)?;
        body = body.with_json("membership", json!({"tier": tier, "days": number(days)?}).to_string())?;
        effects.push(format!("up to {days} days of {tier}"));
    }
    if let Some(text) = &wanted.quota {
        let [name, count] = parts(text)?;
        body = body.with_json("quota", json!({"name": name, "count": number(count)?}).to_string())?;
        effects.push(format!("up to {count} of {name}"));
    }
    by_hand(session, &wanted.user, "revoke", &effects, &wanted.change, body).await
}

async fn by_hand(
    session: &mut Session<'_>,
    user: &UserId,
    word: &str,
    effects: &[String],
    change: &Change,
    body: Body,
) -> Result<(), Failure> {
    if effects.is_empty() {
        return Err(Stopped::new(Exit::Usage, "name --points, --membership or --quota").into());
    }
    let now = Row::read(&session.api.get(&path(user, ""), &[]).await?)?;
    let mut plan =
        vec![format!("{word} {user}: {}; no money moves", effects.join(", ")), "  the wallet now:".to_owned()];
    plan.extend(wallet(&now.row("wallet")).into_iter().map(|line| format!("  {line}")));
    let done = session.change(&path(user, &format!("/{word}")), &plan, change, body).await?;
    if session.json {
        return Ok(());
    }
    if word == "revoke" {
        writeln!(session.out, "taken      {}", portion(&done.row("entry").row("taken")))?;
    }
    for line in wallet(&done) {
        writeln!(session.out, "{line}")?;
    }
    Ok(())
}

fn path(user: &UserId, more: &str) -> String {
    format!("/users/{}{more}", utf8_percent_encode(user.as_str(), IN_PATH))
}

fn parts<const N: usize>(text: &str) -> Result<[&str; N], Failure> {
    let parts: Vec<&str> = text.split(':').collect();
    let wrong = || Stopped::new(Exit::Usage, format!("`{text}` needs {N} parts with colons between them: see --help"));
    Ok(parts.try_into().map_err(|_| wrong())?)
}

fn number(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Stopped::new(Exit::Usage, format!("`{text}` is no number")).into())
}
