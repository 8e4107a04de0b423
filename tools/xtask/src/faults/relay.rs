//! One connection of a client: the rules see each request before it is forwarded, over a connection of its own. A WebSocket
//! is forwarded until both sides have closed it.

use std::cell::Cell;
use std::net::TcpStream;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::PathAndQuery;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, upgrade};
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::task::JoinHandle;

use super::caller::Caller;
use super::rules::{Call, Fault, Outcome};
use super::{Proxy, control};
use crate::local::http::{self, Error};
use crate::permissions::{Judge, Refusal};

type Answer = Response<Full<Bytes>>;
/// The WebSocket that the connection has become.
type Socket = Cell<Option<JoinHandle<Result<(), Error>>>>;

/// Answers the requests of a client until it closes the connection, or a fault does. An error closes the connection too.
pub(super) fn serve(proxy: &Arc<Proxy>, client: TcpStream) -> Result<(), Error> {
    http::block_on(async {
        let from = client.peer_addr()?.port();
        client.set_nodelay(true)?;
        client.set_nonblocking(true)?;
        let client = TokioIo::new(tokio::net::TcpStream::from_std(client)?);
        let socket = Socket::default();
        let service = service_fn(|request| answer(proxy, from, &socket, request));
        let mut server = http1::Builder::new();
        server.preserve_header_case(true).auto_date_header(false).half_close(true);
        server.serve_connection(client, service).with_upgrades().await?;
        match socket.take() {
            Some(socket) => socket.await?,
            None => Ok(()),
        }
    })
}

/// Answers one request; an error closes the connection without an answer.
async fn answer(proxy: &Arc<Proxy>, from: u16, socket: &Socket, request: Request<Incoming>) -> Result<Answer, Error> {
    let (head, body) = request.into_parts();
    let request = Request::from_parts(head, body.collect().await?.to_bytes());
    if control::is_for_us(&request) {
        return Ok(control::answer(proxy, &request));
    }
    if let Some(refusal) = refused(proxy, &request).await? {
        return Ok(control::denied(&refusal));
    }
    let caller = || Caller::find(from, proxy.port);
    let known = if proxy.rules.ask_for_callers() { caller() } else { None };
    let call = Call {
        method: request.method().as_str(),
        path: request.uri().path_and_query().map_or("/", PathAndQuery::as_str),
        target: request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()),
        body: request.body(),
        function: known.as_ref().map(|caller| caller.function.as_str()),
    };
    let Some(Outcome { fault, status }) = proxy.rules.meet(call) else {
        return forward(proxy.to, socket, request).await;
    };
    let kill = || caller().map_or_else(|| proxy.rules.miss(), |caller| caller.kill());
    match fault {
        Fault::Hold => return forward(proxy.to, socket, request).await,
        Fault::DropBefore => {}
        Fault::DropAfter => drop(fetch(proxy.to, &request).await?),
        Fault::Repeat => {
            fetch(proxy.to, &request).await?;
            return forward(proxy.to, socket, request).await;
        }
        Fault::Answer => return Ok(control::refusal(status)),
        Fault::KillBefore => kill(),
        Fault::KillAfter => {
            let answer = fetch(proxy.to, &request).await;
            kill();
            answer?;
        }
    }
    Err("a rule closes this connection".into())
}

/// Judges a call of DynamoDB, where the stack enforces permissions.
async fn refused(proxy: &Arc<Proxy>, request: &Request<Bytes>) -> Result<Option<Refusal>, Error> {
    let header = |name: &str| {
        let all: Vec<&str> = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        // Two headers are as good as none: nobody knows which of them counts.
        if let [one] = all.as_slice() { Some((*one).to_owned()) } else { None }
    };
    let (target, signed) = (header("x-amz-target"), header("authorization"));
    if proxy.judge.is_none() || !Judge::is_for(target.as_deref(), signed.as_deref()) {
        return Ok(None);
    }
    let (proxy, body) = (Arc::clone(proxy), request.body().clone());
    // The judge asks the emulator, and waits for its answers.
    let judged = tokio::task::spawn_blocking(move || {
        proxy.judge.as_ref().and_then(|judge| judge.judge(target.as_deref(), signed.as_deref(), &body).err())
    });
    Ok(judged.await?)
}

/// Forwards a request, and both directions of the WebSocket that the server makes of its connection.
async fn forward(to: u16, socket: &Socket, request: Request<Bytes>) -> Result<Answer, Error> {
    let mut answer = http::exchange(to, request.clone().map(Full::new)).await?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let (client, server) = (upgrade::on(request), upgrade::on(&mut answer));
        socket.set(Some(tokio::spawn(async {
            let (mut client, mut server) = (TokioIo::new(client.await?), TokioIo::new(server.await?));
            copy_bidirectional(&mut client, &mut server).await?;
            Ok(())
        })));
    }
    whole(answer).await
}

async fn fetch(to: u16, request: &Request<Bytes>) -> Result<Answer, Error> {
    whole(http::exchange(to, request.clone().map(Full::new)).await?).await
}

async fn whole(answer: Response<Incoming>) -> Result<Answer, Error> {
    let (head, body) = answer.into_parts();
    Ok(Response::from_parts(head, Full::new(body.collect().await?.to_bytes())))
}
