//! The wire between the SDK and the table: it asks for the capacity that each call takes and adds it up, can lose an answer on
//! its way back, and notes what is sent to sockets.

use std::sync::{Arc, Mutex};

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;

/// One call of the table, and what it took.
#[derive(Clone, PartialEq, Debug)]
pub struct Metered {
    pub operation: String,
    /// Of which index, if of one.
    pub index: Option<String>,
    /// In half units: a weak read of up to 4 KiB takes half a one.
    pub half_units: u64,
    /// Whether every read in it was strongly consistent.
    pub strong: bool,
}

impl Metered {
    pub fn reads(&self) -> bool {
        matches!(self.operation.as_str(), "GetItem" | "BatchGetItem" | "Query")
    }
}

#[derive(Debug, Default)]
struct Notes {
    metered: Vec<Metered>,
    lose: Option<Vec<&'static str>>,
    posts: Vec<String>,
}

/// One end of the wire. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Wire(Arc<Mutex<Notes>>);

impl Wire {
    pub fn client(&self) -> SharedHttpClient {
        let (wire, plain) = (self.clone(), Builder::new().build_http());
        http_client_fn(move |settings, components| {
            let plain = plain.http_connector(settings, components);
            SharedHttpConnector::new(Tap { wire: wire.clone(), plain })
        })
    }

    /// The next answer to one of these operations is lost after it took effect.
    pub fn lose(&self, operations: &[&'static str]) {
        self.0.lock().unwrap().lose = Some(operations.to_vec());
    }

    pub fn take_metered(&self) -> Vec<Metered> {
        std::mem::take(&mut self.0.lock().unwrap().metered)
    }

    /// The sockets that something was sent to since the last look.
    pub fn take_posts(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().posts)
    }

    fn loses(&self, operation: &str) -> bool {
        let mut notes = self.0.lock().unwrap();
        let loses = notes.lose.as_ref().is_some_and(|operations| operations.contains(&operation));
        if loses {
            notes.lose = None;
        }
        loses
    }
}

#[derive(Debug)]
struct Tap {
    wire: Wire,
    plain: SharedHttpConnector,
}

impl HttpConnector for Tap {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some((_, socket)) = request.uri().split_once("/@connections/") {
            let socket = socket.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
            self.wire.0.lock().unwrap().posts.push(socket);
            let sent = HttpResponse::new(200.try_into().unwrap(), SdkBody::empty());
            return HttpConnectorFuture::ready(Ok(sent));
        }
        let (wire, plain) = (self.wire.clone(), self.plain.clone());
        HttpConnectorFuture::new(async move { metered(&wire, &plain, request).await })
    }
}

async fn metered(
    wire: &Wire,
    plain: &SharedHttpConnector,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let target = request.headers().get("x-amz-target").expect("a call of the table");
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let mut asked: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
    asked["ReturnConsumedCapacity"] = "TOTAL".into();
    let strong = is_strong(&operation, &asked);
    let index = asked["IndexName"].as_str().map(str::to_owned);
    let body = asked.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    let mut response = plain.call(request).await?;
    let body = ByteStream::new(response.take_body()).collect().await.unwrap().into_bytes();
    if response.status().is_success() {
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let half_units = half_units(&answer["ConsumedCapacity"]);
        wire.0.lock().unwrap().metered.push(Metered { operation: operation.clone(), index, half_units, strong });
        if wire.loses(&operation) {
            return Err(ConnectorError::io("the answer got lost".into()));
        }
    }
    *response.body_mut() = SdkBody::from(body);
    Ok(response)
}

fn is_strong(operation: &str, asked: &Value) -> bool {
    let strong = |asked: &Value| asked["ConsistentRead"] == true;
    match operation {
        "BatchGetItem" => asked["RequestItems"].as_object().is_some_and(|tables| tables.values().all(strong)),
        _ => strong(asked),
    }
}

/// One table's, or a list of tables'.
fn half_units(capacity: &Value) -> u64 {
    let one = |capacity: &Value| {
        let units = &capacity["CapacityUnits"];
        let text = units.to_string();
        let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
        let whole: u64 = whole.parse().unwrap_or_else(|_| panic!("no capacity: {capacity}"));
        whole * 2 + u64::from(rest.starts_with('5'))
    };
    match capacity {
        Value::Array(tables) => tables.iter().map(one).sum(),
        capacity => one(capacity),
    }
}
