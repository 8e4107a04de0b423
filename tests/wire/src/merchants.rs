//! The merchant's side of the sandbox's keys, as the product's accounts.

use serde_json::{Value, json};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::account::{Mode, Place};
use till_providers::provide::{FindMerchant, Merchant};

use crate::Stack;

/// One account at each provider, all of them named `main`.
#[derive(Clone, Debug)]
pub struct Known([Merchant; Provider::ALL.len()]);

impl Known {
    /// The account at a provider.
    pub const fn at(&self, provider: Provider) -> &Merchant {
        &self.0[provider as usize]
    }
}

impl FindMerchant for Known {
    async fn find_merchant(&self, account: &Account) -> Option<Merchant> {
        Some(self.at(account.provider).clone())
    }
}

/// How a merchant's accounts are set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways {
    /// WeChat Pay by downloaded certificates instead of the public key.
    pub wechat_certificates: bool,
    /// WeChat Pay signs callbacks by its certificate still, and the merchant has the public key alone.
    pub wechat_migrates: bool,
    /// Alipay by certificates instead of public keys.
    pub alipay_certificates: bool,
    /// The path behind which the sandbox stands; empty: none.
    pub prefix: &'static str,
}

/// The accounts of a stack.
///
/// # Panics
/// When the product refuses the sandbox's keys.
pub fn merchants(stack: &Stack, ways: Ways) -> Known {
    merchants_of(stack, ways, &stack.side)
}

/// The accounts of a merchant who calls a stack, with keys and names of his own choice.
///
/// # Panics
/// When the product refuses them.
pub fn merchants_of(stack: &Stack, ways: Ways, side: &Value) -> Known {
    let mut wechat =
        picked(&side["wechat"], &["appid", "mchid", "merchant_serial", "merchant_private_key", "apiv3_key"]);
    if !ways.wechat_certificates || ways.wechat_migrates {
        wechat["platform_public_key_id"] = side["wechat"]["platform_public_key_id"].clone();
        wechat["platform_public_key"] = side["wechat"]["platform_public_key"].clone();
    }
    if let Some(certificates) = side["wechat"].get("platform_certificates") {
        wechat["platform_certificates"] = certificates.clone();
    }
    let mut alipay = picked(&side["alipay"], &["app_id", "seller_id", "app_private_key"]);
    if ways.alipay_certificates {
        for name in ["app_certificate", "alipay_certificate", "alipay_root_certificate"] {
            alipay[name] = side["alipay"][name].clone();
        }
    } else {
        alipay["alipay_public_key"] = side["alipay"]["alipay_public_key"].clone();
    }
    let mut stripe = picked(&side["stripe"], &["secret_key", "publishable_key"]);
    stripe["webhook_secrets"] = json!([side["stripe"]["webhook_secret"]]);
    stripe["deployment"] = side["stripe"].get("deployment").cloned().unwrap_or_else(|| json!("wire"));

    Known(Provider::ALL.map(|provider| {
        let settings = match provider {
            Provider::WeChat => &wechat,
            Provider::Alipay => &alipay,
            Provider::Stripe => &stripe,
        };
        let account = Account { provider, id: AccountId::parse("main").expect("a name") };
        let notify_url = format!("{}/{provider}", stack.catcher.base);
        let place = Place { mode: Mode::Test, notify_url: &notify_url, base_url: Some(&stack.base) };
        Merchant::read(&account, &settings.to_string(), place).expect("an account of the sandbox")
    }))
}

fn picked(side: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), side[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}
