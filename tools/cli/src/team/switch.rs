//! `till accounts off`, `on` and `default`: through which account new payments go. No key is needed, and none is sent.

use clap::{Args, Subcommand};
use http::Method;
use percent_encoding::utf8_percent_encode;
use till_domain::provider::Provider;
use till_domain::text::AccountId;

use super::change::{Body, Change};
use super::orphans::IN_PATH;
use super::row::Row;
use super::{Access, Session};
use crate::Failure;
use crate::accounts::named;
use crate::exit::{Exit, Stopped};

#[derive(Subcommand)]
pub enum Switch {
    /// Switch an account off: no new payment goes through it
    Off(Arguments),
    /// Switch an account on
    On(Arguments),
    /// Make an account the one through which new payments of its provider go, and switch it on
    Default(Arguments),
}

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    access: Access,
    /// Where the merchant has the account
    #[arg(value_parser = named(&Provider::ALL, Provider::as_str))]
    provider: Provider,
    /// The account's name
    #[arg(value_parser = AccountId::parse)]
    id: AccountId,
    #[command(flatten)]
    change: Change,
}

impl Switch {
    pub fn access(&self) -> &Access {
        &self.arguments().access
    }

    const fn arguments(&self) -> &Arguments {
        match self {
            Self::Off(arguments) | Self::On(arguments) | Self::Default(arguments) => arguments,
        }
    }

    /// The fields of the account that it sets.
    const fn fields(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Off(_) => &[("is_on", "false")],
            Self::On(_) => &[("is_on", "true")],
            Self::Default(_) => &[("is_on", "true"), ("is_default", "true")],
        }
    }
}

pub async fn run(session: &mut Session<'_>, switch: &Switch) -> Result<(), Failure> {
    let Arguments { provider, id, change, .. } = switch.arguments();
    let all = Row::read(&session.api.get("/accounts", &[]).await?)?.rows("accounts");
    let is_it = |account: &&Row| account.text("provider") == provider.as_str() && account.text("id") == id.as_str();
    let missing = || Stopped::new(Exit::NotFound, format!("there is no account {id} at {provider}"));
    let account = all.iter().find(is_it).ok_or_else(missing)?;
    let plan = plan(switch, account, &all);
    let mut body = Body::of(change)?;
    for (name, value) in switch.fields() {
        body = body.with_json(name, (*value).to_owned())?;
    }
    let path = format!("/accounts/{provider}/{}", utf8_percent_encode(id.as_str(), IN_PATH));
    let done = session.change_by(Method::PATCH, &path, &plan, change, body).await?;
    if !session.json {
        writeln!(session.out, "{}", line(&done))?;
        writeln!(session.notes, "functions know it within a minute")?;
    }
    Ok(())
}

fn plan(switch: &Switch, account: &Row, all: &[Row]) -> Vec<String> {
    let provider = account.text("provider");
    let is_default = is(account, "is_default");
    let (verb, effect) = match switch {
        Switch::Off(_) if is_default => ("switch off", format!("buyers are offered no method of {provider}")),
        Switch::Off(_) => ("switch off", "new payments go through the default account as before".to_owned()),
        Switch::On(_) if is_default => ("switch on", format!("new payments of {provider} go through it")),
        Switch::On(_) => ("switch on", "it is not the default account: new payments go through that one".to_owned()),
        Switch::Default(_) => ("make the default", format!("new payments of {provider} go through it")),
    };
    let mut lines =
        vec![format!("{verb}: {}", line(account)), format!("  {effect}; what was begun through any account goes on")];
    let is_replaced = |other: &&Row| {
        is(other, "is_default")
            && ["provider", "mode"].iter().all(|name| other.text(name) == account.text(name))
            && other.text("id") != account.text("id")
    };
    if let (Switch::Default(_), Some(other)) = (switch, all.iter().find(is_replaced)) {
        lines.push(format!("  no longer the default: {}", line(other)));
    }
    lines
}

fn line(account: &Row) -> String {
    let default = if is(account, "is_default") { ", default" } else { "" };
    let off = if is(account, "is_on") { "" } else { ", off" };
    format!("{} {} {}{default}{off}", account.text("provider"), account.text("id"), account.text("mode"))
}

fn is(account: &Row, name: &str) -> bool {
    account.text(name) == "true"
}
