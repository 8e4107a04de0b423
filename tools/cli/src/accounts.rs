//! `till accounts`: lists the merchant accounts of a deployment, or creates one with its secret. Settings are checked as functions
//! check them; the secret is written first, so that no account is ever without its keys.

mod check;
mod merchant;

use std::fmt;
use std::io::Read as _;
use std::path::Path;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use till_app::ports::{AccountMode, AccountSettings};
use till_aws::Aws;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

pub use check::{EXAMPLE_API, check};

use self::merchant::{Known, ask_stripe, check_alone, check_same, known};

use crate::{Failure, files, is_confirmed, put_secret};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Create an account with its secret, or change one
    Init(Init),
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
struct Init {
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
}

impl NewAccount {
    /// Checks the settings and takes from them the hints by which callbacks name the account.
    pub fn new(public: AccountSettings, secret: String) -> Result<Self, Failure> {
        let hints = check(&public, &secret)?;
        Ok(Self { public: AccountSettings { hints, ..public }, secret })
    }

    /// Adds to a Stripe account's hints which one it is at Stripe, and its deployment.
    async fn find_stripe_account(&mut self, stated: Option<&str>) -> Result<(), Failure> {
        if self.public.account.provider != Provider::Stripe {
            return stated.map_or(Ok(()), |_| Err("--stripe-account is for accounts at Stripe".into()));
        }
        let settings: till_providers::stripe::Settings = till_providers::account::read(&self.secret)?;
        self.public.hints = match (ask_stripe(&self.public, &self.secret).await, stated) {
            (Ok(found), Some(stated)) if found.first().is_none_or(|own| own != stated) => {
                return Err(format!("the key belongs to {}, and not to {stated}", found.join(", ")).into());
            }
            (Ok(found), _) => found,
            (Err(_), Some(stated)) if stated.starts_with("acct_") => vec![stated.to_owned(), settings.deployment],
            (Err(_), Some(_)) => return Err("--stripe-account must be the id of a Stripe account, acct_…".into()),
            (Err(why), None) => {
                return Err(format!(
                    "Stripe does not say which account the key belongs to ({why}): allow the key to read its account, or \
                     state it with --stripe-account"
                )
                .into());
            }
        };
        Ok(())
    }

    pub async fn put(&self, aws: &Aws) -> Result<(), Failure> {
        let id = &self.public.account.id;
        put_secret(aws, &format!("account/{id}"), &self.secret).await?;
        aws.put_account(&self.public).await.map_err(|why| format!("the account {id}: {why}").into())
    }
}

pub async fn run(aws: &Aws, arguments: Arguments) -> Result<(), Failure> {
    if let Some(Command::Init(arguments)) = arguments.command {
        return init(aws, &arguments).await;
    }
    for account in aws.all_accounts().await? {
        println!("{}", Line(&account));
    }
    Ok(())
}

async fn init(aws: &Aws, arguments: &Init) -> Result<(), Failure> {
    let mut account = NewAccount::new(arguments.account(), read(&arguments.settings)?)?;
    let all = aws.all_accounts().await?;
    prepare(aws, &mut account, &all, arguments.stripe_account.as_deref(), arguments.same_merchant).await?;
    if !is_confirmed(arguments.yes)? {
        return Err("nothing was changed".into());
    }
    account.put(aws).await?;
    println!("done: functions use the account within a minute, a changed secret within five");
    Ok(())
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
    account.find_stripe_account(stripe_account).await?;
    // The secret is named by the id alone, so two accounts with one id would overwrite each other's keys.
    let id = &account.public.account.id;
    if let Some(other) = all.iter().find(|other| other.account.id == *id && other.account != account.public.account) {
        return Err(format!("{} has an account {id} already: choose another id", other.account.provider).into());
    }
    let ours = known(aws, all, account.public.account.provider).await?;
    let before = ours.iter().find(|other| other.settings.account == account.public.account);
    if let Some(before) = before {
        check_same(before, &account.public, same_merchant)?;
    }
    if !same_merchant {
        check_alone(&ours, &account.public)?;
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

fn loses_default(other: &AccountSettings, new: &AccountSettings) -> bool {
    let same_place = other.account.provider == new.account.provider && other.mode == new.mode;
    new.is_default && other.is_default && same_place && other.account != new.account
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

    #[test]
    fn new_default_replaces_only_that_of_its_provider_and_mode() {
        let new = settings("--provider alipay --id b --default").expect("they are known");
        let other = |words: &str| settings(words).expect("they are known");
        assert!(loses_default(&other("--provider alipay --id a --default"), &new));
        assert!(!loses_default(&other("--provider alipay --id a"), &new));
        assert!(!loses_default(&other("--provider alipay --id a --default --mode live"), &new));
        assert!(!loses_default(&other("--provider stripe --id a --default"), &new));
        assert!(!loses_default(&new, &new));
    }
}
