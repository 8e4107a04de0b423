//! `till import-env`: makes accounts from a file of settings, and says of each name what became of it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use till_app::ports::{AccountMode, AccountSettings, Clock as _};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Time;
use till_lambda::clock::SystemClock;
use till_providers::check::Level;

use super::file::Reading;
use super::report::{Placed, Report};
use super::stage;
use crate::accounts::{self, MODES, NewAccount, mode_word, named};
use crate::deployment::{Chosen, Deployment};
use crate::{Failure, confirm};

#[derive(Args)]
pub struct Arguments {
    /// The file of settings, such as .env
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The id of the account; with several providers in the file, -wechat, -alipay or -stripe is added. Without it, the
    /// provider's name
    #[arg(long, value_name = "ID", value_parser = AccountId::parse)]
    account: Option<AccountId>,
    /// Whether the accounts take real money, if the keys do not say so
    #[arg(long, value_parser = named(&MODES, mode_word))]
    mode: Option<AccountMode>,
    /// Show what would be made, and make nothing; needs no deployment
    #[arg(long)]
    dry_run: bool,
    /// Allow that another account is the same merchant, or that it cannot be found out whether it is
    #[arg(long)]
    same_merchant: bool,
    /// Call the provider at this address, such as a sandbox's; for test accounts only
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Do not ask before the change
    #[arg(long)]
    yes: bool,
}

