//! A tap on the connection between the SDK and its services. It notes every call, and can lose an answer on its way back. A
//! metering tap also asks DynamoDB for the capacity of each call, and takes the posts to sockets itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;
use till_http::Roots;

/// A call of the table, and its cost.
#[derive(Clone, PartialEq, Debug)]
pub struct Metered {
    pub operation: String,
    pub index: Option<String>,
    /// Half units: an eventually consistent read of up to 4 KiB takes half a unit.
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
    calls: Vec<(String, Value)>,
    metered: Vec<Metered>,
    posts: Vec<String>,
    closed: Vec<String>,
    /// The answers of these operations that are to be lost, and how many.
    loss: Option<(Vec<&'static str>, usize)>,
}

/// Clones share their notes.
#[derive(Clone, Debug, Default)]
pub struct Tap {
    notes: Arc<Mutex<Notes>>,
    meters: bool,
}

impl Tap {
    pub fn metering() -> Self {
        Self { meters: true, ..Self::default() }
    }

    pub fn client(&self) -> SharedHttpClient {
        let (tap, plain) = (self.clone(), till_aws::connector(Roots::of_the_web()));
        http_client_fn(move |settings, components| {
            let plain = plain.http_connector(settings, components);
            SharedHttpConnector::new(TapConnector { tap: tap.clone(), plain })
        })
    }

    /// Loses the next answers to one of these operations; the calls take effect.
    pub fn lose(&self, operations: &[&'static str], answers: usize) {
        self.notes().loss = Some((operations.to_vec(), answers));
    }

    /// Whether a planned loss has not happened yet.
    pub fn is_losing(&self) -> bool {
        self.notes().loss.is_some()
    }

    /// The operations since the last look, with every try of the SDK.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.notes().calls).into_iter().map(|(operation, _)| operation).collect()
    }

    /// The requests of this operation since the last look, with every try of the SDK.
    pub fn take_requests(&self, operation: &str) -> Vec<Value> {
        let calls = std::mem::take(&mut self.notes().calls);
        calls.into_iter().filter(|(called, _)| called == operation).map(|(_, request)| request).collect()
    }

    /// The successful calls of the table since the last look.
    pub fn take_metered(&self) -> Vec<Metered> {
        std::mem::take(&mut self.notes().metered)
    }

    /// The sockets that received a message since the last look.
    pub fn take_posts(&self) -> Vec<String> {
        std::mem::take(&mut self.notes().posts)
    }

    /// The sockets that were closed since the last look.
    pub fn take_closed(&self) -> Vec<String> {
        std::mem::take(&mut self.notes().closed)
    }

    fn loses(&self, operation: &str) -> bool {
        let mut notes = self.notes();
        let Some((operations, left)) = &mut notes.loss else { return false };
        if !operations.contains(&operation) {
            return false;
        }
        *left = left.saturating_sub(1);
        if *left == 0 {
            notes.loss = None;
        }
        true
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct TapConnector {
    tap: Tap,
    plain: SharedHttpConnector,
}

impl HttpConnector for TapConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some((_, socket)) = request.uri().split_once("/@connections/").filter(|_| self.tap.meters) {
            let socket = socket.replace("%3D", "=").replace("%2B", "+").replace("%2F", "/");
            let mut notes = self.tap.notes();
            if request.method() == "DELETE" {
                notes.closed.push(socket);
            } else {
                notes.posts.push(socket);
            }
            drop(notes);
            let sent = 200.try_into().map(|status| HttpResponse::new(status, SdkBody::empty()));
            return HttpConnectorFuture::ready(sent.map_err(|error| ConnectorError::other(Box::new(error), None)));
        }
        let (tap, plain) = (self.tap.clone(), self.plain.clone());
        HttpConnectorFuture::new(async move { exchange(&tap, &plain, request).await })
    }
}

async fn exchange(
    tap: &Tap,
    plain: &SharedHttpConnector,
    mut request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let target = request.headers().get("x-amz-target").unwrap_or(request.uri());
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let mut asked: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    tap.notes().calls.push((operation.clone(), asked.clone()));
    if tap.meters {
        asked["ReturnConsumedCapacity"] = "TOTAL".into();
        let body = asked.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
    }
    let mut response = plain.call(request).await?;
    if !response.status().is_success() {
        return Ok(response);
    }
    if tap.meters {
        let body = ByteStream::new(response.take_body()).collect().await;
        let body = body.map_err(|error| ConnectorError::io(Box::new(error)))?.into_bytes();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let (index, strong) = (asked["IndexName"].as_str().map(str::to_owned), is_strong(&operation, &asked));
        let half_units = half_units(&answer["ConsumedCapacity"]);
        tap.notes().metered.push(Metered { operation: operation.clone(), index, half_units, strong });
        *response.body_mut() = SdkBody::from(body);
    }
    if tap.loses(&operation) { Err(ConnectorError::io("the answer is lost".into())) } else { Ok(response) }
}

fn is_strong(operation: &str, asked: &Value) -> bool {
    let strong = |asked: &Value| asked["ConsistentRead"] == true;
    match operation {
        "BatchGetItem" => asked["RequestItems"].as_object().is_some_and(|tables| tables.values().all(strong)),
        _ => strong(asked),
    }
}

/// The capacity of one table, or of a list of tables.
fn half_units(capacity: &Value) -> u64 {
    let one = |capacity: &Value| {
        let text = capacity["CapacityUnits"].to_string();
        let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
        let whole: u64 = whole.parse().unwrap_or_else(|_| panic!("no capacity: {capacity}"));
        whole * 2 + u64::from(rest.starts_with('5'))
    };
    match capacity {
        Value::Array(tables) => tables.iter().map(one).sum(),
        capacity => one(capacity),
    }
}
