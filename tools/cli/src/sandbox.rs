//! `till sandbox`: `month` makes orders to look at, and `init` what a stage needs to take payments of the sandbox, on this machine or on AWS: keys, accounts, products.
//! Keys of both sides are made once and kept in one folder; accounts and the sandbox's secret are written each time, since
//! addresses may have changed. Production is refused.

mod month;
mod sides;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use till_app::ports::{AccountMode, AccountSettings, KeepAccounts as _};
use till_aws::Aws;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_providers::provide::callback_path;

use self::sides::Sides;
use crate::accounts::NewAccount;
use crate::deployment::{Deployment, Outputs};
use crate::{Failure, catalogue, files, put_secret, secrets};

#[derive(Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create the sandbox accounts and keys of a stage, and its products if it has none
    Init(Init),
    /// Make a month of orders in every state, back-dated, on which pages and statistics can be looked at
    Month(month::Arguments),
}

#[derive(Args)]
struct Init {
    /// The folder that keeps the keys of both sides, and for a deployed stage its outputs
    #[arg(long, value_name = "FOLDER")]
    keys: PathBuf,
    /// The products to load if there are none yet
    #[arg(long, value_name = "FILE")]
    catalogue: PathBuf,
    /// The address of the API, as the sandbox sees it, if it is not that of the stack
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// The address of the sandbox, as functions see it, if it is not that of the stack
    #[arg(long, value_name = "URL")]
    sandbox_url: Option<String>,
    /// Make new keys although the stage has sandbox accounts: orders of theirs that are open cannot end then
    #[arg(long)]
    new_keys: bool,
}

pub async fn run(deployment: &Deployment, arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::Init(arguments) => init(deployment, arguments).await,
        Command::Month(arguments) => month::run(deployment, arguments).await,
    }
}

async fn init(deployment: &Deployment, arguments: &Init) -> Result<(), Failure> {
    let Deployment { aws, outputs, .. } = deployment;
    let stage = &aws.settings().stage;
    if aws.settings().is_production() {
        return Err(format!("{stage} is production, which has no sandbox").into());
    }
    let api_url = address(arguments.api_url.as_deref(), outputs.as_ref(), Outputs::api_url)?;
    let sandbox_url = address(arguments.sandbox_url.as_deref(), outputs.as_ref(), Outputs::sandbox_url)?;
    let keys = &arguments.keys;
    files::create_private_folder(keys)?;
    if outputs.is_some() && !arguments.new_keys && !Sides::are_in(keys) && has_sandbox_accounts(aws).await? {
        return Err(format!(
            "{stage} has sandbox accounts, whose keys are not in {}: name the folder in which they were made, or add --new-keys",
            keys.display()
        )
        .into());
    }
    secrets::make_missing(aws).await?;
    let sides = Sides::read_or_make(keys, stage)?.at(&sandbox_url, &api_url, &webhook(&api_url));
    put_secret(aws, "sandbox/config", &sides.sandbox.to_string()).await?;
    let by = deployment.author().await?;
    for provider in Provider::ALL {
        let secret =
            sides.settings(provider).ok_or("sides.json lacks a key: delete its folder, and new ones are made")?;
        account(provider, &sandbox_url, secret.to_string())?.put(aws, &by).await?;
    }
    let outside = sides.outside(keys)?;
    files::write_json(&keys.join("providers.json"), &outside)?;
    println!("sandbox accounts: {}", Provider::ALL.map(id).join(", "));
    catalogue::load_first(deployment, &arguments.catalogue).await?;
    if let Some(outputs) = outputs {
        let file = keys.join("outputs.json");
        files::write_json(&file, &for_programs(aws, outputs, outside).await?)?;
        println!("addresses and keys for programs: {}", file.display());
    }
    Ok(())
}

/// The address that was given, or the one that the stack has.
fn address(
    given: Option<&str>,
    outputs: Option<&Outputs>,
    of_stack: fn(&Outputs) -> Result<String, Failure>,
) -> Result<String, Failure> {
    match (given, outputs) {
        (Some(url), _) => Ok(url.to_owned()),
        (None, Some(outputs)) => of_stack(outputs),
        (None, None) => Err("without --stack, --api-url and --sandbox-url are needed".into()),
    }
}

async fn has_sandbox_accounts(aws: &Aws) -> Result<bool, Failure> {
    let ids = Provider::ALL.map(id);
    Ok(aws
        .noted_accounts()
        .await?
        .accounts
        .iter()
        .any(|known| ids.iter().any(|id| known.item.account.id.as_str() == id)))
}

/// What programs outside need to play both sides, such as the journeys. It has the names of the local stack's `outputs.json`.
async fn for_programs(aws: &Aws, outputs: &Outputs, providers: Value) -> Result<Value, Failure> {
    let api_url = outputs.api_url()?;
    Ok(json!({
        "stage": aws.settings().stage,
        "region": aws.settings().region,
        "checkout_url": format!("{api_url}/pay"),
        "api_url": api_url,
        "websocket_url": outputs.websocket_url()?,
        "sandbox_url": outputs.sandbox_url()?,
        "table_name": outputs.get("TableName")?,
        "queue_url": outputs.get("QueueUrl")?,
        "dead_letter_queue_url": outputs.get("DeadLetterQueueUrl")?,
        "sweep_queue_url": outputs.get("SweepQueueUrl")?,
        "alarms_queue_url": outputs.get("AlarmsQueueUrl")?,
        "functions": outputs.functions(),
        "bearer": secrets::bearer(aws).await?,
        "providers": providers,
    }))
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
    use crate::deployment::without_aws;

    #[tokio::test]
    async fn production_is_refused_before_anything_is_made() {
        let keys = std::env::temp_dir().join(format!("till-refused-{}", std::process::id()));
        let url = || Some("http://a".to_owned());
        let wish =
            Init { keys: keys.clone(), catalogue: "c.json".into(), api_url: url(), sandbox_url: url(), new_keys: true };
        for stage in ["production", "eu-live"] {
            let refused = init(&without_aws(stage), &wish).await.unwrap_err().to_string();
            assert!(refused.contains("is production"), "{refused}");
        }
        assert!(!keys.exists());
    }

    #[test]
    fn address_is_the_given_one_or_that_of_the_stack() {
        fn nowhere(_: &Outputs) -> Result<String, Failure> {
            Err("not asked".into())
        }
        assert_eq!(address(Some("http://a"), None, nowhere).unwrap(), "http://a");
        assert!(address(None, None, nowhere).unwrap_err().to_string().contains("--stack"));
    }

    #[test]
    fn keys_are_made_once_and_fit_together() {
        let folder = std::env::temp_dir().join(format!("till-sides-{}", std::process::id()));
        files::create_private_folder(&folder).unwrap();
        assert!(!Sides::are_in(&folder));
        let url = "http://127.0.0.1:5/_aws/execute-api/aa";
        let sides = Sides::read_or_make(&folder, "dev").unwrap().at(url, "http://api", &webhook("http://api"));
        let again = Sides::read_or_make(&folder, "dev").unwrap().at(url, "http://api", &webhook("http://api"));
        assert_eq!(sides.merchant, again.merchant, "made once");
        assert!(Sides::are_in(&folder));
        assert_eq!(sides.sandbox["public_url"], url);
        assert_eq!(sides.sandbox["api_url"], "http://api");
        let stripe = sides.settings(Provider::Stripe).unwrap();
        assert_eq!(
            (&stripe["success_url"], &stripe["cancel_url"]),
            (&json!(format!("{url}/")), &stripe["success_url"])
        );
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
