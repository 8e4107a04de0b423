//! Sends callbacks over HTTP, without redirects, proxies or a longer wait than the providers allow.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::http::Outgoing;
use crate::ports::Post;

/// WeChat Pay waits five seconds for the answer.
const MAX_CALLBACK: Duration = Duration::from_secs(5);
const MAX_ANSWER_BYTES: usize = 1024;

#[derive(Clone)]
pub struct CallbackClient {
    client: reqwest::Client,
}

impl CallbackClient {
    pub fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(MAX_CALLBACK)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { client })
    }
}

impl Post for CallbackClient {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        let mut request = self.client.post(&outgoing.url).body(outgoing.body.clone());
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let mut answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let mut body = answer.chunk().await.ok()?.map(|chunk| chunk.to_vec()).unwrap_or_default();
        body.truncate(MAX_ANSWER_BYTES);
        Some((status, body))
    }
}
