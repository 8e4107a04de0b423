//! HTTP servers at two addresses, plain and over TLS, with one service behind both.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;

use http_body_util::Full;
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::Addresses;
use crate::Failure;

pub type Response = hyper::Response<Full<Bytes>>;

/// Two bound sockets.
pub struct Bound {
    plain: TcpListener,
    tls: TcpListener,
}

impl Bound {
    pub fn any() -> Result<(Self, Addresses), Failure> {
        let bind = || {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            listener.set_nonblocking(true)?;
            Ok::<_, std::io::Error>(listener)
        };
        let (plain, tls) = (bind()?, bind()?);
        let addresses = Addresses { plain: plain.local_addr()?, tls: tls.local_addr()? };
        Ok((Self { plain, tls }, addresses))
    }

    /// Accepts connections for ever, within a `LocalSet`. `service` makes the answers of one connection.
    pub async fn serve<S, F, A>(self, config: Arc<ServerConfig>, service: F) -> Result<(), Failure>
    where
        F: Fn() -> S + Clone + 'static,
        S: Fn(Request<Incoming>) -> A + 'static,
        A: Future<Output = Response> + 'static,
    {
        let acceptor = TlsAcceptor::from(config);
        let (plain, tls) =
            (tokio::net::TcpListener::from_std(self.plain)?, tokio::net::TcpListener::from_std(self.tls)?);
        loop {
            let (stream, acceptor) = tokio::select! {
                accepted = plain.accept() => (accepted?.0, None),
                accepted = tls.accept() => (accepted?.0, Some(acceptor.clone())),
            };
            let service = service.clone();
            tokio::task::spawn_local(async move { connection(stream, acceptor, service()).await });
        }
    }
}

/// A caller that hangs up, or does not trust the certificate, ends its own connection only.
async fn connection<A>(stream: TcpStream, acceptor: Option<TlsAcceptor>, service: impl Fn(Request<Incoming>) -> A)
where
    A: Future<Output = Response>,
{
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(|request| {
        let answer = service(request);
        async { Ok::<_, Infallible>(answer.await) }
    });
    let http = hyper::server::conn::http1::Builder::new();
    match acceptor {
        None => drop(http.serve_connection(TokioIo::new(stream), service).await),
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                drop(http.serve_connection(TokioIo::new(stream), service).await);
            }
        }
    }
}

pub fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Response {
    let answer = hyper::Response::builder().status(status).header("content-type", content_type);
    answer.body(Full::new(body.into())).unwrap_or_default()
}
