//! Sends callbacks over HTTP, without redirects, proxies or a longer wait than the providers allow.

use std::time::Duration;

use till_http::{Bytes, Client, Limits, Roots};
use tokio::time::timeout;

use crate::http::Outgoing;
use crate::ports::Post;

/// WeChat Pay waits five seconds for the answer.
const MAX_CALLBACK: Duration = Duration::from_secs(5);
const LIMITS: Limits = Limits { connect: MAX_CALLBACK, idle: Duration::from_secs(90) };
/// A longer answer counts as an empty one.
const MAX_ANSWER_BYTES: usize = 1024;

#[derive(Clone)]
pub struct CallbackClient {
    client: Client,
}

impl CallbackClient {
    pub fn new() -> Self {
        Self { client: Client::new(Roots::of_the_web(), LIMITS) }
    }
}

impl Post for CallbackClient {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        let mut request = http::Request::post(&outgoing.url);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let request = request.body(Bytes::from(outgoing.body.clone())).ok()?;
        let exchange = async {
            let answer = self.client.send(request).await.ok()?;
            let status = answer.status();
            let whole = answer.whole(MAX_ANSWER_BYTES).await.ok()?;
            Some((status, whole.map(http::Response::into_body).unwrap_or_default()))
        };
        timeout(MAX_CALLBACK, exchange).await.ok()?
    }
}