pub async fn run(chosen: Chosen, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let reading = Reading::of(&arguments.file, arguments.mode)?;
    let now = SystemClock.now();
    print!("{}", told(&reading, now));
    let (good, faulty) = sorted(&reading, now);
    if !arguments.dry_run && !good.is_empty() {
        make(chosen, arguments, &reading, &good).await?;
    }
    let is_complete = faulty.is_empty() && !good.is_empty();
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The providers whose account can be made, and those whose cannot.
fn sorted(reading: &Reading, now: Time) -> (Vec<Provider>, Vec<Provider>) {
    reading.draft.parts.keys().copied().partition(|provider| !has_fault(&reading.check_provider(*provider, now)))
}

fn has_fault(found: &[Placed]) -> bool {
    found.iter().any(|placed| placed.finding.kind.level == Level::Fault)
}

/// What became of each name, what is wrong, what can be made, and what the stage's configuration needs.
fn told(reading: &Reading, now: Time) -> String {
    let mut lines = vec!["What became of each name:".to_owned()];
    let mut all: Vec<_> = reading.draft.told.iter().collect();
    all.sort_by_key(|told| told.line);
    lines.extend(all.into_iter().map(|told| format!("  {:>4}  {}: {}", told.line, told.name, told.what)));
    lines.push(String::new());
    lines.push(Report(reading.check(now)).text());
    let (good, faulty) = sorted(reading, now);
    for provider in good {
        lines.push(format!("{provider}: a {} account can be made.", mode_word(reading.mode(provider))));
    }
    for provider in faulty {
        lines.push(format!("{provider}: no account can be made before the faults above are corrected."));
    }
    let settings = stage::for_configuration(&reading.draft, &stage::check(&reading.draft));
    if !settings.is_empty() {
        lines.push(
            "\nFor the stage's `settings` in infra/lib/config.ts, which a deployment puts into force:".to_owned(),
        );
        lines.extend(settings.into_iter().map(|line| format!("  {line}")));
    }
    lines.push(String::new());
    lines.join("\n")
}

async fn make(chosen: Chosen, arguments: &Arguments, reading: &Reading, good: &[Provider]) -> Result<(), Failure> {
    let deployment = Deployment::open(chosen).await?;
    let aws = &deployment.aws;
    let all = accounts::all(aws).await?;
    let mut ready = Vec::new();
    for provider in good {
        let id = id(arguments.account.as_ref(), *provider, reading.draft.parts.len())?;
        let account = settings(Account { provider: *provider, id }, reading.mode(*provider), &all);
        let account = at(account, arguments.base_url.as_deref());
        let part = reading.draft.parts.get(provider).cloned().unwrap_or_default();
        let secret = part.settings(*provider, &aws.settings().stage);
        let mut account = NewAccount::new(account, secret)?;
        accounts::prepare(aws, &mut account, &all, None, arguments.same_merchant).await?;
        ready.push(account);
    }
    confirm(arguments.yes)?;
    let by = deployment.author().await?;
    for account in &ready {
        account.put(aws, &by).await?;
    }
    println!("done: functions use the accounts within a minute. Set up each provider's callbacks: docs/providers.md");
    Ok(())
}

fn id(wished: Option<&AccountId>, provider: Provider, providers: usize) -> Result<AccountId, Failure> {
    Ok(match wished {
        Some(id) if providers == 1 => id.clone(),
        Some(id) => AccountId::parse(&format!("{id}-{provider}"))?,
        None => AccountId::parse(provider.as_str())?,
    })
}

/// With the address that was given, if one was.
fn at(account: AccountSettings, base_url: Option<&str>) -> AccountSettings {
    let url = base_url.map(|url| url.trim_end_matches('/').to_owned());
    AccountSettings { base_url: url.or(account.base_url), ..account }
}

/// An account that is there already keeps what a file of settings does not say. A new one is the default if there is none.
fn settings(account: Account, mode: AccountMode, all: &[AccountSettings]) -> AccountSettings {
    if let Some(before) = all.iter().find(|one| one.account == account) {
        return AccountSettings { mode, ..before.clone() };
    }
    let has_default =
        all.iter().any(|one| one.account.provider == account.provider && one.mode == mode && one.is_default);
    AccountSettings { account, mode, is_default: !has_default, is_on: true, base_url: None, hints: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::samples::{CANARIES, NOW, reading, whole};

    fn now() -> Time {
        Time::from_unix(NOW).unwrap()
    }

    #[test]
    fn whole_file_becomes_an_account_of_each_provider() {
        let reading = reading(&whole());
        let told = told(&reading, now());
        assert_eq!(
            sorted(&reading, now()),
            (vec![Provider::WeChat, Provider::Alipay, Provider::Stripe], vec![]),
            "{told}"
        );
        for line in [
            "WECHAT_PAY_APP_ID: taken as wechat's appid",
            "WECHAT_PAY_CERT: the serial number 5A0B was read from it",
            "WECHAT_PAY_NOTIFY_URL: left: Till makes its own address from PUBLIC_BASE_URL",
            "ALIPAY_PRIVATE_KEY: taken as alipay's app_private_key",
            "STRIPE_WEBHOOK_SECRET: taken as stripe's webhook_secrets",
            "BASE_URL: for the stage's configuration, as PUBLIC_BASE_URL",
            "wechat: a live account can be made.",
            "  ORDER_EXPIRE_MINUTES: '15',",
            "  PUBLIC_BASE_URL: 'https://pay.example.com',",
        ] {
            assert!(told.contains(line), "{line}\n{told}");
        }
        assert!(!told.contains("DATABASE"), "what is not about payments is not told");
    }

    #[test]
    fn what_is_missing_is_told_with_where_to_get_it() {
        let reading =
            reading("WECHAT_PAY_APP_ID=wx0123456789abcdef\nWECHAT_PAY_API_KEY=0123456789abcdef0123456789abcdef");
        let told = told(&reading, now());
        assert_eq!(sorted(&reading, now()), (vec![], vec![Provider::WeChat]));
        assert!(
            told.contains("WECHAT_PAY_MCH_ID: This setting is missing. (from the merchant platform, account centre)"),
            "{told}"
        );
        assert!(told.contains("only_v2_key"), "{told}");
        assert!(told.contains("wechat: no account can be made"), "{told}");
    }

    #[test]
    fn no_secret_is_printed() {
        let reading = reading(&whole());
        let told = told(&reading, now());
        for canary in CANARIES {
            assert!(!told.contains(canary), "{canary}");
        }
    }

    #[test]
    fn accounts_have_an_id_each_and_keep_what_they_had() {
        let wished = AccountId::parse("shop").unwrap();
        let id = |wished, count| id(wished, Provider::Alipay, count).unwrap().to_string();
        assert_eq!(id(None, 3), "alipay");
        assert_eq!(id(Some(&wished), 1), "shop");
        assert_eq!(id(Some(&wished), 2), "shop-alipay");
        let account = Account { provider: Provider::Alipay, id: wished };
        let first = settings(account.clone(), AccountMode::Live, &[]);
        assert!(first.is_default && first.is_on);
        let other = Account { id: AccountId::parse("other").unwrap(), ..account.clone() };
        assert!(!settings(other, AccountMode::Live, std::slice::from_ref(&first)).is_default);
        let off = AccountSettings { is_on: false, ..first };
        let beside = at(off.clone(), Some("http://127.0.0.1:5/"));
        assert_eq!(beside.base_url.as_deref(), Some("http://127.0.0.1:5"));
        assert_eq!(at(beside, None).base_url.as_deref(), Some("http://127.0.0.1:5"), "it keeps what it had");
        assert!(!settings(account, AccountMode::Live, &[off]).is_on);
    }
}
