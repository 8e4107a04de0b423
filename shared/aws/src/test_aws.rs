//! The ports of this crate as its tests use them: on a fresh table in this process, with scripted answers of the other services
//! and a clock that the test sets.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_types::sdk_config::Builder;
use till_domain::time::{Seconds, Time};
use till_http::SdkConnector;
use till_memory::LogCapture;

use crate::aws::Aws;
use crate::clients::web_client;
use crate::item::{Attributes, text};
use crate::keys::{BY_DAY, BY_TRADE, BY_USER, DAY, DUE, DUE_SHARD, HELD, HELD_SINCE, ItemKey, PK, SK, TRADE, USER};
use crate::order_item::samples::start;
use crate::settings::Settings;

/// What a service does with a call.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(u16, String),
    BrokenConnection,
    Silence,
}

impl Reply {
    fn send(self) -> HttpConnectorFuture {
        HttpConnectorFuture::new(async move {
            match self {
                Self::Answer(status, body) => {
                    Ok(HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body)))
                }
                Self::BrokenConnection => Err(ConnectorError::io("the connection broke".into())),
                Self::Silence => std::future::pending().await,
            }
        })
    }
}

#[derive(Debug)]
struct FixedReply(Reply);

impl HttpConnector for FixedReply {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        self.0.clone().send()
    }
}

/// All ports on services that always reply the same; each call is tried once.
pub fn aws_that_answers(reply: Reply) -> Aws {
    let config = config("http://127.0.0.1:1", SharedHttpConnector::new(FixedReply(reply)))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(20)).build());
    Aws::new(settings(&[], ""), config.build())
}

/// A call of a service other than DynamoDB.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceCall {
    /// The operation's name, or the path where the service has none.
    pub operation: String,
    pub body: String,
}

type Script = Box<dyn FnMut(&ServiceCall) -> Reply + Send>;

/// Sends calls of DynamoDB to the table, and all others to the script.
struct Services {
    table: SdkConnector,
    script: Mutex<Script>,
    calls: Mutex<Vec<ServiceCall>>,
    /// How many of the table's next answers are lost.
    lost_answers: Mutex<u32>,
}

#[derive(Clone)]
struct ServicesConnector(Arc<Services>);

impl std::fmt::Debug for ServicesConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServicesConnector")
    }
}

impl HttpConnector for ServicesConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        if target.as_deref().is_some_and(|target| target.starts_with("DynamoDB_")) {
            let answer = self.0.table.call(request);
            let mut lost = self.0.lost_answers.lock().unwrap();
            let is_lost = *lost > 0;
            *lost = lost.saturating_sub(1);
            return HttpConnectorFuture::new(async move {
                let answer = answer.await;
                if is_lost { Err(ConnectorError::io("the answer is lost".into())) } else { answer }
            });
        }
        let path =
            request.uri().split_once("//").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        let operation = target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or(path).to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap();
        let call = ServiceCall { operation, body };
        let reply = (self.0.script.lock().unwrap())(&call);
        self.0.calls.lock().unwrap().push(call);
        reply.send()
    }
}

/// The answer of a queue; no answer of any other service.
fn accept_messages(call: &ServiceCall) -> Reply {
    if call.operation == "SendMessage" {
        Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned())
    } else {
        Reply::BrokenConnection
    }
}

pub struct TestAws {
    pub aws: Aws,
    services: Arc<Services>,
    clock: Rc<Cell<Time>>,
    /// Ends the table when it is dropped.
    _table: tokio::sync::oneshot::Sender<()>,
}

