//! Lets the AWS SDK send its requests through our client. Requests and answers are small here, so their bodies are read whole.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::client::{Client, NoAnswer};

/// No service that we call answers more: DynamoDB at most 1 MiB.
const MOST_BODY_BYTES: usize = 8 * 1_024 * 1_024;

/// All clients of the SDK that get a clone share its connections.
#[derive(Clone, Debug)]
pub struct SdkConnector(Client);

impl SdkConnector {
    pub const fn new(client: Client) -> Self {
        Self(client)
    }
}

impl HttpClient for SdkConnector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for SdkConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

async fn send(client: &Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body = body.bytes().ok_or_else(|| ConnectorError::user("a request streams its body".into()))?;
    let request = http::Request::from_parts(head, Bytes::copy_from_slice(body));
    let answer = client.send(request).await.map_err(lost)?;
    let answer = answer.whole(MOST_BODY_BYTES).await.map_err(lost)?;
    let answer = answer.ok_or_else(|| ConnectorError::other("the answer is too large".into(), None))?;
    let answer = HttpResponse::try_from(answer.map(SdkBody::from));
    answer.map_err(|error| ConnectorError::other(error.into(), None))
}

/// The SDK tries again.
fn lost(why: NoAnswer) -> ConnectorError {
    ConnectorError::io(why.into())
}
