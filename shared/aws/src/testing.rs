//! What tests of this crate share: a client whose answers are made up, for what no emulator says. Never part of the product.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;

use crate::aws::Aws;
use crate::settings::Settings;

#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer(u16, String),
    Nothing,
    Silence,
}

impl Reply {
    pub fn send(self) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async move {
            match self {
                Self::Answer(status, body) => {
                    Ok(HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body)))
                }
                Self::Nothing => Err(ConnectorError::io("the connection broke".into())),
                Self::Silence => std::future::pending().await,
            }
        })
    }
}

#[derive(Debug)]
struct Fake(Reply);

impl HttpConnector for Fake {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        self.0.clone().send()
    }
}

/// All ports on services that always say the same; each call is tried once.
pub(crate) fn aws_that_hears(reply: Reply) -> Aws {
    let variables = [("AWS_REGION", "cn-north-1"), ("STAGE", "test"), ("TABLE_NAME", "till")];
    let settings =
        Settings::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()));
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("cn-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url("http://127.0.0.1:1")
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(Fake(reply.clone()))))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(20)).build());
    Aws::new(settings.unwrap(), config.build())
}
