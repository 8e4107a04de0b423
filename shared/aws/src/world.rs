//! What tests of this crate stand in: a fresh table in this process, the other services as the test scripts them, a clock that
//! it turns, and an ear at the log. Never part of the product.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, Mutex, Once};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType,
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::SdkConfig;
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::item::{Attributes, text};
use crate::keys::{BY_USER, DUE, DUE_SHARD, ItemKey, PK, SK, USER};
use crate::settings::Settings;
use crate::testing::Reply;

/// When every test begins: 2026-11-21 15:00:00 in China.
pub const START: i64 = 1_795_244_400;

/// A call of a service that is not the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// The operation's name, or the path where the service has none.
    pub call: String,
    pub body: String,
}

type Script = Box<dyn FnMut(&Heard) -> Reply + Send>;

/// The wire: calls of the table reach it, all others the script.
struct Wire {
    table: Connector,
    script: Mutex<Script>,
    heard: Mutex<Vec<Heard>>,
    /// Answers of the table that get lost from here on.
    lost: Mutex<u32>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    fn loses_this(&self) -> bool {
        let mut lost = self.lost.lock().unwrap();
        let loses = *lost > 0;
        *lost = lost.saturating_sub(1);
        loses
    }
}

#[derive(Clone, Debug)]
struct Wired(Arc<Wire>);

impl HttpConnector for Wired {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        if target.as_deref().is_some_and(|target| target.starts_with("DynamoDB_")) {
            let (answer, loses) = (self.0.table.call(request), self.0.loses_this());
            return HttpConnectorFuture::new(async move {
                let answer = answer.await;
                if loses { Err(ConnectorError::io("the answer got lost".into())) } else { answer }
            });
        }
        let path =
            request.uri().split_once("//").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        let call = target.as_deref().and_then(|target| target.rsplit('.').next()).unwrap_or(path).to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap();
        let heard = Heard { call, body };
        let reply = (self.0.script.lock().unwrap())(&heard);
        self.0.heard.lock().unwrap().push(heard);
        reply.send()
    }
}

pub struct World {
    pub aws: Aws,
    wire: Arc<Wire>,
    clock: Rc<Cell<Time>>,
    /// Dropped with the world: so the table ends.
    _table: tokio::sync::oneshot::Sender<()>,
}

impl World {
    /// Of the stage `test`, where other services do not answer unless they are scripted.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these variables besides, or instead of the usual ones.
    pub async fn with(variables: &[(&'static str, &'static str)]) -> Self {
        listen();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let engine = dynoxide::Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, engine, async {
            let _ = stopped.await;
        }));
        let wire = Arc::new(Wire {
            table: Connector::builder().build_http(),
            script: Mutex::new(Box::new(|_| Reply::Nothing)),
            heard: Mutex::default(),
            lost: Mutex::default(),
        });
        let usual = [
            ("AWS_REGION", "cn-north-1"),
            ("STAGE", "test"),
            ("TABLE_NAME", "till"),
            ("FULFILMENT_QUEUE_URL", "http://127.0.0.1/000000000000/fulfilment"),
            ("WEBSOCKET_API_ID", "abcd1234"),
        ];
        let settings = Settings::read(|name| {
            let found = variables.iter().chain(&usual).find(|(known, _)| *known == name);
            let value = found.map(|(_, value)| (*value).to_owned());
            value.or_else(|| (name == "AWS_ENDPOINT_URL").then(|| endpoint.clone()))
        });
        let clock = Rc::new(Cell::new(Time::from_unix(START).unwrap()));
        let now = Rc::clone(&clock);
        let aws = Aws::new(settings.unwrap(), config(&endpoint, &wire)).by_clock(move || now.get());
        create_table(&aws).await;
        Self { aws, wire, clock, _table: stop }
    }

    pub fn script(&self, script: impl FnMut(&Heard) -> Reply + Send + 'static) {
        *self.wire.script.lock().unwrap() = Box::new(script);
    }

    /// What the other services heard since the last time, in order.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.wire.heard.lock().unwrap())
    }

    /// Loses the next answer of the table: what was asked is done.
    pub fn lose_next_answer(&self) {
        *self.wire.lost.lock().unwrap() = 1;
    }

    pub fn now(&self) -> Time {
        self.clock.get()
    }

    pub fn pass(&self, length: Seconds) {
        self.clock.set(self.clock.get().plus(length));
    }

    /// Puts an item there behind everybody's back.
    pub async fn put(&self, key: &ItemKey, mut item: Attributes) {
        item.extend(key.attributes());
        let put = self.aws.clients.dynamodb().put_item().table_name("till").set_item(Some(item));
        put.send().await.unwrap();
    }

    /// What stands there, over or not, without its keys.
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

    /// How many items there are of a partition, over or not.
    pub async fn count(&self, pk: &str) -> usize {
        let query = self.aws.clients.dynamodb().query().table_name("till").key_condition_expression("pk = :pk");
        query.expression_attribute_values(":pk", text(pk)).send().await.unwrap().items().len()
    }
}

fn config(endpoint: &str, wire: &Arc<Wire>) -> SdkConfig {
    let connector = SharedHttpConnector::new(Wired(Arc::clone(wire)));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("cn-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
        .endpoint_url(endpoint)
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(std::time::Duration::ZERO))
        .build()
}

async fn create_table(aws: &Aws) {
    let mut create = aws.clients.dynamodb().create_table().table_name("till").billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [(PK, "S"), (SK, "S"), (USER, "S"), (DUE_SHARD, "S"), (DUE, "N")] {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(kind.into());
        create = create.attribute_definitions(definition.build().unwrap());
    }
    for (index, partition, place) in [(BY_USER, USER, PK), (DUE, DUE_SHARD, DUE)] {
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

/// An item as it was released, in DynamoDB's own JSON.
pub fn shape(json: &str) -> Attributes {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
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
        "M" => AttributeValue::M(
            value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect(),
        ),
        "B" => {
            use base64::Engine as _;
            crate::item::bytes(base64::engine::general_purpose::STANDARD.decode(word()).unwrap())
        }
        other => panic!("no such kind: {other}"),
    }
}

type Said = Rc<RefCell<Vec<String>>>;

thread_local! {
    /// Who listens to the log of this thread.
    static LISTENER: RefCell<Option<Said>> = const { RefCell::new(None) };
}

/// Hears the log of this thread while it is kept.
pub struct Ear(Said);

impl Ear {
    pub fn new() -> Self {
        listen();
        let said = Said::default();
        LISTENER.set(Some(Rc::clone(&said)));
        Self(said)
    }

    /// The lines since the last time, as `LEVEL name=value name=value`.
    pub fn said(&self) -> Vec<String> {
        self.0.take()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        LISTENER.set(None);
    }
}

/// One listener for all threads: those that come and go miss what is said for the first time while they do.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Listening).unwrap());
}

struct Listening;

impl tracing::Subscriber for Listening {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("till_")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let Some(listener) = LISTENER.with_borrow(Clone::clone) else { return };
        let mut line = event.metadata().level().to_string();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            use std::fmt::Write as _;
            write!(line, " {field}={value:?}").unwrap();
        });
        listener.borrow_mut().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
