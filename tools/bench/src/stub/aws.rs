//! The services of AWS at one address, told apart by what a request names, as emulators do. The API of the shop is here too:
//! it is what providers call, and what they say is kept for whoever waits for it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use http_body_util::{BodyExt as _, Collected, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use tokio_rustls::rustls::ServerConfig;

use super::counts::Counts;
use super::serve::{Bound, Response, answer};
use super::table::Table;
use super::{Addresses, State, capacity, secrets, sockets, sqs};
use crate::Failure;

pub const JSON: &str = "application/x-amz-json-1.1";
/// Begins the paths that providers call.
const SHOP: &str = "/api/v1/payment/";

/// A request that a provider sent to the shop.
#[derive(Clone, Debug)]
pub struct Callback {
    pub path: String,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub struct Aws {
    pub table: SocketAddr,
    pub state: Arc<State>,
    pub counts: Arc<Counts>,
    pub callbacks: Sender<Callback>,
    pub tls: Arc<ServerConfig>,
}

pub fn start(aws: Aws) -> Result<Addresses, Failure> {
    let (bound, addresses) = Bound::any()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("aws".to_owned()).spawn(move || {
        let tls = Arc::clone(&aws.tls);
        let aws = Rc::new(aws);
        let service = move || {
            let (aws, table) = (Rc::clone(&aws), Rc::new(Table::at(aws.table)));
            move |request| {
                let (aws, table) = (Rc::clone(&aws), Rc::clone(&table));
                async move { aws.answer(&table, request).await }
            }
        };
        let served = tokio::task::LocalSet::new().block_on(&runtime, bound.serve(tls, service));
        if let Err(error) = served {
            eprintln!("the stub of AWS ended: {error}");
        }
    })?;
    Ok(addresses)
}

impl Aws {
    async fn answer(&self, table: &Table, request: Request<Incoming>) -> Response {
        let (head, body) = request.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return unknown(&format!("a body broke off: {error}")),
        };
        let path = head.uri.path();
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        match target.and_then(|target| target.split_once('.')) {
            Some((service, operation)) if service.starts_with("DynamoDB") => {
                self.counts.add(&format!("DynamoDB {operation}"));
                let answer = table.forward(&head, capacity::asked(&body)).await;
                let (head, body) = answer.into_parts();
                // A body that is there already does not break off.
                let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
                capacity::note(&self.counts, operation, &body);
                Response::from_parts(head, Full::new(body))
            }
            Some(("secretsmanager", operation)) => {
                self.counts.add(&format!("Secrets Manager {operation}"));
                secrets::answer(&self.state.secrets, operation, &body)
            }
            Some(("AmazonSQS", operation)) => {
                self.counts.add(&format!("SQS {operation}"));
                sqs::answer(&self.state.messages, operation, &body)
            }
            Some(_) => unknown(&format!("the service of {target:?}")),
            None if path.starts_with(SHOP) => self.receive(&head, &body),
            None if path.contains("/@connections/") => {
                self.counts.add(&format!("API Gateway {} @connections", head.method));
                sockets::answer(head.method.as_str())
            }
            None => unknown(&format!("{} {path}", head.method)),
        }
    }

    /// Takes in a callback, and answers as each provider wants it.
    fn receive(&self, head: &hyper::http::request::Parts, body: &Bytes) -> Response {
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let callback = Callback { path: head.uri.path().to_owned(), headers: headers.collect(), body: body.to_vec() };
        // Nobody waits any more when the benchmark is about to end.
        let _ = self.callbacks.send(callback);
        answer(200, "text/plain", "success")
    }
}

/// A benchmark with a request that is not answered for real would be worthless, so the caller gets an error.
pub fn unknown(what: &str) -> Response {
    eprintln!("the stub of AWS has no answer for {what}");
    let body = serde_json::json!({"__type": "UnknownOperationException", "message": what});
    answer(400, JSON, body.to_string())
}
