//! DynamoDB: an engine in this process, reached over its own HTTP server. Each connection of a caller has one to the engine, so
//! that a request takes one hop more and no connection more.

use std::net::SocketAddr;
use std::thread;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::CONTENT_LENGTH;
use hyper::http::request::Parts;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::aws::unknown;
use super::serve::Response;
use crate::Failure;

/// A connection to the engine, opened when it is needed.
pub struct Table {
    address: SocketAddr,
    sender: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Table {
    pub fn at(address: SocketAddr) -> Self {
        Self { address, sender: Mutex::new(None) }
    }

    pub async fn forward(&self, head: &Parts, body: Bytes) -> Response {
        match self.exchange(head, body).await {
            Ok(response) => response,
            Err(error) => unknown(&format!("the engine of the table: {error}")),
        }
    }

    async fn exchange(&self, head: &Parts, body: Bytes) -> Result<Response, Failure> {
        let mut sender = self.sender.lock().await;
        let ready = match sender.take().filter(|sender| !sender.is_closed()) {
            Some(ready) => ready,
            None => connect(self.address).await?,
        };
        let sender = sender.insert(ready);
        sender.ready().await?;
        let mut request = Request::builder().method(&head.method).uri("/");
        // The body is not the one that was sent: its length is another.
        for (name, value) in head.headers.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
            request = request.header(name, value);
        }
        let (head, body) = sender.send_request(request.body(Full::new(body))?).await?.into_parts();
        Ok(Response::from_parts(head, Full::new(whole(body).await?)))
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with its sender.
    tokio::spawn(connection);
    Ok(sender)
}

async fn whole(body: Incoming) -> Result<Bytes, Failure> {
    Ok(body.collect().await?.to_bytes())
}

/// Starts the engine with these tables, each as the stacks make it.
pub fn start(tables: &[&str]) -> Result<(dynoxide::Database, SocketAddr), Failure> {
    let engine = dynoxide::Database::memory()?;
    for name in tables {
        engine.create_table(serde_json::from_value(definition(name))?)?;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = engine.clone();
    thread::Builder::new().name("table".to_owned()).spawn(move || {
        runtime.block_on(async {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => dynoxide::server::serve_on(listener, served).await,
                Err(error) => eprintln!("the engine of the table cannot start: {error}"),
            }
        });
    })?;
    Ok((engine, address))
}

fn definition(name: &str) -> Value {
    let keys = |partition: &str, sort: &str| json!([{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]);
    let index = |name: &str, partition: &str, sort: &str| {
        let projection = json!({"ProjectionType": "KEYS_ONLY"});
        json!({"IndexName": name, "KeySchema": keys(partition, sort), "Projection": projection})
    };
    let attribute = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": keys("pk", "sk"),
        "AttributeDefinitions": [
            attribute("pk", "S"), attribute("sk", "S"), attribute("u", "S"), attribute("ds", "S"), attribute("due", "N"),
            attribute("day", "S"), attribute("tr", "S"), attribute("held", "S"), attribute("hs", "N"),
        ],
        "GlobalSecondaryIndexes": [
            index("by_user", "u", "pk"), index("due", "ds", "due"), index("by_day", "day", "pk"), index("by_trade", "tr", "pk"),
            index("held", "held", "hs"),
        ],
    })
}
