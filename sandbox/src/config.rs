//! The merchants that the sandbox plays for, with the keys of both sides (PEM). Keys are passed in: xtask makes
//! them for a stack, [`crate::keys`] for tests.

use serde::{Deserialize, Serialize};

#[derive(Clone, Deserialize, Serialize)]
pub struct Config {
    /// The sandbox refuses to start in production.
    pub stage: String,
    /// Where buyers, testers and merchants reach the sandbox, without a slash at the end. The Lambda function works it
    /// out by itself.
    #[serde(default)]
    pub public_url: String,
    /// Till's API, for the demo shop: without it there is no shop.
    #[serde(default)]
    pub api_url: String,
    pub wechat: Vec<WeChatMerchant>,
    pub alipay: Vec<AlipayApp>,
    pub stripe: Vec<StripeAccount>,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct WeChatMerchant {
    pub appid: String,
    pub mchid: String,
    /// The serial number of the merchant's certificate.
    pub merchant_serial: String,
    /// Verifies the merchant's requests.
    pub merchant_public_key: String,
    /// 32 bytes, which encrypt callbacks and certificates.
    pub apiv3_key: String,
    /// `PUB_KEY_ID_…`, the id of `platform_private_key`.
    pub platform_public_key_id: String,
    pub platform_private_key: String,
    pub platform_certificate: String,
    pub platform_certificate_key: String,
    /// Which key signs callbacks, and answers to requests without `Wechatpay-Serial`.
    pub signs_with: PlatformKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKey {
    Certificate,
    PublicKey,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct AlipayApp {
    pub app_id: String,
    pub seller_id: String,
    /// Verifies the app's requests.
    pub app_public_key: String,
    /// Alipay's key for this app.
    pub alipay_private_key: String,
    /// Used in certificate mode.
    pub certificates: Option<AlipayCertificates>,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct AlipayCertificates {
    pub app: String,
    pub alipay: String,
    /// One after the other.
    pub roots: String,
}

#[derive(Clone, Deserialize, Serialize)]
pub struct StripeAccount {
    pub name: String,
    /// `sk_test_…`.
    pub secret_key: String,
    /// `pk_test_…`.
    pub publishable_key: String,
    /// Where events go: at Stripe this is set in the dashboard, not in requests.
    pub webhook_url: String,
    /// `whsec_…`. A second one is an older secret that is still valid.
    pub webhook_secrets: Vec<String>,
}

const REFUSED: &str = "the sandbox pretends that money moves: it refuses to start when the stage is production";

impl Config {
    pub fn check(&self) -> Result<(), &'static str> {
        refuse_production(&self.stage)
    }

    /// The path of the public address. Callers see it before every path.
    pub fn prefix(&self) -> &str {
        let after = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        after.find('/').map_or("", |at| after.split_at(at).1.trim_end_matches('/'))
    }
}

/// Refuses a stage that is production by any of its usual names.
pub fn refuse_production(stage: &str) -> Result<(), &'static str> {
    let stage = stage.trim().to_ascii_lowercase();
    let names = ["prod", "prd", "production", "live"];
    let is_production =
        stage.is_empty() || stage.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| names.contains(&word));
    if is_production { Err(REFUSED) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(stage: &str, public_url: &str) -> Config {
        let (stage, public_url) = (stage.to_owned(), public_url.to_owned());
        Config { stage, public_url, api_url: String::new(), wechat: vec![], alipay: vec![], stripe: vec![] }
    }

    #[test]
    fn production_is_refused_by_any_of_its_names() {
        for (stage, is_fine) in [
            ("dev", true),
            ("local", true),
            ("staging", true),
            ("product-demo", true),
            ("production", false),
            ("prod", false),
            (" PROD ", false),
            ("eu-prod", false),
            ("prod_2", false),
            ("live", false),
            ("", false),
        ] {
            assert_eq!(config(stage, "").check().is_ok(), is_fine, "{stage:?}");
        }
    }

    #[test]
    fn prefix_is_path_of_public_url() {
        for (url, prefix) in [
            ("https://a.example", ""),
            ("https://a.example/", ""),
            ("http://127.0.0.1:4566/_aws/execute-api/0a1b2c3d", "/_aws/execute-api/0a1b2c3d"),
            ("http://127.0.0.1:4566/a/", "/a"),
            ("", ""),
        ] {
            assert_eq!(config("local", url).prefix(), prefix, "{url}");
        }
    }
}
