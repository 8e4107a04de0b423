//! The store on DynamoDB, with an engine in this process.

use std::collections::HashMap;
use std::time::Duration;

use aws_smithy_types::timeout::TimeoutConfig;
use dynoxide::storage_backend::ManualClock;
use dynoxide::{AttributeValue, Database};
use serde_json::{Value, json};
use till_app::ports::{
    AccountSettings, Change, KeepAccounts as _, KeepProducts as _, ListedProduct, Message, Noted, Push as _,
};
use till_app::setup::{is_same, save_account, save_product};
use till_aws::{Aws, Settings, configure};
use till_contract::Departure;
use till_contract::tap::Tap;
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_memory::{Memory, Tables};

use crate::bank::Bank;
use crate::fixture::{start, user};
use crate::tested_store::{TestedStore, Write};

const TABLE: &str = "till";
const TRY_TIMEOUT: Duration = Duration::from_secs(30);

pub type Item = HashMap<String, AttributeValue>;

pub struct InTable {
    aws: Aws,
    /// The program `till`, as another process with caches of its own.
    operator: Aws,
    rest: Memory,
    bank: Bank,
    pub tap: Tap,
    engine: Database,
    clock: ManualClock,
}

impl TestedStore for InTable {
    const DEPARTURES: &'static [Departure] = &[Departure {
        case: "index::lagging_index_names_the_former_orders",
        why: "the engine updates indexes at once, and AWS a little later",
        says: "it has not seen the order yet",
    }];

    type Store = Aws;

    async fn new() -> Self {
        let clock = ManualClock::new(0);
        let engine = Database::memory_with_clock(clock.arc()).unwrap();
        make_table(&engine);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        // The server ends with the runtime of its case.
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, engine.clone(), std::future::pending()));
        let bank = Bank::default();
        let rest = Memory::new(Tables::new(Vec::new(), Vec::new()), bank.clone(), start());
        let tap = Tap::metering();
        let (aws, operator) = (connect(&url, &tap, &rest), connect(&url, &Tap::metering(), &rest));
        Self { aws, operator, rest, bank, tap, engine, clock }
    }

    fn store(&self) -> &Aws {
        &self.aws
    }

    fn rest(&self) -> &Memory {
        &self.rest
    }

    fn bank(&self) -> &Bank {
        &self.bank
    }

    async fn purge(&self) {
        self.clock.set(self.now().unix().try_into().unwrap());
        self.engine.sweep_ttl().unwrap();
    }

    async fn let_indexes_lag(&self) {}

    async fn catch_up(&self) {}

    fn lose_answer(&self, of: Write) {
        match of {
            Write::Order | Write::FirstClaim => self.tap.lose(&["PutItem", "UpdateItem"], 1),
            Write::Goods => self.tap.lose(&["TransactWriteItems"], 1),
        }
    }

    async fn put_product(&self, displayed: ListedProduct) {
        let all = self.operator.noted_products().await.unwrap();
        let stands = all.iter().find(|one| is_same(&one.item.product, &displayed.product));
        let notes = stands.map(|one| one.notes.clone()).unwrap_or_default();
        let kept = Noted { item: displayed, notes: notes.with(Change::by_program(user(), self.now())) };
        save_product(&self.operator, stands, &kept, None).await.unwrap();
    }

    async fn put_account(&self, settings: AccountSettings) {
        let all = self.operator.noted_accounts().await.unwrap().accounts;
        let stands = all.iter().find(|one| one.item.account == settings.account);
        let notes = stands.map(|one| one.notes.clone()).unwrap_or_default();
        let kept = Noted { item: settings, notes: notes.with(Change::by_program(user(), self.now())) };
        save_account(&self.operator, &all, &kept, None, None).await.unwrap();
    }

    async fn records(&self, no: OrderNo) -> usize {
        let partition = format!("ORDER#{no}");
        self.items().iter().filter(|item| key(item, "pk") == partition && key(item, "sk").starts_with("REC#")).count()
    }

    async fn orphans(&self) -> Vec<String> {
        let items = self.items();
        let name = |item: &Item| {
            let provider = key(item, "pk").strip_prefix("ORPHAN#")?.to_owned();
            Some(format!("{provider} {}", key(item, "sk")))
        };
        let mut kept: Vec<String> = items.iter().filter_map(name).collect();
        kept.sort_unstable();
        kept
    }

    async fn strays(&self) -> usize {
        self.items().iter().filter(|item| key(item, "pk").starts_with("STRAY#")).count()
    }

    async fn listeners(&self, user: &UserId, no: OrderNo) -> Vec<String> {
        self.tap.take_posts();
        self.aws.push(user, no, Message::PaymentSuccess).await;
        let mut heard = self.tap.take_posts();
        heard.sort_unstable();
        heard
    }

    async fn closed(&self) -> Vec<String> {
        self.tap.take_closed()
    }

    async fn has_ttl(&self, no: OrderNo) -> bool {
        let partition = format!("ORDER#{no}");
        let items = self.items();
        let order = items.iter().find(|item| key(item, "pk") == partition && key(item, "sk") == "ORDER");
        order.is_some_and(|order| order.contains_key("ttl"))
    }
}

