//! A plain HTTP server around the sandbox on 127.0.0.1, for tests and official SDKs.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::http::{MAX_BODY_BYTES, Request, Response};
use crate::memory::Memory;
use crate::ports::Delivery;
use crate::sandbox::Sandbox;

/// Port 0 takes any free port.
pub async fn bind(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until the future is dropped. Must run within a `LocalSet`.
pub async fn serve(
    listener: TcpListener,
    sandbox: Rc<Sandbox<Memory>>,
    mut due: tokio::sync::mpsc::UnboundedReceiver<Delivery>,
) {
    loop {
        tokio::select! {
            Some(delivery) = due.recv() => {
                let sandbox = Rc::clone(&sandbox);
                tokio::task::spawn_local(async move {
                    if let Err(error) = sandbox.deliver(&delivery).await {
                        eprintln!("sandbox: callback {} of {}: {error}", delivery.callback, delivery.trade);
                    }
                });
            }
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let sandbox = Rc::clone(&sandbox);
                tokio::task::spawn_local(async move {
                    let service = service_fn(|request| answer(Rc::clone(&sandbox), request));
                    // A caller may hang up; that needs no answer.
                    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        }
    }
}

/// Answers one request, for a server that accepts connections otherwise.
pub async fn answer(
    sandbox: Rc<Sandbox<Memory>>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let response = match read(request).await {
        Some(request) => sandbox.handle(&request).await,
        None => Response::new(413, "text/plain", "the body is too large, or broke off"),
    };
    let mut answer = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        answer = answer.header(name, value);
    }
    let built = answer.body(Full::new(Bytes::from(response.body)));
    Ok(built.unwrap_or_else(|_| {
        let mut broken = hyper::Response::new(Full::default());
        *broken.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    }))
}

async fn read(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await.ok()?.to_bytes().to_vec();
    Some(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        ..Request::default()
    })
}
