//! Who the sandbox plays for: merchants with the keys of both sides that a provider has. Keys are given to it, never fixed:
//! made by xtask for a stack, at start for tests. All keys are PEM.

use serde::{Deserialize, Serialize};

/// Everything that is set.
#[derive(Clone, Deserialize, Serialize)]
pub struct Config {
    /// The stage that it runs in. The sandbox refuses production.
    pub stage: String,
    /// The address under which buyers, testers and merchants reach it, without a slash at its end. The function works it
    /// out by itself.
    #[serde(default)]
    pub public_url: String,
    /// Merchants at WeChat Pay.
    pub wechat: Vec<WeChatMerchant>,
    /// Apps at Alipay.
    pub alipay: Vec<AlipayApp>,
    /// Accounts at Stripe.
    pub stripe: Vec<StripeAccount>,
}

/// A merchant at WeChat Pay.
#[derive(Clone, Deserialize, Serialize)]
pub struct WeChatMerchant {
    /// The app that pays.
    pub appid: String,
    /// The merchant's number.
    pub mchid: String,
    /// The serial number of the merchant's certificate.
    pub merchant_serial: String,
    /// The key in it, by which the merchant's requests are verified.
    pub merchant_public_key: String,
    /// 32 bytes: encrypts callbacks and certificates.
    pub apiv3_key: String,
    /// The platform's key that signs as `PUB_KEY_ID_…`.
    pub platform_public_key_id: String,
    /// Its private half.
    pub platform_private_key: String,
    /// The platform's certificate.
    pub platform_certificate: String,
    /// The private key of that certificate.
    pub platform_certificate_key: String,
    /// Which of the two signs what was not asked for by name: callbacks, and answers to requests without `Wechatpay-Serial`.
    pub signs_with: PlatformKey,
}

/// Which of the platform's keys signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKey {
    /// The certificate's.
    Certificate,
    /// The one with an id.
    PublicKey,
}

/// An app at Alipay.
#[derive(Clone, Deserialize, Serialize)]
pub struct AlipayApp {
    /// The app's number.
    pub app_id: String,
    /// The seller's user number.
    pub seller_id: String,
    /// The app's key, by which its requests are verified.
    pub app_public_key: String,
    /// Alipay's key for this app.
    pub alipay_private_key: String,
    /// In certificate mode: the certificates of both sides.
    pub certificates: Option<AlipayCertificates>,
}

/// The certificates of certificate mode.
#[derive(Clone, Deserialize, Serialize)]
pub struct AlipayCertificates {
    /// The app's.
    pub app: String,
    /// Alipay's.
    pub alipay: String,
    /// The roots, one after the other.
    pub roots: String,
}

/// An account at Stripe.
#[derive(Clone, Deserialize, Serialize)]
pub struct StripeAccount {
    /// Its name in the books.
    pub name: String,
    /// `sk_test_…`: whoever has it is the merchant.
    pub secret_key: String,
    /// `pk_test_…`.
    pub publishable_key: String,
    /// To where events go: at Stripe this is set in its dashboard, not in requests.
    pub webhook_url: String,
    /// `whsec_…`: signs events. A second one is a secret that was rolled and still counts.
    pub webhook_secrets: Vec<String>,
}

/// It was to start in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Production;

impl std::fmt::Display for Production {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the sandbox pretends that money moves: it refuses to start when the stage is production")
    }
}

impl std::error::Error for Production {}

impl Config {
    /// Refuses production, by any of its names.
    pub fn check(&self) -> Result<(), Production> {
        refuse_production(&self.stage)
    }

    /// The path of the public address: what stands before every path that a caller sees.
    pub fn prefix(&self) -> &str {
        let after = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        after.find('/').map_or("", |at| after.split_at(at).1.trim_end_matches('/'))
    }
}

/// Refuses a stage that is production, by any of its names.
pub fn refuse_production(stage: &str) -> Result<(), Production> {
    let stage = stage.trim().to_ascii_lowercase();
    let names = ["prod", "prd", "production", "live"];
    let is_production =
        stage.is_empty() || stage.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| names.contains(&word));
    if is_production { Err(Production) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(stage: &str, public_url: &str) -> Config {
        Config {
            stage: stage.to_owned(),
            public_url: public_url.to_owned(),
            wechat: vec![],
            alipay: vec![],
            stripe: vec![],
        }
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
    fn the_prefix_is_the_path_of_the_public_address() {
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
