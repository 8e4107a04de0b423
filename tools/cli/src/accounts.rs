//! `till accounts`: lists the merchant accounts of a deployment, or creates one with its secret, or switches one, which
//! [`crate::team`] does over the API. Settings are checked as functions
//! check them; the secret is written first, so that no account is ever without its keys.

mod words;

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use till_app::ports::{AccountMode, AccountSettings, Change, Clock as _, KeepAccounts as _, Noted, NotedAccounts};
use till_app::setup::{loses_default, same_id, save_account};
use till_aws::Aws;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, UserId};
use till_lambda::clock::SystemClock;
use till_providers::outside::Network;
use till_providers::provide::Merchant;
use till_providers::setup::{Known, check, check_alone, check_same, known, stripe_deployment, stripe_hints};
use till_providers::transport::Transport;

use crate::deployment::Deployment;
use crate::team::switch::Switch;
use crate::{Failure, confirm, files};

/// Functions make notification addresses from their own; it has this form and about this length.
pub const EXAMPLE_API: &str = "https://address.of.an.api.example.com";

/// How long Stripe is waited for; a call ends two seconds earlier.
const TIME_BUDGET: Duration = Duration::from_secs(12);

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Create an account with its secret, or change one
    Init(Box<Init>),
    #[command(flatten)]
    Switch(Switch),
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Init {
    /// Where the merchant has the account
    #[arg(long, value_parser = named(&Provider::ALL, Provider::as_str))]
    provider: Provider,
    /// The account's name; orders refer to it for ever
    #[arg(long, value_parser = AccountId::parse)]
    id: AccountId,
    /// The provider's settings as JSON; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    settings: String,
    /// A live account takes real money
    #[arg(long, default_value = "test", value_parser = named(&MODES, mode_word))]
    mode: AccountMode,
    /// Make it the default account of its provider and mode
    #[arg(long)]
    default: bool,
    /// Create it switched off
    #[arg(long)]
    off: bool,
    /// Call the provider at this address; for test accounts only
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Allow that another account is the same merchant, or that it cannot be found out whether it is
    #[arg(long)]
    same_merchant: bool,
    /// The Stripe account of the settings, `acct_…`, where their key may not read it
    #[arg(long, value_name = "ACCT")]
    stripe_account: Option<String>,
    /// Do not ask before the change
    #[arg(long)]
    yes: bool,
}

pub const MODES: [AccountMode; 2] = [AccountMode::Live, AccountMode::Test];

/// Accepts the names of these values.
pub fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|one| name(*one)))
        .try_map(move |text| all.iter().find(|one| name(**one) == text).copied().ok_or("unknown name"))
}

pub const fn mode_word(mode: AccountMode) -> &'static str {
    match mode {
        AccountMode::Live => "live",
        AccountMode::Test => "test",
    }
}

pub struct NewAccount {
    /// What the table holds.
    pub public: AccountSettings,
    /// The provider's settings as JSON, with the keys.
    pub secret: String,
    merchant: Merchant,
}

impl NewAccount {
    /// Checks the settings and takes from them the hints by which callbacks name the account.
    pub fn new(public: AccountSettings, secret: String) -> Result<Self, Failure> {
        let checked = check(EXAMPLE_API, &public, &secret)?;
        let public = AccountSettings { hints: checked.hints, ..public };
        Ok(Self { public, secret, merchant: checked.merchant })
    }

    /// Adds to a Stripe account's hints which one it is at Stripe, and its deployment.
    async fn find_stripe_account(&mut self, transport: &Transport, stated: Option<&str>) -> Result<(), Failure> {
        let Merchant::Stripe(stripe) = &self.merchant else {
            return stated.map_or(Ok(()), |_| Err("--stripe-account is for accounts at Stripe".into()));
        };
        let told = stripe.own_account(&network(transport)).await;
        let why = told.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let hints = stripe_hints(told.ok(), stated, stripe_deployment(&self.secret)?);
        self.public.hints = hints.map_err(|fault| words::of_stripe(&fault, stated.unwrap_or_default(), &why))?;
        Ok(())
    }

    /// Writes it, as changed by this author.
    pub async fn put(&self, aws: &Aws, by: &UserId) -> Result<(), Failure> {
        let NotedAccounts { accounts: all, unreadable } = aws.noted_accounts().await?;
        unreadable.first().map_or(Ok(()), |account| Err(cannot_be_read(account)))?;
        let stands = all.iter().find(|other| other.item.account == self.public.account);
        let notes = stands.map(|noted| noted.notes.clone()).unwrap_or_default();
        let notes = notes.with(Change::by_program(by.clone(), SystemClock.now()));
        let account = Noted { item: self.public.clone(), notes };
        let saved = save_account(aws, &all, &account, Some(&self.secret), None).await;
        saved.map_err(|why| format!("the account {}: {why}", self.public.account.id).into())
    }
}

fn network(transport: &Transport) -> Network<'_, SystemClock> {
    Network { clock: &SystemClock, transport, until: Instant::now() + TIME_BUDGET }
}

