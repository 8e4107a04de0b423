//! Checks a provider's settings exactly as functions do. An error names the wrong field and never shows its value.

use till_app::ports::AccountSettings;
use till_domain::provider::Provider;
use till_providers::account::{Place, read};
use till_providers::merchants::notify_url;
use till_providers::{alipay, stripe, wechat};

use crate::Failure;

/// Functions make notification addresses from their own; it has this form and about this length.
pub const EXAMPLE_API: &str = "https://address.of.an.api.example.com";

/// Returns the hints by which callbacks name the account, besides its id.
pub fn check(account: &AccountSettings, secret: &str) -> Result<Vec<String>, Failure> {
    let id = account.account.id.clone();
    let notify_url = notify_url(EXAMPLE_API, &account.account);
    let place = Place { mode: account.mode, notify_url: &notify_url, base_url: account.base_url.as_deref() };
    match account.account.provider {
        Provider::WeChat => {
            let settings: wechat::Settings = read(secret)?;
            wechat::Merchant::parse(id, &settings, place)?;
            let key = settings.platform_public_key_id.clone();
            Ok([Some(settings.mchid), Some(settings.appid), key].into_iter().flatten().collect())
        }
        Provider::Alipay => {
            let settings: alipay::Settings = read(secret)?;
            alipay::Merchant::parse(id, &settings, place)?;
            Ok(vec![settings.app_id])
        }
        Provider::Stripe => {
            let settings: stripe::Settings = read(secret)?;
            stripe::Merchant::parse(id, &settings, place)?;
            Ok(Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use till_app::ports::AccountMode;
    use till_domain::provider::Account;
    use till_domain::text::AccountId;

    use super::*;

    fn account(mode: AccountMode) -> AccountSettings {
        let id = AccountId::parse("main").expect("it is a name");
        let account = Account { provider: Provider::Stripe, id };
        AccountSettings { account, mode, is_default: true, is_on: true, base_url: None, hints: Vec::new() }
    }

    #[test]
    fn test_key_in_a_live_account_is_refused_without_showing_it() {
        let secret = r#"{"secret_key": "sk_test_abc", "publishable_key": "pk_test_abc", "webhook_secrets": ["whsec_abc"], "deployment": "dev"}"#;
        assert!(check(&account(AccountMode::Test), secret).is_ok());
        let why = check(&account(AccountMode::Live), secret).expect_err("it is a test key").to_string();
        assert!(why.contains("must be a live key") && !why.contains("sk_test_abc"), "{why}");
        let why = check(&account(AccountMode::Test), r#"{"secret_key": 5, "x": "sk_test_abc"}"#);
        assert!(!why.expect_err("it is no account").to_string().contains("sk_test_abc"));
    }
}