impl InTable {
    pub const fn other_process(&self) -> &Aws {
        &self.operator
    }

    /// Puts items into the table without the ports.
    pub fn put_items(&self, items: Vec<Item>) {
        self.engine.import_items(TABLE, items, dynoxide::ImportOptions::default()).unwrap();
    }

    pub fn items(&self) -> Vec<Item> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let mut request: dynoxide::actions::scan::ScanRequest =
                serde_json::from_value(json!({ "TableName": TABLE })).unwrap();
            request.exclusive_start_key = from;
            let page = self.engine.scan(request).unwrap();
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return items;
            }
        }
    }
}

pub fn key<'a>(item: &'a Item, name: &str) -> &'a str {
    match &item[name] {
        AttributeValue::S(text) => text,
        other => panic!("{name} is no text: {other:?}"),
    }
}

fn connect(url: &str, tap: &Tap, rest: &Memory) -> Aws {
    let variable = |name: &'static str| {
        let value = match name {
            "AWS_REGION" => "cn-north-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "STAGE" => "test",
            "TABLE_NAME" => TABLE,
            "AWS_ENDPOINT_URL" => url,
            "WEBSOCKET_API_ID" => "sockets",
            "PAYMENT_MOCK_MODE" | "MONEY_SHARDS" => "true",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let settings = Settings::read(variable).unwrap();
    // Only the time-out differs from the product's configuration.
    let patient = TimeoutConfig::builder().operation_attempt_timeout(TRY_TIMEOUT).build();
    let config = configure(&settings, variable).into_builder();
    let config = config.http_client(tap.client()).timeout_config(patient).build();
    let clock = rest.clone();
    Aws::new(settings, config).with_clock(move || till_app::ports::Clock::now(&clock.ports()))
}

fn make_table(engine: &Database) {
    let name = |name: &str, kind: &str| json!({ "AttributeName": name, "AttributeType": kind });
    let keys = |hash: &str, range: &str| json!([{ "AttributeName": hash, "KeyType": "HASH" }, { "AttributeName": range, "KeyType": "RANGE" }]);
    let index = |name: &str, keys: Value| json!({ "IndexName": name, "KeySchema": keys, "Projection": { "ProjectionType": "KEYS_ONLY" } });
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            name("pk", "S"), name("sk", "S"), name("u", "S"), name("ds", "S"), name("due", "N"), name("day", "S"),
            name("tr", "S"), name("held", "S"), name("hs", "N"),
        ],
        "KeySchema": keys("pk", "sk"),
        "GlobalSecondaryIndexes": [
            index("by_user", keys("u", "pk")), index("due", keys("ds", "due")), index("by_day", keys("day", "pk")),
            index("by_trade", keys("tr", "pk")), index("held", keys("held", "hs")),
        ],
    });
    engine.create_table(serde_json::from_value(table).unwrap()).unwrap();
    let ttl = json!({
        "TableName": TABLE,
        "TimeToLiveSpecification": { "AttributeName": "ttl", "Enabled": true },
    });
    engine.update_time_to_live(serde_json::from_value(ttl).unwrap()).unwrap();
}
