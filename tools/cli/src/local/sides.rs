//! Both sides of the sandbox's accounts: made once, kept in one file, and turned into what the sandbox, the functions and an
//! outside client each read.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use till_domain::provider::Provider;

use crate::{Failure, files};

/// Where they are until somebody says so: nobody is called there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What the sandbox is told, and what a merchant is told.
#[derive(Serialize, Deserialize)]
pub struct Sides {
    pub sandbox: Value,
    pub merchant: Value,
}

impl Sides {
    /// The ones that are kept, or new ones.
    pub fn kept(keys: &Path, stage: &str) -> Result<Self, Failure> {
        let file = keys.join("sides.json");
        if let Some(sides) = files::read_json(&file)? {
            return Ok(sides);
        }
        println!("making keys for both sides of the sandbox …");
        let made = till_sandbox::keys::Sides::make(stage, NOWHERE, NOWHERE)?;
        let sides: Self = serde_json::from_value(serde_json::to_value(&made)?)?;
        files::write_json(&file, &sides)?;
        Ok(sides)
    }

    /// The same at an address, with Stripe's events going to another.
    pub fn at(mut self, sandbox_url: &str, webhook_url: &str) -> Self {
        if let Some(sandbox) = self.sandbox.as_object_mut() {
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

    /// An account's settings, as functions read them; none, when something is missing.
    pub fn settings(&self, provider: Provider) -> Option<Value> {
        let side = self.merchant.get(provider.as_str())?;
        match provider {
            Provider::WeChat => some(
                side,
                &[
                    "appid",
                    "mchid",
                    "merchant_serial",
                    "merchant_private_key",
                    "apiv3_key",
                    "platform_public_key_id",
                    "platform_public_key",
                ],
            ),
            Provider::Alipay => some(side, &["app_id", "seller_id", "app_private_key", "alipay_public_key"]),
            Provider::Stripe => {
                let mut settings = some(side, &["secret_key", "publishable_key"])?;
                let place = self.merchant.get("base_url")?;
                settings["webhook_secrets"] = json!([side.get("webhook_secret")?]);
                settings["deployment"] = json!("local");
                // Where its page sends the buyer when the request names no page of the shop.
                settings["success_url"] = place.clone();
                settings["cancel_url"] = place.clone();
                Some(settings)
            }
        }
    }

    /// What an outside client needs to play either side. Keys go into files of their own.
    pub fn outside(&self, keys: &Path) -> Result<Value, Failure> {
        let key = |name: &str, place: &str| -> Result<Value, Failure> {
            let found = if let Some(word) = place.strip_prefix("sandbox/") {
                self.sandbox.pointer(&format!("/{word}"))
            } else {
                self.merchant.pointer(&format!("/{place}"))
            };
            let pem = found.and_then(Value::as_str).ok_or("the keys are not what they were")?;
            let file = keys.join(name);
            files::write_own(&file, pem.as_bytes())?;
            Ok(json!(std::path::absolute(&file)?.display().to_string()))
        };
        let mut wechat =
            self.plain("wechat", &["appid", "mchid", "merchant_serial", "platform_public_key_id", "apiv3_key"])?;
        wechat["merchant_private_key_path"] = key("wechat-merchant.pem", "wechat/merchant_private_key")?;
        wechat["platform_private_key_path"] = key("wechat-platform.pem", "sandbox/wechat/0/platform_private_key")?;
        wechat["platform_public_key_path"] = key("wechat-platform-public.pem", "wechat/platform_public_key")?;
        let mut alipay = self.plain("alipay", &["app_id", "seller_id"])?;
        alipay["app_private_key_path"] = key("alipay-app.pem", "alipay/app_private_key")?;
        alipay["app_public_key_path"] = key("alipay-app-public.pem", "alipay/app_public_key")?;
        alipay["alipay_private_key_path"] = key("alipay.pem", "sandbox/alipay/0/alipay_private_key")?;
        alipay["alipay_public_key_path"] = key("alipay-public.pem", "alipay/alipay_public_key")?;
        let stripe = self.plain("stripe", &["secret_key", "publishable_key", "webhook_secret"])?;
        Ok(json!({"wechat": wechat, "alipay": alipay, "stripe": stripe}))
    }

    fn plain(&self, provider: &str, names: &[&str]) -> Result<Value, Failure> {
        let side = self.merchant.get(provider).and_then(|side| some(side, names));
        let mut side = side.ok_or("the keys are not what they were")?;
        side["base_url"] = self.merchant.get("base_url").cloned().unwrap_or_default();
        side["account"] = json!(format!("sandbox-{provider}"));
        Ok(side)
    }
}

/// These members of an object; none, when one is missing.
fn some(from: &Value, names: &[&str]) -> Option<Value> {
    let members = names.iter().map(|&name| Some((name.to_owned(), from.get(name)?.clone())));
    members.collect::<Option<Map<_, _>>>().map(Value::Object)
}
