//! The one place that does HTTP with providers. One connector is made once and shared; every call has its time, its body
//! a limit, and nothing is followed: a provider that redirects is not the provider.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};

use crate::error::NoAnswer;
use crate::http::{Headers, MOST_BODY_BYTES, Request, Response, Verb};

/// Who does not even take the connection in this time is not there.
const LONGEST_CONNECT: Duration = Duration::from_secs(3);

/// Does HTTP.
#[derive(Clone, Debug)]
pub struct Transport(Client);

/// No connector can be made here.
#[derive(Debug)]
pub struct NoTransport(Box<dyn std::error::Error + Send + Sync>);

impl std::fmt::Display for NoTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot set up HTTP towards the providers")
    }
}

impl std::error::Error for NoTransport {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

impl Transport {
    /// A connector with the public roots of the web.
    pub fn new() -> Result<Self, NoTransport> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| NoTransport(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(LONGEST_CONNECT)
            .redirect(Policy::none())
            .no_proxy()
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| NoTransport(error.into()))?;
        Ok(Self(client))
    }

    /// Sends a request and waits for the whole answer, so long and no longer.
    pub async fn send(&self, request: &Request, within: Duration) -> Result<Response, NoAnswer> {
        let method = match request.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        let mut sending = self.0.request(method, format!("{}{}", request.base, request.target)).timeout(within);
        for (name, value) in &request.headers {
            sending = sending.header(*name, value);
        }
        if !request.body.is_empty() {
            sending = sending.body(request.body.clone());
        }
        let mut answer = sending.send().await.map_err(|error| why(&error))?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let mut response =
            Response { status: answer.status().as_u16(), headers: Headers::new(headers), body: Vec::new() };
        while let Some(chunk) = answer.chunk().await.map_err(|error| why(&error))? {
            if response.body.len().saturating_add(chunk.len()) > MOST_BODY_BYTES {
                return Err(NoAnswer::TooLarge);
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

fn why(error: &reqwest::Error) -> NoAnswer {
    if error.is_connect() || error.is_builder() {
        NoAnswer::Unreachable
    } else if error.is_timeout() {
        NoAnswer::TimedOut
    } else {
        NoAnswer::Broken
    }
}
