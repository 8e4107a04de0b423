//! The shop of the measurements under load: one product, one account at WeChat Pay with keys of its own, the secrets of the
//! stage, and the three functions that an order passes through.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;
use serde_json::json;
use till_app::ports::{Ports, Provide, Secret};
use till_create_order::CreateOrder;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::Fulfilment;
use till_domain::product::{Grant, PointsGrant, Product};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductName, ProductType};
use till_domain::time::{Seconds, Time};
use till_fulfil_order::FulfilOrder;
use till_lambda::callback::Endpoint;
use till_lambda::deadline::Deadline;
use till_lambda::http::{self, ReadResponse as _, Response};
use till_lambda::queue::Batch;
use till_lambda::settings::Environment;
use till_memory::{Line as _, Ports as Store, Tables};
use till_providers::callbacks::Callbacks;
use till_providers::merchants::Merchants;
use till_providers::{NoAnswer, Outside, Request, Response as Answer};

use super::stub::{CODE, Stub};
use crate::Failure;
use crate::wechat::{Signed, WeChat};

const PUBLIC_BASE: &str = "https://pay.example";

pub struct Shop {
    pub stub: Stub,
    pub store: Store<Stub>,
    pub wechat: WeChat,
    bearer: EncodingKey,
    create: CreateOrder,
    endpoint: Endpoint,
}

/// The events of some orders.
pub struct Events {
    pub creations: Vec<String>,
    /// By order number, since requests side by side draw their numbers in any order.
    pub callbacks: HashMap<OrderNo, String>,
}

/// How long each step of an order took.
#[derive(Clone, Copy, Default)]
pub struct Steps {
    pub create: Duration,
    pub callback: Duration,
    pub grant: Duration,
}

impl Shop {
    pub fn open() -> Result<Self, Failure> {
        let wechat = WeChat::new()?;
        let now = Time::from_unix(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?)?;
        let key = format!("{:032x}", RandomState::new().hash_one("bearer"));
        let stub = Stub::new(tables()?, now);
        let settings = wechat.settings().to_string();
        let (bearer, tickets) = (json!({ "bearer": key }).to_string(), json!({ "tickets": key }).to_string());
        for (name, value) in [("bearer", bearer), ("tickets", tickets), ("account/main", settings)] {
            let secret = Secret { current: Arc::from(value), previous: None };
            stub.tables(|tables| tables.edge.secrets.insert(name.to_owned(), (secret, now)));
        }
        let environment: Environment = [
            ("STAGE", "bench"),
            ("AWS_REGION", "us-east-1"),
            ("WEBSOCKET_API_ID", "sockets"),
            ("RETURN_ORIGINS", "https://shop.example"),
        ]
        .into_iter()
        .collect();
        Ok(Self {
            store: till_memory::Ports(stub.clone()),
            stub,
            wechat,
            bearer: EncodingKey::from_secret(key.as_bytes()),
            create: CreateOrder::read(&environment)?,
            endpoint: till_wechat_callback::endpoint(&environment)?,
        })
    }

    pub fn merchants(&self) -> Merchants<'_, Store<Stub>> {
        Merchants::new(&self.store, PUBLIC_BASE, false)
    }

    /// The events of the next orders, each of another buyer.
    pub fn events(&self, orders: usize) -> Result<Events, Failure> {
        let now = self.stub.now();
        let creations = (0..orders).map(|buyer| self.create_event(buyer, now)).collect::<Result<_, _>>()?;
        let numbers = self.stub.next_orders(orders).into_iter();
        let callbacks = numbers.map(|no| Ok((no, self.callback_event(no, now)?))).collect::<Result<_, Failure>>()?;
        Ok(Events { creations, callbacks })
    }

    fn create_event(&self, buyer: usize, now: Time) -> Result<String, Failure> {
        let claims = json!({ "sub": format!("buyer-{buyer}"), "exp": now.plus(Seconds::hours(1)).unix() });
        let token = jsonwebtoken::encode(&Header::default(), &claims, &self.bearer)?;
        let bearer = format!("Bearer {token}");
        let key = format!("order-of-buyer-{buyer}");
        let headers = [
            ("accept-language", "zh-CN,zh;q=0.9"),
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
            ("user-agent", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"),
            ("x-forwarded-proto", "https"),
        ];
        let body = json!({"product_type": "points", "product_id": 1, "payment_method": "wechat"});
        let address = format!("10.{}.{}.{}", buyer >> 16 & 255, buyer >> 8 & 255, buyer & 255);
        Ok(event("/api/v1/payment/create-order", &headers, &body.to_string(), &address))
    }

    fn callback_event(&self, no: OrderNo, now: Time) -> Result<String, Failure> {
        let Signed { headers, body, .. } =
            self.wechat.callback(no.payment(AttemptNo::FIRST).to_string().as_str(), now)?.signed;
        let headers = headers.each_ref().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()));
        let mut headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        headers.push(("content-type", "application/json"));
        Ok(event("/api/v1/payment/wechat/callback/main", &headers, &body, "203.0.113.7"))
    }

    /// One order through its three functions: created, paid, and its goods granted. Each function reads its event's JSON and
    /// writes its answer's.
    pub async fn sell<P: Provide>(
        &self,
        merchants: &Merchants<'_, Store<Stub>>,
        providers: P,
        outside: &impl Outside,
        (create, callbacks): (&str, &HashMap<OrderNo, String>),
    ) -> Result<Steps, Failure> {
        let ports = Ports { store: &self.store, messages: &self.store, providers, clock: self.store.clone() };
        let ports = &ports;
        let begun = Instant::now();
        let request = http::read(create).map_err(|_| "the event of an order is no request")?;
        let response = self.create.handle(ports, &request, within(till_create_order::TIME_BUDGET, outside)).await;
        let no = order_no(&response)?;
        expect(response, 200)?;
        let created = Instant::now();

        let event = callbacks.get(&no).ok_or("an order has a number that was not foreseen")?;
        let request = http::read(event).map_err(|_| "the event of a callback is no request")?;
        let callbacks = Callbacks { provider: Provider::WeChat, merchants, outside };
        let deadline = within(till_wechat_callback::TIME_BUDGET, outside);
        expect(self.endpoint.receive(ports, &callbacks, &request, deadline).await, 204)?;
        let called_back = Instant::now();

        let batch: Batch = serde_json::from_str(&task(no))?;
        let deadline = within(till_fulfil_order::TIME_BUDGET, outside);
        let answer = FulfilOrder::read(&Environment::default())?.handle(ports, batch, deadline).await;
        if serialized(&answer)? != r#"{"batchItemFailures":[]}"# {
            return Err(format!("the goods of {no} were not granted").into());
        }
        let granted = Instant::now();
        Ok(Steps {
            create: created.duration_since(begun),
            callback: called_back.duration_since(created),
            grant: granted.duration_since(called_back),
        })
    }

    /// Fails unless every order has its goods. Then forgets the orders and all that came of them.
    pub fn check_and_clear(&self, orders: usize) -> Result<(), Failure> {
        let granted = self
            .stub
            .tables(|tables| tables.orders.values().filter(|order| order.fulfilment() == Fulfilment::Granted).count());
        if granted != orders {
            return Err(format!("of {orders} orders {granted} have their goods").into());
        }
        self.stub.forget_orders();
        Ok(())
    }
}

