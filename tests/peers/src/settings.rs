//! The suites' accounts: settings named as in the sandbox's file, and the addresses of provider and merchant.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::account::{AccountMode, Place};
use till_providers::provide::Merchant;

use crate::Failure;

const WECHAT: &str = "appid mchid merchant_serial merchant_private_key apiv3_key platform_public_key_id \
    platform_public_key platform_certificates";
const ALIPAY: &str = "app_id seller_id app_private_key alipay_public_key app_certificate alipay_certificate \
    alipay_root_certificate";
const STRIPE: &str = "secret_key publishable_key";

/// One account for each provider.
#[derive(Default)]
pub struct Accounts(BTreeMap<Provider, Merchant>);

impl Accounts {
    pub fn add(&mut self, word: &Value, settings: &Value) -> Result<(), Failure> {
        let provider = provider(word)?;
        let text = |name: &str| settings[name].as_str().ok_or_else(|| format!("settings have a {name}"));
        let place =
            Place { mode: AccountMode::Test, notify_url: text("notify_url")?, base_url: Some(text("base_url")?) };
        let own = match provider {
            Provider::WeChat => picked(settings, WECHAT),
            Provider::Alipay => picked(settings, ALIPAY),
            Provider::Stripe => {
                let mut own = picked(settings, STRIPE);
                own["webhook_secrets"] = json!([text("webhook_secret")?]);
                own["deployment"] = json!("peers");
                own
            }
        };
        self.0.insert(provider, Merchant::read(&account(word)?, &own.to_string(), place)?);
        Ok(())
    }

    pub fn get(&self, word: &Value) -> Result<&Merchant, Failure> {
        Ok(self.0.get(&provider(word)?).ok_or("a call comes after its account")?)
    }
}

/// The name of a provider's account.
pub fn account(word: &Value) -> Result<Account, Failure> {
    Ok(Account { provider: provider(word)?, id: AccountId::parse("peers")? })
}

fn provider(word: &Value) -> Result<Provider, Failure> {
    let found = Provider::ALL.into_iter().find(|provider| Some(provider.as_str()) == word.as_str());
    Ok(found.ok_or_else(|| format!("a provider is one of {}", Provider::ALL.map(Provider::as_str).join(", ")))?)
}

/// The given settings that the product knows.
fn picked(settings: &Value, names: &str) -> Value {
    let given = names.split(' ').filter(|name| !settings[name].is_null());
    given.map(|name| (name.to_owned(), settings[name].clone())).collect::<serde_json::Map<_, _>>().into()
}
