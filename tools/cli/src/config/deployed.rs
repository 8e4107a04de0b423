//! Checks the accounts of a deployed stage, with their secrets.

use till_app::ports::{AccountMode, AccountSettings, ReadSecret as _};
use till_aws::Aws;
use till_domain::provider::Provider;
use till_domain::time::Time;
use till_providers::account::Place;
use till_providers::check::{self, Beside, Finding, Kind};
use till_providers::merchants::notify_url;

use super::kinds::{ACCOUNT_WITHOUT_SECRET, ACCOUNT_WRONG_MODE, DEFAULT_ACCOUNT_MISSING};
use super::probe;
use super::report::Placed;
use crate::Failure;
use crate::accounts::{EXAMPLE_API, all as all_accounts};
use crate::deployment::Deployment;

pub async fn check(deployment: &Deployment, is_probed: bool, now: Time) -> Result<Vec<Placed>, Failure> {
    let aws = &deployment.aws;
    let api = deployment.outputs.as_ref().and_then(|outputs| outputs.api_url().ok());
    let api = api.unwrap_or_else(|| EXAMPLE_API.to_owned());
    let accounts = all_accounts(aws).await?;
    let mut all = without_default(&accounts, aws.settings().is_production());
    for account in &accounts {
        let secret = aws.read_secret(&format!("account/{}", account.account.id)).await?;
        let secret = secret.as_ref().map(|secret| &*secret.current);
        all.extend(check_one(aws, account, secret, &api, now));
        if let Some(secret) = secret.filter(|_| is_probed) {
            let url = notify_url(&api, &account.account);
            let found = probe::probe(&account.account, secret, place(account, &url)).await?;
            all.extend(found.into_iter().map(|finding| placed(account, finding)));
        }
    }
    Ok(all)
}

fn check_one(aws: &Aws, account: &AccountSettings, secret: Option<&str>, api: &str, now: Time) -> Vec<Placed> {
    let mut found = Vec::new();
    if is_of_another_mode(account, aws.settings().is_production()) {
        found.push(plain(ACCOUNT_WRONG_MODE));
    }
    match secret {
        Some(secret) => {
            let url = notify_url(api, &account.account);
            found.extend(check::check(&account.account, secret, place(account, &url), Beside::default(), now));
        }
        None => found.push(plain(ACCOUNT_WITHOUT_SECRET)),
    }
    found.into_iter().map(|finding| placed(account, finding)).collect()
}

const fn is_of_another_mode(account: &AccountSettings, is_production: bool) -> bool {
    match account.mode {
        AccountMode::Live => !is_production,
        AccountMode::Test => is_production,
    }
}

/// Providers that have accounts, and none through which new payments go.
fn without_default(accounts: &[AccountSettings], is_production: bool) -> Vec<Placed> {
    let of = |provider| accounts.iter().filter(move |one| one.account.provider == provider);
    let is_usable = |one: &AccountSettings| one.is_on && one.is_default && !is_of_another_mode(one, is_production);
    let missing =
        Provider::ALL.into_iter().filter(|provider| of(*provider).next().is_some() && !of(*provider).any(is_usable));
    missing
        .map(|provider| Placed {
            finding: plain(DEFAULT_ACCOUNT_MISSING),
            about: provider.to_string(),
            line: None,
            hint: None,
        })
        .collect()
}

fn place<'a>(account: &'a AccountSettings, notify_url: &'a str) -> Place<'a> {
    Place { mode: account.mode, notify_url, base_url: account.base_url.as_deref() }
}

const fn plain(kind: Kind) -> Finding {
    Finding { kind, field: String::new(), detail: None }
}

fn placed(account: &AccountSettings, finding: Finding) -> Placed {
    let name = format!("{} {}", account.account.provider, account.account.id);
    let about = if finding.field.is_empty() { name } else { format!("{name}, {}", finding.field) };
    Placed { finding, about, line: None, hint: None }
}

#[cfg(test)]
mod tests {
    use till_domain::provider::Account;
    use till_domain::text::AccountId;

    use super::*;
    use crate::deployment::without_aws;

    const NOW: i64 = 1_795_226_400;

    fn stripe(mode: AccountMode) -> AccountSettings {
        let account = Account { provider: Provider::Stripe, id: AccountId::parse("main").unwrap() };
        AccountSettings { account, mode, is_default: true, is_on: true, base_url: None, hints: Vec::new() }
    }

    fn words(account: &AccountSettings, secret: Option<&str>) -> Vec<String> {
        let deployment = without_aws("dev");
        let now = Time::from_unix(NOW).unwrap();
        let found = check_one(&deployment.aws, account, secret, "https://api.example.com", now);
        found.into_iter().map(|placed| format!("{}: {}", placed.about, placed.finding.kind.word)).collect()
    }

    #[test]
    fn account_is_told_by_its_name_and_field() {
        let good = r#"{"secret_key":"sk_test_a","publishable_key":"pk_test_a","webhook_secrets":["whsec_a"],"deployment":"dev"}"#;
        assert_eq!(words(&stripe(AccountMode::Test), Some(good)), Vec::<String>::new());
        assert_eq!(words(&stripe(AccountMode::Test), None), ["stripe main: account_without_secret"]);
        assert_eq!(
            words(&stripe(AccountMode::Live), Some(good)),
            [
                "stripe main: account_wrong_mode",
                "stripe main, secret_key: stripe_test_key_in_live",
                "stripe main, publishable_key: stripe_test_key_in_live"
            ]
        );
        assert_eq!(words(&stripe(AccountMode::Test), Some("{")), ["stripe main, settings: settings_unreadable"]);
    }

    #[test]
    fn provider_without_a_default_account_is_told() {
        let off = AccountSettings { is_on: false, ..stripe(AccountMode::Test) };
        let told = |accounts: &[AccountSettings], is_production| without_default(accounts, is_production).len();
        assert_eq!(told(&[], false), 0);
        assert_eq!(told(&[stripe(AccountMode::Test)], false), 0);
        assert_eq!(told(std::slice::from_ref(&off), false), 1);
        assert_eq!(told(&[off, stripe(AccountMode::Test)], false), 0);
        assert_eq!(told(&[stripe(AccountMode::Test)], true), 1);
    }
}
