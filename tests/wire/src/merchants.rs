//! The merchant's side of the sandbox's keys, as the product's accounts.

use serde_json::{Value, json};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::account::{AccountMode, Place};
use till_providers::provide::{FindMerchant, Merchant};

use crate::Stack;

/// One account named `main` at each provider.
#[derive(Clone, Debug)]
pub struct Merchants([Merchant; Provider::ALL.len()]);

impl Merchants {
    pub const fn at(&self, provider: Provider) -> &Merchant {
        &self.0[provider as usize]
    }
}

impl FindMerchant for Merchants {
    async fn find_merchant(&self, account: &Account) -> Option<Merchant> {
        Some(self.at(account.provider).clone())
    }
}

/// How a merchant's accounts are set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// WeChat Pay by downloaded certificates instead of the public key.
    pub wechat_certificates: bool,
    /// WeChat Pay still signs callbacks by its certificate, and the merchant has only the public key.
    pub wechat_migrating: bool,
    /// Alipay by certificates instead of public keys.
    pub alipay_certificates: bool,
    /// The path of the sandbox's public address; empty if it has none.
    pub prefix: &'static str,
}

pub fn merchants(stack: &Stack, setup: Setup) -> Merchants {
    merchants_of(stack, setup, &stack.side)
}

/// The accounts of a merchant with other keys or names than the stack's.
pub fn merchants_of(stack: &Stack, setup: Setup, side: &Value) -> Merchants {
    Merchants(Provider::ALL.map(|provider| {
        let account = Account { provider, id: AccountId::parse("main").expect("a name") };
        let notify_url = format!("{}/{provider}", stack.receiver.base);
        let place = Place { mode: AccountMode::Test, notify_url: &notify_url, base_url: Some(&stack.base) };
        let settings = settings(side, provider, setup).to_string();
        Merchant::read(&account, &settings, place).expect("an account of the sandbox")
    }))
}

/// A merchant's settings at a provider, as they stand in the secret of an account.
pub fn settings(side: &Value, provider: Provider, setup: Setup) -> Value {
    let side = &side[provider.as_str()];
    let mut names = match provider {
        Provider::WeChat => vec!["appid", "mchid", "merchant_serial", "merchant_private_key", "apiv3_key"],
        Provider::Alipay => vec!["app_id", "seller_id", "app_private_key"],
        Provider::Stripe => vec!["secret_key", "publishable_key"],
    };
    match provider {
        Provider::WeChat if setup.wechat_certificates && !setup.wechat_migrating => {}
        Provider::WeChat => names.extend(["platform_public_key_id", "platform_public_key"]),
        Provider::Alipay if setup.alipay_certificates => {
            names.extend(["app_certificate", "alipay_certificate", "alipay_root_certificate"]);
        }
        Provider::Alipay => names.push("alipay_public_key"),
        Provider::Stripe => {}
    }
    names.extend(side.get("platform_certificates").map(|_| "platform_certificates"));
    let picked = names.into_iter().map(|name| (name.to_owned(), side[name].clone()));
    let mut settings = Value::Object(picked.collect());
    if provider == Provider::Stripe {
        settings["webhook_secrets"] = json!([side["webhook_secret"]]);
        settings["deployment"] = side.get("deployment").cloned().unwrap_or_else(|| json!("wire"));
    }
    settings
}