impl TestAws {
    /// In the stage `test`. Queues accept messages; other services do not answer before [`Self::on_call`].
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these variables besides the usual ones, or instead of them.
    pub async fn with(variables: &[(&'static str, &'static str)]) -> Self {
        LogCapture::install();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let engine = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, engine, async {
            let _ = stopped.await;
        }));
        let services = Arc::new(Services {
            table: SdkConnector::new(web_client()),
            script: Mutex::new(Box::new(accept_messages)),
            calls: Mutex::default(),
            lost_answers: Mutex::default(),
        });
        let clock = Rc::new(Cell::new(start()));
        let now = Rc::clone(&clock);
        let connector = SharedHttpConnector::new(ServicesConnector(Arc::clone(&services)));
        let retry = RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::ZERO);
        let config = config(&endpoint, connector).retry_config(retry).build();
        let aws = Aws::new(settings(variables, &endpoint), config).with_clock(move || now.get());
        create_table(&aws).await;
        Self { aws, services, clock, _table: stop }
    }

    pub fn on_call(&self, script: impl FnMut(&ServiceCall) -> Reply + Send + 'static) {
        *self.services.script.lock().unwrap() = Box::new(script);
    }

    /// The calls of other services since the last time, in order.
    pub fn take_calls(&self) -> Vec<ServiceCall> {
        std::mem::take(&mut self.services.calls.lock().unwrap())
    }

    /// Loses the next answer of the table; the call itself takes effect.
    pub fn lose_next_answer(&self) {
        *self.services.lost_answers.lock().unwrap() = 1;
    }

    /// At first [`start`].
    pub fn now(&self) -> Time {
        self.clock.get()
    }

    pub fn pass(&self, length: Seconds) {
        self.clock.set(self.clock.get().plus(length));
    }

    /// Writes an item without the ports.
    pub async fn put(&self, key: &ItemKey, item: Attributes) {
        self.aws.put_item(key, item).unwrap().send().await.unwrap();
    }

    /// The stored item without its keys, even if it has expired.
    pub async fn get(&self, key: &ItemKey) -> Option<Attributes> {
        let get = self.aws.clients.dynamodb().get_item().table_name("till").set_key(Some(key.attributes()));
        let mut item = get.consistent_read(true).send().await.unwrap().item?;
        item.remove(PK);
        item.remove(SK);
        Some(item)
    }

    pub async fn set(&self, key: &ItemKey, name: &str, value: AttributeValue) {
        let mut item = self.get(key).await.unwrap();
        item.insert(name.to_owned(), value);
        self.put(key, item).await;
    }

    /// The number of items in a partition, expired ones included.
    pub async fn count(&self, pk: &str) -> usize {
        let query = self.aws.clients.dynamodb().query().table_name("till").key_condition_expression("pk = :pk");
        query.expression_attribute_values(":pk", text(pk)).send().await.unwrap().items().len()
    }
}

fn settings(variables: &[(&'static str, &'static str)], endpoint: &str) -> Settings {
    let usual = [
        ("AWS_REGION", "cn-north-1"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("STAGE", "test"),
        ("TABLE_NAME", "till"),
        ("FULFILMENT_QUEUE_URL", "http://127.0.0.1/000000000000/fulfilment"),
        ("SWEEP_QUEUE_URL", "http://127.0.0.1/000000000000/sweep"),
        ("ALARMS_QUEUE_URL", "http://127.0.0.1/000000000000/alarms"),
        ("MONEY_SHARDS", "true"),
        ("WEBSOCKET_API_ID", "abcd1234"),
    ];
    let value = |name| variables.iter().copied().chain(usual).find(|(known, _)| *known == name);
    Settings::read(|name| value(name).map(|(_, value)| value.to_owned())).unwrap()
}

fn config(endpoint: &str, connector: SharedHttpConnector) -> Builder {
    Builder::default()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("cn-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
        .endpoint_url(endpoint)
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
}

async fn create_table(aws: &Aws) {
    let mut create = aws.clients.dynamodb().create_table().table_name("till").billing_mode(BillingMode::PayPerRequest);
    let names = [
        (PK, "S"),
        (SK, "S"),
        (USER, "S"),
        (DUE_SHARD, "S"),
        (DUE, "N"),
        (DAY, "S"),
        (TRADE, "S"),
        (HELD, "S"),
        (HELD_SINCE, "N"),
    ];
    for (name, kind) in names {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind.into());
        create = create.attribute_definitions(definition.build().unwrap());
    }
    let indexes = [
        (BY_USER, USER, PK),
        (DUE, DUE_SHARD, DUE),
        (BY_DAY, DAY, PK),
        (BY_TRADE, TRADE, PK),
        (HELD, HELD, HELD_SINCE),
    ];
    for (index, partition, place) in indexes {
        let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let index = GlobalSecondaryIndex::builder().index_name(index).set_key_schema(Some(schema(partition, place)));
        create = create.global_secondary_indexes(index.projection(keys_only).build().unwrap());
    }
    create.set_key_schema(Some(schema(PK, SK))).send().await.unwrap();
}

fn schema(partition: &str, place: &str) -> Vec<KeySchemaElement> {
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    vec![key(partition, KeyType::Hash), key(place, KeyType::Range)]
}

/// A released item, from DynamoDB's JSON.
pub fn released_item(json: &str) -> Attributes {
    map(&serde_json::from_str(json).unwrap())
}

fn map(value: &serde_json::Value) -> Attributes {
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &serde_json::Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    let word = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(word()),
        "N" => AttributeValue::N(word()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(attribute).collect()),
        "M" => AttributeValue::M(map(value)),
        "B" => {
            use base64::Engine as _;
            crate::item::bytes(base64::engine::general_purpose::STANDARD.decode(word()).unwrap())
        }
        other => panic!("no such kind: {other}"),
    }
}
