//! Sends a request and gives the answer's head; the caller reads the body.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::{CipherSuite, ClientConfig};

use crate::roots::Roots;
use crate::within::Within;

#[derive(Clone, Debug)]
pub struct Client(legacy::Client<Within<HttpsConnector<HttpConnector>>, Full<Bytes>>);

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For opening a connection, TLS included.
    pub connect: Duration,
    /// A connection that was idle for longer is not used again.
    pub idle: Duration,
}

/// Why there is no answer. Who sends decides what it means for money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoAnswer {
    /// No connection, so that nothing was sent.
    #[error("no connection could be opened")]
    Unreachable,
    /// The request may have arrived.
    #[error("the connection broke before the answer was there")]
    Broken,
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub struct Answer(Response<Incoming>);

impl Client {
    #[expect(clippy::missing_panics_doc, reason = "the versions of TLS and the provider are both fixed here")]
    pub fn new(roots: Roots, limits: Limits) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(cryptography()))
            .with_safe_default_protocol_versions()
            .expect("the provider of aws-lc has the default versions of TLS")
            .with_root_certificates(roots.into_store())
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // A request is written whole: nothing is gained by waiting for more.
        tcp.set_nodelay(true);
        let https =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(limits.idle)
            .build(Within { connector: https, limit: limits.connect });
        Self(client)
    }

    /// Sends a request whose address is absolute. There is no time limit for the answer: the caller sets one.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Answer, NoAnswer> {
        let answer = self.0.request(request.map(Full::new)).await;
        answer.map(Answer).map_err(|error| if error.is_connect() { NoAnswer::Unreachable } else { NoAnswer::Broken })
    }
}

/// A handshake is half of the work of a function that starts, so it takes what is quick and in every server: X25519 without the
/// post-quantum exchange beside it, which doubles the work of agreeing on keys, and SHA-256, which processors compute themselves.
fn cryptography() -> CryptoProvider {
    let mut all = default_provider();
    all.kx_groups = vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];
    all.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    all
}

impl Answer {
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    /// With the whole body, or `None` if that has more than `most` bytes.
    pub async fn whole(self, most: usize) -> Result<Option<Response<Vec<u8>>>, NoAnswer> {
        let (head, mut incoming) = self.0.into_parts();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|_| NoAnswer::Broken)?;
            let Some(piece) = frame.data_ref() else { continue };
            if body.len().saturating_add(piece.len()) > most {
                return Ok(None);
            }
            body.extend_from_slice(piece);
        }
        Ok(Some(Response::from_parts(head, body)))
    }
}