/// WeChat Pay at the other end of the connection: it answers each call with the same signed text. What it was sent is not
/// looked at; the sandbox and the official SDKs do that in the tests.
pub struct CannedWeChat {
    answer: Answer,
    now: Time,
}

impl CannedWeChat {
    pub fn of(shop: &Shop) -> Result<Self, Failure> {
        let now = shop.stub.now();
        let Signed { headers, body, .. } = shop.wechat.sign(json!({ "code_url": CODE }).to_string(), now)?;
        let headers = till_providers::Headers::new(headers);
        Ok(Self { answer: Answer { status: 200, headers, body: body.into_bytes() }, now })
    }
}

impl Outside for &CannedWeChat {
    fn now(&self) -> Time {
        self.now
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        till_providers::outside::nonce()
    }

    async fn send(&self, _: &Request) -> Result<Answer, NoAnswer> {
        tokio::task::yield_now().await;
        Ok(self.answer.clone())
    }
}

fn within(budget: Duration, outside: &impl Outside) -> Deadline {
    Deadline::after(budget, Duration::MAX, outside.now(), Instant::now())
}

/// The order number in an answer.
fn order_no(response: &Response) -> Result<OrderNo, Failure> {
    let text = response.text();
    let from = text.split_once(r#""order_no":""#).and_then(|(_, rest)| rest.split_once('"'));
    let (no, _) = from.ok_or_else(|| format!("an order was answered with {text}"))?;
    Ok(OrderNo::parse(no)?)
}

/// Writes the answer as it goes to Lambda, and checks its status.
fn expect(response: Response, status: u16) -> Result<(), Failure> {
    let code = response.code();
    let text = serialized(&http::written(response))?;
    if code == status { Ok(()) } else { Err(format!("expected {status}, got {text}").into()) }
}

fn serialized(answer: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string(answer)?)
}

/// The batch from the queue with the task to grant an order.
fn task(no: OrderNo) -> String {
    let body = json!({"v": 1, "task": "grant", "order_no": no.as_str()}).to_string();
    json!({"Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": body, "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
    }]})
    .to_string()
}

/// An event of an HTTP API.
fn event(path: &str, headers: &[(&str, &str)], body: &str, address: &str) -> String {
    let headers: serde_json::Map<String, serde_json::Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "version": "2.0", "routeKey": format!("POST {path}"), "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3d4e5", "requestId": "JKJaXmPLvHcESHA=", "stage": "$default",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": address, "userAgent": "bench" },
        },
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}

/// A product for 9.90 yuan, and an account at WeChat Pay.
pub fn tables() -> Result<Tables, Failure> {
    let grants = vec![Grant::Points(PointsGrant::new(100)?)];
    let (kind, id, name) = (ProductType::parse("points")?, ProductId::parse("1")?, ProductName::parse("100 点数")?);
    let product = Product::new(kind, id, name, vec![Money::new(990, Currency::CNY)?], grants)?;
    Ok(Tables::new(vec![product], vec![Account { provider: Provider::WeChat, id: AccountId::parse("main")? }]))
}
