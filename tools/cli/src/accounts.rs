//! `accounts`: the accounts of a deployment, and making one with its secret. Settings are checked as functions check them,
//! before anything is written; the secret is written first, so that no account is ever without its keys.

mod check;

use std::fmt;
use std::io::Read as _;
use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use till_app::ports::{AccountMode, AccountSettings};
use till_aws::Aws;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

pub use check::check;

use crate::{Failure, files, is_confirmed};

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
struct Init {
    #[arg(long, value_parser = PossibleValuesParser::new(Provider::ALL.map(Provider::as_str)))]
    provider: String,
    /// The account's name; orders keep it for ever
    #[arg(long)]
    id: String,
    /// The provider's settings as JSON; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    settings: String,
    /// A live account takes real money, so it must be asked for
    #[arg(long, default_value = "test")]
    mode: Mode,
    /// Make it the default account of its provider and mode
    #[arg(long)]
    default: bool,
    /// Create it switched off
    #[arg(long)]
    off: bool,
    /// Call the provider at this address
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Do not ask before the change
    #[arg(long)]
    yes: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Mode {
    Live,
    Test,
}

/// An account with what is secret about it.
pub struct NewAccount {
    /// What functions may read in the table.
    pub public: AccountSettings,
    /// The provider's settings, as JSON: keys are among them.
    pub secret: String,
}

impl NewAccount {
    /// Checks the settings and takes from them what callbacks name the account by.
    pub fn new(public: AccountSettings, secret: String) -> Result<Self, Failure> {
        let hints = check(&public, &secret)?;
        Ok(Self { public: AccountSettings { hints, ..public }, secret })
    }

