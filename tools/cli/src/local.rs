//! `till local`: the first contents of a stack on this machine. Keys of both sides of the sandbox are made once and kept in one
//! folder; accounts are written each time, since addresses may have changed. A deployed stack is refused.

mod sides;

use std::path::PathBuf;

use clap::Args;
use till_app::ports::{AccountMode, AccountSettings};
use till_aws::Aws;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::provide::callback_path;

use self::sides::Sides;
use crate::accounts::NewAccount;
use crate::{Failure, catalogue, files, put_secret, secrets};

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
    // AWS_ENDPOINT_URL is set for an emulator only.
    if aws.settings().endpoint_url.is_none() || aws.settings().is_production() {
        return Err("`till local` is for the stack on this machine only".into());
    }
    let keys = &arguments.keys;
    files::create_private_folder(keys)?;
    secrets::make_missing(aws).await?;

    let (api_url, sandbox_url) = (&arguments.api_url, &arguments.sandbox_url);
    let sides = Sides::read_or_make(keys, &aws.settings().stage)?.at(sandbox_url, &webhook(api_url));
    put_secret(aws, "sandbox/config", &sides.sandbox.to_string()).await?;
    for provider in Provider::ALL {
        let secret =
            sides.settings(provider).ok_or("sides.json lacks a key: `cargo xtask up --fresh` makes new ones")?;
        account(provider, sandbox_url, secret.to_string())?.put(aws).await?;
    }
    files::write_json(&keys.join("providers.json"), &sides.outside(keys)?)?;
    println!("sandbox accounts: {}", Provider::ALL.map(id).join(", "));
    catalogue::load_first(aws, &arguments.catalogue).await
}

/// The id of the account at this provider.
fn id(provider: Provider) -> String {
    format!("sandbox-{provider}")
}

/// Where the sandbox sends Stripe's events.
fn webhook(api_url: &str) -> String {
    format!("{api_url}{}/{}", callback_path(Provider::Stripe), id(Provider::Stripe))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_keys_are_made_once_and_fit_together() {
        let folder = std::env::temp_dir().join(format!("till-sides-{}", std::process::id()));
        files::create_private_folder(&folder).unwrap();
        let url = "http://127.0.0.1:5/_aws/execute-api/aa";
        let sides = Sides::read_or_make(&folder, "dev").unwrap().at(url, &webhook("http://api"));
        let again = Sides::read_or_make(&folder, "dev").unwrap().at(url, &webhook("http://api"));
        assert_eq!(sides.merchant, again.merchant, "made once");
        assert_eq!(sides.sandbox["public_url"], url);
        assert_eq!(sides.sandbox["stripe"][0]["webhook_url"], webhook("http://api"));
        serde_json::from_value::<till_sandbox::config::Config>(sides.sandbox.clone()).unwrap();

        let hints = |provider: Provider| {
            let secret = sides.settings(provider).unwrap().to_string();
            account(provider, url, secret).unwrap().public.hints
        };
        assert_eq!(hints(Provider::Alipay), [sides.merchant["alipay"]["app_id"].as_str().unwrap()]);
        assert_eq!(hints(Provider::WeChat).len(), 3);
        assert!(hints(Provider::Stripe).is_empty());

        let outside = sides.outside(&folder).unwrap();
        for (provider, path, begin) in [
            ("wechat", "merchant_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("wechat", "platform_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("wechat", "platform_public_key_path", "-----BEGIN PUBLIC KEY"),
            ("alipay", "app_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("alipay", "app_public_key_path", "-----BEGIN PUBLIC KEY"),
            ("alipay", "alipay_private_key_path", "-----BEGIN PRIVATE KEY"),
            ("alipay", "alipay_public_key_path", "-----BEGIN PUBLIC KEY"),
        ] {
            let file = outside[provider][path].as_str().unwrap();
            assert!(std::fs::read_to_string(file).unwrap().starts_with(begin), "{provider} {path}");
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
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
