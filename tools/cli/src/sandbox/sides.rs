//! Keys and settings of both sides of the sandbox's accounts: made once, kept in one file, and turned into what the sandbox, the
//! functions and an outside client each read.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use till_domain::provider::Provider;

use crate::{Failure, files};

/// A placeholder until [`Sides::at`] sets the address.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The settings of the sandbox and those of its merchants.
#[derive(Serialize, Deserialize)]
pub struct Sides {
    pub sandbox: Value,
    pub merchant: Value,
}

impl Sides {
    /// Whether the folder has keys that were made before.
    pub fn are_in(keys: &Path) -> bool {
        file(keys).exists()
    }

    pub fn read_or_make(keys: &Path, stage: &str) -> Result<Self, Failure> {
        files::read_or_make(&file(keys), || {
            println!("making keys for both sides of the sandbox …");
            let made = till_sandbox::keys::Sides::make(stage, NOWHERE, NOWHERE)?;
            Ok(serde_json::from_value(serde_json::to_value(&made)?)?)
        })
    }

    /// With the addresses of the sandbox, of the API for its demo shop, and of Stripe's webhook.
    pub fn at(mut self, sandbox_url: &str, api_url: &str, webhook_url: &str) -> Self {
        if let Some(sandbox) = self.sandbox.as_object_mut() {
            sandbox.insert("api_url".to_owned(), json!(api_url));
            sandbox.insert("public_url".to_owned(), json!(sandbox_url));
        }
        for account in self.sandbox.get_mut("stripe").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(account) = account.as_object_mut() {
                account.insert("webhook_url".to_owned(), json!(webhook_url));
            }
        }
        if let Some(merchant) = self.merchant.as_object_mut() {
            merchant.insert("base_url".to_owned(), json!(sandbox_url));
        }
        self
    }

    /// An account's settings as functions read them; none if a member is missing.
    pub fn settings(&self, provider: Provider) -> Option<Value> {
        let side = self.merchant.get(provider.as_str())?;
        match provider {
            Provider::WeChat => {
                let keys = ["merchant_private_key", "apiv3_key", "platform_public_key_id", "platform_public_key"];
                members(side, &[["appid", "mchid", "merchant_serial"].as_slice(), &keys].concat())
            }
            Provider::Alipay => members(side, &["app_id", "seller_id", "app_private_key", "alipay_public_key"]),
            Provider::Stripe => {
                let mut settings = members(side, &["secret_key", "publishable_key"])?;
                // An emulator does not know the address without the slash.
                let shop = format!("{}/", self.merchant.get("base_url")?.as_str()?);
                settings["webhook_secrets"] = json!([side.get("webhook_secret")?]);
                settings["deployment"] = json!("local");
                // The pages for a buyer whose order names none.
                settings["success_url"] = json!(shop);
                settings["cancel_url"] = json!(shop);
                Some(settings)
            }
        }
    }

    /// What an outside client needs to play either side. Each key is written to a file.
    pub fn outside(&self, keys: &Path) -> Result<Value, Failure> {
        let key = |name: &str, place: &str| -> Result<Value, Failure> {
            let found = if let Some(word) = place.strip_prefix("sandbox/") {
                self.sandbox.pointer(&format!("/{word}"))
            } else {
                self.merchant.pointer(&format!("/{place}"))
            };
            let pem = found
                .and_then(Value::as_str)
                .ok_or("sides.json lacks a key: `cargo xtask up --fresh` makes new ones")?;
            let file = keys.join(name);
            files::write_private(&file, pem.as_bytes())?;
            Ok(json!(std::path::absolute(&file)?.display().to_string()))
        };
        let mut wechat =
            self.values("wechat", &["appid", "mchid", "merchant_serial", "platform_public_key_id", "apiv3_key"])?;
        wechat["merchant_private_key_path"] = key("wechat-merchant.pem", "wechat/merchant_private_key")?;
        wechat["platform_private_key_path"] = key("wechat-platform.pem", "sandbox/wechat/0/platform_private_key")?;
        wechat["platform_public_key_path"] = key("wechat-platform-public.pem", "wechat/platform_public_key")?;
        let mut alipay = self.values("alipay", &["app_id", "seller_id"])?;
        alipay["app_private_key_path"] = key("alipay-app.pem", "alipay/app_private_key")?;
        alipay["app_public_key_path"] = key("alipay-app-public.pem", "alipay/app_public_key")?;
        alipay["alipay_private_key_path"] = key("alipay.pem", "sandbox/alipay/0/alipay_private_key")?;
        alipay["alipay_public_key_path"] = key("alipay-public.pem", "alipay/alipay_public_key")?;
        let stripe = self.values("stripe", &["secret_key", "publishable_key", "webhook_secret"])?;
        Ok(json!({"wechat": wechat, "alipay": alipay, "stripe": stripe}))
    }

    fn values(&self, provider: &str, names: &[&str]) -> Result<Value, Failure> {
        let side = self.merchant.get(provider).and_then(|side| members(side, names));
        let mut side = side.ok_or("sides.json lacks a key: `cargo xtask up --fresh` makes new ones")?;
        side["base_url"] = self.merchant.get("base_url").cloned().unwrap_or_default();
        side["account"] = json!(format!("sandbox-{provider}"));
        Ok(side)
    }
}

fn file(keys: &Path) -> PathBuf {
    keys.join("sides.json")
}

/// These members of an object; none if one is missing.
fn members(from: &Value, names: &[&str]) -> Option<Value> {
    let members = names.iter().map(|&name| Some((name.to_owned(), from.get(name)?.clone())));
    members.collect::<Option<Map<_, _>>>().map(Value::Object)
}
