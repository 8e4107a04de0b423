//! Accounts as the suites give them: the names of the sandbox's file, and where provider and merchant are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::account::{Mode, Place};
use till_providers::provide::Merchant;
use till_providers::{alipay, stripe, wechat};

use crate::Failure;

const WECHAT: &[&str] = &[
    "appid",
    "mchid",
    "merchant_serial",
    "merchant_private_key",
    "apiv3_key",
    "platform_public_key_id",
    "platform_public_key",
    "platform_certificates",
];
const ALIPAY: &[&str] = &[
    "app_id",
    "seller_id",
    "app_private_key",
    "alipay_public_key",
    "app_certificate",
    "alipay_certificate",
    "alipay_root_certificate",
];
const STRIPE: &[&str] = &["secret_key", "publishable_key"];

/// One account a provider.
#[derive(Default)]
pub struct Accounts(BTreeMap<Provider, Merchant>);

impl Accounts {
    /// Sets the account of a provider.
    pub fn add(&mut self, word: &Value, settings: &Value) -> Result<(), Failure> {
        let provider = provider(word)?;
        let text = |name: &str| settings[name].as_str().ok_or_else(|| format!("settings have a {name}"));
        let place = Place { mode: Mode::Test, notify_url: text("notify_url")?, base_url: Some(text("base_url")?) };
        let id = name()?;
        let merchant = match provider {
            Provider::WeChat => {
                let settings: wechat::Settings = serde_json::from_value(picked(settings, WECHAT))?;
                Merchant::WeChat(Arc::new(wechat::Merchant::parse(id, &settings, place)?))
            }
            Provider::Alipay => {
                let settings: alipay::Settings = serde_json::from_value(picked(settings, ALIPAY))?;
                Merchant::Alipay(Arc::new(alipay::Merchant::parse(id, &settings, place)?))
            }
            Provider::Stripe => {
                let mut own = picked(settings, STRIPE);
                own["webhook_secrets"] = json!([text("webhook_secret")?]);
                own["deployment"] = json!("peers");
                let settings: stripe::Settings = serde_json::from_value(own)?;
                Merchant::Stripe(Arc::new(stripe::Merchant::parse(id, &settings, place)?))
            }
        };
        self.0.insert(provider, merchant);
        Ok(())
    }

    /// The account of a provider.
    pub fn get(&self, word: &Value) -> Result<&Merchant, Failure> {
        Ok(self.0.get(&provider(word)?).ok_or("a call comes after its account")?)
    }
}

/// What a provider's account is called.
pub fn account(word: &Value) -> Result<Account, Failure> {
    Ok(Account { provider: provider(word)?, id: name()? })
}

fn name() -> Result<AccountId, Failure> {
    Ok(AccountId::parse("peers")?)
}

fn provider(word: &Value) -> Result<Provider, Failure> {
    let found = Provider::ALL.into_iter().find(|provider| Some(provider.as_str()) == word.as_str());
    Ok(found.ok_or("a provider is wechat, alipay or stripe")?)
}

/// Those of the settings that the product takes, as far as they are given.
fn picked(settings: &Value, names: &[&str]) -> Value {
    let given = names.iter().filter(|name| !settings[**name].is_null());
    given.map(|name| ((*name).to_owned(), settings[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}