pub async fn run(deployment: &Deployment, arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Some(Command::Init(arguments)) => return init(deployment, &arguments).await,
        // A switch goes to the API, before a deployment is opened.
        Some(Command::Switch(_)) | None => {}
    }
    let all = deployment.aws.noted_accounts().await?;
    for account in &all.accounts {
        println!("{}", Line(&account.item));
    }
    for account in &all.unreadable {
        println!("{}", cannot_be_read(account));
    }
    Ok(())
}

async fn init(deployment: &Deployment, arguments: &Init) -> Result<(), Failure> {
    let aws = &deployment.aws;
    let mut account = NewAccount::new(arguments.account(), read(&arguments.settings)?)?;
    let all = all(aws).await?;
    prepare(aws, &mut account, &all, arguments.stripe_account.as_deref(), arguments.same_merchant).await?;
    confirm(arguments.yes)?;
    account.put(aws, &deployment.author().await?).await?;
    println!("done: functions use the account within a minute, a changed secret within five");
    Ok(())
}

fn cannot_be_read(Account { provider, id }: &Account) -> Failure {
    format!("{provider} {id} cannot be read: a later release wrote it, or somebody changed its item by hand").into()
}

/// All accounts of the deployment, without what was noted on them. A new one is checked against each of them, so all must be readable.
pub async fn all(aws: &Aws) -> Result<Vec<AccountSettings>, Failure> {
    let NotedAccounts { accounts, unreadable } = aws.noted_accounts().await?;
    unreadable.first().map_or(Ok(()), |account| Err(cannot_be_read(account)))?;
    Ok(accounts.into_iter().map(|noted| noted.item).collect())
}

/// Checks an account against all others of the deployment, and shows what will change.
pub async fn prepare(
    aws: &Aws,
    account: &mut NewAccount,
    all: &[AccountSettings],
    stripe_account: Option<&str>,
    same_merchant: bool,
) -> Result<(), Failure> {
    aws.check_account(&account.public)?;
    let transport = Transport::new(None)?;
    account.find_stripe_account(&transport, stripe_account).await?;
    let id = &account.public.account.id;
    if let Some(other) = same_id(all, &account.public) {
        return Err(format!("{} has an account {id} already: choose another id", other.account.provider).into());
    }
    let ours = known(aws, &network(&transport), EXAMPLE_API, all, account.public.account.provider).await?;
    let before = ours.iter().find(|other| other.settings.account == account.public.account);
    if let Some(before) = before {
        let same = check_same(before, &account.public, same_merchant);
        same.map_err(|fault| words::of_merchant(&fault, id))?;
    }
    if !same_merchant {
        check_alone(&ours, &account.public).map_err(|fault| words::of_merchant(&fault, id))?;
    }
    if let Some(Known { settings: before, .. }) = before {
        println!("was      {}\nbecomes  {}", Line(before), Line(&account.public));
    } else {
        println!("new      {}", Line(&account.public));
    }
    println!("the secret till/{}/account/{id} will hold the settings of the file", aws.settings().stage);
    for other in all.iter().filter(|other| loses_default(other, &account.public)) {
        println!("no longer the default: {}", Line(other));
    }
    Ok(())
}

impl Init {
    fn account(&self) -> AccountSettings {
        AccountSettings {
            account: Account { provider: self.provider, id: self.id.clone() },
            mode: self.mode,
            is_default: self.default,
            is_on: !self.off,
            base_url: self.base_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            hints: Vec::new(),
        }
    }
}

/// Reads a file, or standard input for `-`.
fn read(file: &str) -> Result<String, Failure> {
    if file == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).map_err(|error| files::with_name(Path::new(file), &error))
}

struct Line<'a>(&'a AccountSettings);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccountSettings { account, mode, is_default, is_on, base_url, hints } = self.0;
        write!(f, "{} {} {}", account.provider, account.id, mode_word(*mode))?;
        f.write_str(if *is_default { ", default" } else { "" })?;
        f.write_str(if *is_on { "" } else { ", off" })?;
        if let Some(url) = base_url {
            write!(f, ", at {url}")?;
        }
        if hints.is_empty() { Ok(()) } else { write!(f, " ({})", hints.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Accounts {
        #[command(flatten)]
        init: Init,
    }

    fn settings(words: &str) -> Result<AccountSettings, Failure> {
        let words = ["init", "--settings", "-"].into_iter().chain(words.split_whitespace());
        Ok(Accounts::try_parse_from(words)?.init.account())
    }

    #[test]
    fn account_mode_is_test_unless_live_is_requested() {
        let test = settings("--provider wechat --id main --base-url http://x/").expect("they are known");
        assert_eq!(Line(&test).to_string(), "wechat main test, at http://x");
        let live = settings("--provider stripe --id main --mode live --default --off").expect("they are known");
        assert_eq!(Line(&live).to_string(), "stripe main live, default, off");
        for wrong in ["--id main", "--provider paypal --id main", "--provider alipay", "--provider alipay --id a/b"] {
            assert!(settings(wrong).is_err(), "{wrong}");
        }
        assert!(settings("--provider alipay --id a --mode real").is_err());
    }
}
