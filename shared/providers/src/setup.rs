//! How an account is set up: its settings are checked exactly as functions check them, and it is found out which merchant they are of.
//! An error names the wrong field and never shows its value.

mod merchant;

use till_app::ports::AccountSettings;
use till_domain::provider::Provider;

pub use self::merchant::{
    Known, MerchantFault, MerchantNames, StripeFault, check_alone, check_same, known, stripe_hints,
};
use crate::account::{Faults, Place, read};
use crate::merchants::notify_url;
use crate::provide::Merchant;
use crate::{alipay, stripe, wechat};

/// An account's settings whose keys make sense.
#[derive(Clone, Debug)]
pub struct Checked {
    pub merchant: Merchant,
    /// How callbacks name the account, besides its id. At Stripe only the provider itself can tell: [`stripe_hints`].
    pub hints: Vec<String>,
}

/// Checks an account's settings, for notifications below this public address.
pub fn check(public_base: &str, account: &AccountSettings, secret: &str) -> Result<Checked, Faults> {
    let notify_url = notify_url(public_base, &account.account);
    let place = Place { mode: account.mode, notify_url: &notify_url, base_url: account.base_url.as_deref() };
    let merchant = Merchant::read(&account.account, secret, place)?;
    let hints = match account.account.provider {
        Provider::WeChat => {
            let settings: wechat::Settings = read(secret)?;
            let key = settings.platform_public_key_id;
            [Some(settings.mchid), Some(settings.appid), key].into_iter().flatten().collect()
        }
        Provider::Alipay => vec![read::<alipay::Settings>(secret)?.app_id],
        Provider::Stripe => Vec::new(),
    };
    Ok(Checked { merchant, hints })
}

/// The deployment in the settings of an account at Stripe.
pub fn stripe_deployment(secret: &str) -> Result<String, Faults> {
    Ok(read::<stripe::Settings>(secret)?.deployment)
}

#[cfg(test)]
mod tests {
    use till_app::ports::AccountMode;
    use till_domain::provider::Account;
    use till_domain::text::AccountId;

    use super::*;

    const API: &str = "https://api.example.com";

    fn account(mode: AccountMode) -> AccountSettings {
        let account = Account { provider: Provider::Stripe, id: AccountId::parse("main").unwrap() };
        AccountSettings { account, mode, is_default: true, is_on: true, base_url: None, hints: Vec::new() }
    }

    #[test]
    fn test_key_in_a_live_account_is_refused_without_showing_it() {
        let secret = r#"{"secret_key": "sk_test_abc", "publishable_key": "pk_test_abc", "webhook_secrets": ["whsec_abc"], "deployment": "dev"}"#;
        assert!(check(API, &account(AccountMode::Test), secret).is_ok());
        let why = check(API, &account(AccountMode::Live), secret).unwrap_err().to_string();
        assert!(why.contains("must be a live key") && !why.contains("sk_test_abc"), "{why}");
        let why = check(API, &account(AccountMode::Test), r#"{"secret_key": 5, "x": "sk_test_abc"}"#);
        assert!(!why.unwrap_err().to_string().contains("sk_test_abc"));
    }
}
