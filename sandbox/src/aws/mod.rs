//! The ports on AWS: the books in a table under `SANDBOX#…`, deliveries on a queue, keys in a secret.

mod pack;
mod queue;
mod secret;
mod settings;
mod table;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_types::SdkConfig;
use till_http::{Client, Limits, SdkConnector};

pub use settings::Settings;

use crate::client::CallbackClient;
use crate::http::Outgoing;
use crate::ports::{Clock, Post};

/// Services answer within milliseconds: a second attempt is worth more than a longer wait.
const ONE_TRY: Duration = Duration::from_millis(1_500);
const LIMITS: Limits = Limits { connect: Duration::from_secs(1), idle: Duration::from_secs(90) };
const TRIES: u32 = 3;

/// Copies share their connections.
#[derive(Clone)]
pub struct Aws {
    settings: Rc<Settings>,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    secrets: aws_sdk_secretsmanager::Client,
    client: CallbackClient,
}

impl Aws {
    /// Refuses production.
    pub fn from_environment() -> Result<Self, Box<dyn std::error::Error>> {
        let variable = |name: &str| std::env::var(name).ok();
        let settings = Settings::read(variable)?;
        let config = configure(&settings, variable).build();
        Ok(Self::new(settings, &config))
    }

    pub fn new(settings: Settings, config: &SdkConfig) -> Self {
        Self {
            settings: Rc::new(settings),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            client: CallbackClient::new(),
        }
    }
}

/// The configuration of all clients. Nothing is looked up on the network: on Lambda, credentials come from the
/// environment.
fn configure(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> aws_types::sdk_config::Builder {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    let credentials = Credentials::new(
        set("AWS_ACCESS_KEY_ID").unwrap_or_default(),
        set("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
        set("AWS_SESSION_TOKEN"),
        None::<SystemTime>,
        "environment",
    );
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(SdkConnector::new(Client::new(settings.roots.clone(), LIMITS)))
        .region(Region::new(settings.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ONE_TRY).build());
    if let Some(url) = &settings.endpoint_url {
        config = config.endpoint_url(url);
    }
    config
}

impl Post for Aws {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        self.client.post(outgoing).await
    }
}

impl Clock for Aws {}