    /// Writes secret and account.
    pub async fn put(&self, aws: &Aws) -> Result<(), Failure> {
        let name = format!("account/{}", self.public.account.id);
        let told = |what: &str, why: till_aws::operator::NotWritten| format!("{what} {name}: {why}");
        aws.put_secret(&name, &self.secret).await.map_err(|why| told("the secret", why))?;
        aws.put_account(&self.public).await.map_err(|why| told("the item of", why))?;
        Ok(())
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
    let account = NewAccount::new(arguments.account()?, read(&arguments.settings)?)?;
    let all = aws.all_accounts().await?;
    // One secret belongs to one id: two accounts of one id would take each other's keys away.
    let id = &account.public.account.id;
    if let Some(other) = all.iter().find(|other| other.account.id == *id && other.account != account.public.account) {
        return Err(
            format!("there is an account {id} at {} already: an id is used once", other.account.provider).into()
        );
    }
    let before = all.iter().find(|other| other.account == account.public.account);
    if let Some(before) = before {
        is_same_merchant(before, &account.public)?;
        println!("was      {}\nbecomes  {}", Line(before), Line(&account.public));
    } else {
        println!("new      {}", Line(&account.public));
    }
    println!("its secret till/{}/account/{id} gets the settings of the file", aws.settings().stage);
    for other in all.iter().filter(|other| is_deposed(other, &account.public)) {
        println!("no longer the default: {}", Line(other));
    }
    if !is_confirmed(arguments.yes)? {
        return Err("nothing was changed".into());
    }
    account.put(aws).await?;
    println!("done; functions see it within a minute, a changed secret within five");
    Ok(())
}

/// Whether an id stays what it was. Orders remember the account that they were begun through, by its id: another merchant behind
/// it knows nothing of their payments, so that they would be taken for never paid, and could not be given back.
fn is_same_merchant(before: &AccountSettings, new: &AccountSettings) -> Result<(), Failure> {
    let id = &new.account.id;
    if before.mode != new.mode {
        return Err(format!("{id} stays live or for tests, as it was made: orders go on through it").into());
    }
    if !before.hints.is_empty() && merchant(before) != merchant(new) {
        return Err(format!("{id} is another merchant: orders go on through it; a new merchant gets a new id").into());
    }
    Ok(())
}

/// The numbers that a provider knows a merchant by, of what callbacks name the account by; keys change, these do not. Nothing
/// public names one at Stripe.
fn merchant(settings: &AccountSettings) -> Vec<&str> {
    let numbers = match settings.account.provider {
        Provider::WeChat => 2,
        Provider::Alipay => 1,
        Provider::Stripe => 0,
    };
    settings.hints.iter().take(numbers).map(String::as_str).collect()
}

fn is_deposed(other: &AccountSettings, new: &AccountSettings) -> bool {
    let same_place = other.account.provider == new.account.provider && other.mode == new.mode;
    new.is_default && other.is_default && same_place && other.account != new.account
}

impl Init {
    fn account(&self) -> Result<AccountSettings, Failure> {
        let provider = Provider::ALL.into_iter().find(|known| known.as_str() == self.provider);
        Ok(AccountSettings {
            account: Account {
                provider: provider.ok_or("this provider is not known")?,
                id: AccountId::parse(&self.id)?,
            },
            mode: match self.mode {
                Mode::Live => AccountMode::Live,
                Mode::Test => AccountMode::Test,
            },
            is_default: self.default,
            is_on: !self.off,
            base_url: self.base_url.as_deref().map(|url| url.trim_end_matches('/').to_owned()),
            hints: Vec::new(),
        })
    }
}

/// Reads a file, or standard input for `-`.
fn read(file: &str) -> Result<String, Failure> {
    if file == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).map_err(|error| files::told(Path::new(file), &error))
}

struct Line<'a>(&'a AccountSettings);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccountSettings { account, mode, is_default, is_on, base_url, hints } = self.0;
        let mode = match mode {
            AccountMode::Live => "live",
            AccountMode::Test => "test",
        };
        write!(f, "{} {} {mode}", account.provider, account.id)?;
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
        Accounts::try_parse_from(words)?.init.account()
    }

    #[test]
    fn an_account_is_for_tests_unless_it_is_asked_for() {
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
    fn an_id_stays_with_its_merchant() {
        let of = |words: &str, hints: &[&str]| {
            let hints = hints.iter().map(|&hint| hint.to_owned()).collect();
            AccountSettings { hints, ..settings(words).expect("they are known") }
        };
        let wechat = "--provider wechat --id main";
        let before = of(wechat, &["1900000001", "wx0000000000000001", "PUB_KEY_ID_1"]);
        for (new, fits) in [
            (of(wechat, &["1900000001", "wx0000000000000001", "PUB_KEY_ID_2"]), true),
            (of(wechat, &["1900000001", "wx0000000000000001"]), true),
            (of(wechat, &["1900000002", "wx0000000000000001", "PUB_KEY_ID_1"]), false),
            (of(wechat, &["1900000001", "wx0000000000000002", "PUB_KEY_ID_1"]), false),
            (of("--provider wechat --id main --mode live", &["1900000001", "wx0000000000000001"]), false),
        ] {
            assert_eq!(is_same_merchant(&before, &new).is_ok(), fits, "{new:?}");
        }
        let alipay = "--provider alipay --id main";
        let before = of(alipay, &["2021000000000001"]);
        assert!(is_same_merchant(&before, &of(alipay, &["2021000000000002"])).is_err());
        assert!(is_same_merchant(&before, &before).is_ok());
        let stripe = of("--provider stripe --id main", &[]);
        assert!(is_same_merchant(&stripe, &stripe).is_ok());
    }

    #[test]
    fn a_default_takes_the_place_of_its_like_alone() {
        let new = settings("--provider alipay --id b --default").expect("they are known");
        let other = |words: &str| settings(words).expect("they are known");
        assert!(is_deposed(&other("--provider alipay --id a --default"), &new));
        assert!(!is_deposed(&other("--provider alipay --id a"), &new));
        assert!(!is_deposed(&other("--provider alipay --id a --default --mode live"), &new));
        assert!(!is_deposed(&other("--provider stripe --id a --default"), &new));
        assert!(!is_deposed(&new, &new));
    }
}
