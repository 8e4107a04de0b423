//! `local`: what a stack on one's own machine begins with. Keys of both sides are made at the first time and kept in one
//! folder; what is made of them is written each time, as addresses may have changed. A deployed stack is refused.

mod sides;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use till_app::ports::{AccountMode, AccountSettings};
use till_aws::Aws;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use self::sides::Sides;
use crate::accounts::NewAccount;
use crate::{Failure, catalogue, files};

#[derive(Args)]
pub struct Arguments {
    /// The folder that keeps the keys of both sides
    #[arg(long, value_name = "FOLDER")]
    keys: PathBuf,
    /// The address of the API, as the sandbox sees it
    #[arg(long, value_name = "URL")]
    api_url: String,
    /// The address of the sandbox, as functions see it
    #[arg(long, value_name = "URL")]
    sandbox_url: String,
    /// The products to load if there are none yet
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
}

pub async fn run(aws: &Aws, arguments: &Arguments) -> Result<(), Failure> {
    // An emulator has an address; AWS has none here.
    if aws.settings().endpoint_url.is_none() || aws.settings().is_production() {
        return Err("sandbox accounts are for the stack on this machine".into());
    }
    let keys = &arguments.keys;
    files::make_own(keys)?;
    let tokens = Tokens::kept(keys)?;
    put(aws, "tokens", &serde_json::to_string(&tokens)?).await?;

    let (api_url, sandbox_url) = (&arguments.api_url, &arguments.sandbox_url);
    let sides = Sides::kept(keys, &aws.settings().stage)?.at(sandbox_url, &webhook(api_url));
    put(aws, "sandbox/config", &sides.sandbox.to_string()).await?;
    for provider in Provider::ALL {
        let secret = sides.settings(provider).ok_or("the keys are not what they were: `cargo xtask up --fresh`")?;
        account(provider, sandbox_url, secret.to_string())?.put(aws).await?;
    }
    files::write_json(&keys.join("providers.json"), &sides.outside(keys)?)?;
    println!("accounts at the sandbox: {}, {}, {}", id(Provider::WeChat), id(Provider::Alipay), id(Provider::Stripe));
    catalogue::load_first(aws, &arguments.catalogue).await
}

/// What signs tokens of users, and what those of pages are derived from.
#[derive(Serialize, Deserialize)]
pub struct Tokens {
    /// The secret that bearer tokens are signed with.
    pub bearer: String,
    pages: String,
}

impl Tokens {
    pub fn file(keys: &Path) -> PathBuf {
        keys.join("tokens.json")
    }

    fn kept(keys: &Path) -> Result<Self, Failure> {
        if let Some(tokens) = files::read_json(&Self::file(keys))? {
            return Ok(tokens);
        }
        let tokens = Self { bearer: files::secret()?, pages: files::secret()? };
        files::write_json(&Self::file(keys), &tokens)?;
        Ok(tokens)
    }
}

/// An account's name. Each has a secret of its own, named by it.
fn id(provider: Provider) -> String {
    format!("sandbox-{provider}")
}

fn webhook(api_url: &str) -> String {
    format!("{api_url}/api/v1/payment/stripe/webhook/{}", id(Provider::Stripe))
}

fn account(provider: Provider, sandbox_url: &str, secret: String) -> Result<NewAccount, Failure> {
    let public = AccountSettings {
        account: Account { provider, id: AccountId::parse(&id(provider))? },
        mode: AccountMode::Test,
        is_default: true,
        is_on: true,
        base_url: Some(sandbox_url.to_owned()),
        hints: Vec::new(),
    };
    NewAccount::new(public, secret)
}

async fn put(aws: &Aws, name: &str, json: &str) -> Result<(), Failure> {
    aws.put_secret(name, json).await.map_err(|why| format!("the secret {name}: {why}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_made_once_and_fits_together() {
        let folder = std::env::temp_dir().join(format!("till-sides-{}", std::process::id()));
        files::make_own(&folder).expect("it can be made");
        let tokens = Tokens::kept(&folder).expect("they can be made");
        assert_eq!(Tokens::kept(&folder).expect("they are there").bearer, tokens.bearer);
        assert_ne!(tokens.bearer, tokens.pages);

        let url = "http://127.0.0.1:5/_aws/execute-api/aa";
        let sides = Sides::kept(&folder, "dev").expect("they can be made").at(url, &webhook("http://api"));
        let again = Sides::kept(&folder, "dev").expect("they are there").at(url, &webhook("http://api"));
        assert_eq!(sides.merchant, again.merchant, "made once");
        assert_eq!(sides.sandbox["public_url"], url);
        assert_eq!(sides.sandbox["stripe"][0]["webhook_url"], webhook("http://api"));
        serde_json::from_value::<till_sandbox::config::Config>(sides.sandbox.clone()).expect("the sandbox reads it");

        let hints = |provider: Provider| {
            let secret = sides.settings(provider).expect("they are there").to_string();
            account(provider, url, secret).expect("a function takes them").public.hints
        };
        assert_eq!(hints(Provider::Alipay), [sides.merchant["alipay"]["app_id"].as_str().expect("it is text")]);
        assert_eq!(hints(Provider::WeChat).len(), 3);
        assert!(hints(Provider::Stripe).is_empty());

        let outside = sides.outside(&folder).expect("it can be written");
        for (provider, path, begin) in [
            ("wechat", "merchant_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("wechat", "platform_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("wechat", "platform_public_key_path", "-----BEGIN PUBLIC KEY"),
            ("alipay", "app_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("alipay", "app_public_key_path", "-----BEGIN PUBLIC KEY"),
            ("alipay", "alipay_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("alipay", "alipay_public_key_path", "-----BEGIN PUBLIC KEY"),
        ] {
            let file = outside[provider][path].as_str().expect("it is told");
            assert!(std::fs::read_to_string(file).expect("it is there").starts_with(begin), "{provider} {path}");
        }
        for (provider, words) in [
            (
                "wechat",
                ["appid", "mchid", "merchant_serial", "platform_public_key_id", "apiv3_key", "base_url"].as_slice(),
            ),
            ("alipay", &["app_id", "seller_id", "base_url"]),
            ("stripe", &["secret_key", "publishable_key", "webhook_secret", "base_url"]),
        ] {
            assert!(words.iter().all(|word| outside[provider][word].is_string()), "{provider}: {outside}");
        }
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }
}
