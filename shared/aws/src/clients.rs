//! The SDK's clients, each made at its first use, with one configuration and one HTTP connector. Region and credentials come
//! from the environment, as Lambda gives them, so nothing is looked up on the network.

use std::cell::OnceCell;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_types::SdkConfig;
use till_http::{Client, Limits, Roots, SdkConnector};

use crate::settings::Settings;

/// AWS usually answers within milliseconds, so a second try is worth more than a long wait. Three tries fit into the four
/// seconds that a callback has.
const TRY_TIMEOUT: Duration = Duration::from_millis(1_200);
/// DynamoDB closes idle connections after minutes. Trying again costs less than opening each connection anew.
const LIMITS: Limits = Limits { connect: Duration::from_millis(800), idle: Duration::from_secs(90) };
const TRIES: u32 = 3;

pub struct Clients {
    config: SdkConfig,
    dynamodb: OnceCell<aws_sdk_dynamodb::Client>,
    sqs: OnceCell<aws_sdk_sqs::Client>,
    sns: OnceCell<aws_sdk_sns::Client>,
    secrets: OnceCell<aws_sdk_secretsmanager::Client>,
    sockets: OnceCell<aws_sdk_apigatewaymanagement::Client>,
}

impl Clients {
    pub fn new(config: SdkConfig) -> Self {
        Self {
            config,
            dynamodb: OnceCell::new(),
            sqs: OnceCell::new(),
            sns: OnceCell::new(),
            secrets: OnceCell::new(),
            sockets: OnceCell::new(),
        }
    }

    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(&self.config))
    }

    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::new(&self.config))
    }

    pub fn sns(&self) -> &aws_sdk_sns::Client {
        self.sns.get_or_init(|| aws_sdk_sns::Client::new(&self.config))
    }

    pub fn secrets(&self) -> &aws_sdk_secretsmanager::Client {
        self.secrets.get_or_init(|| aws_sdk_secretsmanager::Client::new(&self.config))
    }

    pub fn sockets(&self, url: &str) -> &aws_sdk_apigatewaymanagement::Client {
        self.sockets.get_or_init(|| {
            let config = aws_sdk_apigatewaymanagement::config::Builder::from(&self.config).endpoint_url(url);
            aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
        })
    }
}

pub fn configure(settings: &Settings, variable: impl Fn(&'static str) -> Option<String>) -> SdkConfig {
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
        .region(Region::new(settings.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(connector(settings.roots.clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(TRY_TIMEOUT).build());
    if let Some(url) = &settings.endpoint_url {
        config = config.endpoint_url(url);
    }
    config.build()
}

/// One pool of connections for all of the SDK's clients.
pub fn connector(roots: Roots) -> SdkConnector {
    SdkConnector::new(Client::new(roots, LIMITS))
}

/// For documents at public addresses.
pub(crate) fn web_client() -> Client {
    Client::new(Roots::of_the_web(), LIMITS)
}
