//! The shop: products, accounts, users and their tokens, and what has happened already.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use till_app::create::CreateRequest;
use till_app::fulfil::fulfil;
use till_app::ports::{Clock as _, Payer, RequestHash, Secret, Task};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Order, Report, Says};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, ProductId, ProductName, ProductType, QuotaName, TierName, TradeNo, UserId};
use till_domain::time::{Seconds, Time};
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::settings::Environment;
use till_memory::flows::{create, settle};
use till_memory::{Memory, Ports, ProviderCall, Tables};

use crate::answer::Answered;
use crate::event::Event;
use crate::script::Script;

/// What every function is told here.
const SETTINGS: &[(&str, &str)] = &[
    ("STAGE", "test"),
    ("AWS_REGION", "eu-west-1"),
    ("WEBSOCKET_API_ID", "abcdef1234"),
    ("RETURN_ORIGINS", "https://shop.example"),
];
/// A token names its user so in the sample events, and so do the letters of who else calls.
const TOKENS: &[(&str, &str, Option<&str>)] = &[
    ("TOKEN_OF_A_USER", "u1", None),
    ("TOKEN_OF_ANOTHER_USER", "u2", None),
    ("TOKEN_OF_AN_ADMIN", "ann", Some("admin")),
    ("TOKEN_OF_A_SERVICE", "exporter", Some("service")),
];

/// A shop.
pub struct Shop {
    /// Everything that is stored, and the clock.
    pub memory: Memory,
    /// What the providers say.
    pub script: Script,
    secret: String,
    settings: Vec<(String, String)>,
    paid: Cell<u32>,
}

impl Default for Shop {
    fn default() -> Self {
        Self::new()
    }
}

impl Shop {
    /// A shop with its products, one account at each provider, and nothing sold yet: 2025-01-01, noon in China.
    #[must_use]
    pub fn new() -> Self {
        let script = Script::default();
        let played = script.clone();
        let accounts = Provider::ALL.map(|provider| Account { provider, id: AccountId::parse("main").unwrap() });
        let noon = Time::from_unix(1_735_704_000).unwrap();
        let tables = Tables::new(products(), accounts.to_vec());
        let memory = Memory::new(tables, move |call: &ProviderCall, _: Time| played.perform(call), noon);
        let secret = format!("{:032x}", RandomState::new().hash_one("bearer"));
        let keys = json!({"bearer": secret, "pages": format!("{:032x}", RandomState::new().hash_one("pages"))});
        let tokens = Secret { current: Arc::from(keys.to_string()), previous: None };
        memory.tables(|tables| tables.edge.secrets.insert("tokens".to_owned(), tokens));
        let settings = SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { memory, script, secret, settings, paid: Cell::new(0) }
    }

    /// The same, set up otherwise.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What its functions are told.
    #[must_use]
    pub fn environment(&self) -> Environment {
        // What is set later counts.
        self.settings.iter().cloned().collect::<BTreeMap<_, _>>().into_iter().collect()
    }

    /// Its ports.
    #[must_use]
    pub fn ports(&self) -> Ports<Memory> {
        self.memory.ports()
    }

    /// What time it is here.
    #[must_use]
    pub fn now(&self) -> Time {
        self.ports().now()
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u32) {
        self.memory.pass(Seconds(seconds));
    }

    /// Does something over its ports.
    pub fn run<T>(&self, something: impl AsyncFnOnce(&Ports<Memory>) -> T) -> T {
        let ports = self.ports();
        something(&ports).now_or_never().expect("no process dies here")
    }

    /// Plays an event to a function.
    #[track_caller]
    pub fn play(
        &self,
        event: &Event,
        function: impl AsyncFnOnce(&Ports<Memory>, &Request, Deadline) -> Response,
    ) -> Answered {
        self.play_until_death(event, function).expect("no process dies here")
    }

    /// The same, where the process may die on the way: then nothing is answered.
    pub fn play_until_death(
        &self,
        event: &Event,
        function: impl AsyncFnOnce(&Ports<Memory>, &Request, Deadline) -> Response,
    ) -> Option<Answered> {
        let request = event.request(|name| self.token(name));
        let deadline = Deadline::after(Duration::from_secs(20), Duration::MAX, self.now(), Instant::now());
        let ports = self.ports();
        function(&ports, &request, deadline).now_or_never().map(Answered)
    }

    /// The token of a name in the sample events.
    fn token(&self, name: &str) -> Option<String> {
        let (_, user, role) = TOKENS.iter().find(|(known, ..)| *known == name)?;
        let hour = self.now().plus(Seconds::hours(1)).unix();
        let claims = match role {
            Some(role) => json!({"sub": user, "exp": hour, "role": role}),
            None => json!({"sub": user, "exp": hour}),
        };
        let key = EncodingKey::from_secret(self.secret.as_bytes());
        Some(jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap())
    }

    /// An order of a user's, opened and not paid.
    pub fn order(&self, buyer: &str, kind: &str, product: &str, method: Method) -> OrderNo {
        let request = CreateRequest {
            user: user(buyer),
            kind: ProductType::parse(kind).unwrap(),
            product: ProductId::parse(product).unwrap(),
            method,
            currency: None,
            is_upgrade: false,
            key: None,
            hash: RequestHash([0; 32]),
            payer: Payer::default(),
        };
        let deadline = self.now().plus(Seconds(20));
        let settings = till_app::Settings::default();
        let made = create(&self.ports(), &settings, &request, deadline).now_or_never().unwrap();
        made.unwrap().order.no
    }

    /// A notification comes in about an order's first attempt.
    pub fn hears(&self, no: OrderNo, says: Says) {
        let account = self.stored(no).attempts[0].account.clone();
        let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
        let payment_no = no.payment(AttemptNo::FIRST);
        settle(&self.ports(), payment_no, &[report]).now_or_never().unwrap().unwrap();
    }

    /// An order is paid in full; gives the provider's number of the payment.
    pub fn pay(&self, no: OrderNo) -> TradeNo {
        let price = self.stored(no).sold.price;
        self.pay_amount(no, price)
    }

    /// So much is paid for an order.
    pub fn pay_amount(&self, no: OrderNo, amount: Money) -> TradeNo {
        self.paid.set(self.paid.get() + 1);
        let trade_no = TradeNo::parse(&format!("T{}", self.paid.get())).unwrap();
        self.hears(no, Says::Paid { trade_no: trade_no.clone(), amount, paid_at: self.now(), buyer: None });
        trade_no
    }

    /// What was paid for is delivered.
    pub fn grant(&self, no: OrderNo) {
        fulfil(&self.ports(), Task::Grant(no)).now_or_never().unwrap().unwrap();
    }

    /// An order as it is stored.
    pub fn stored(&self, no: OrderNo) -> Order {
        self.memory.tables(|tables| Order::clone(&tables.orders[&no]))
    }

    /// How many orders there are.
    #[must_use]
    pub fn orders(&self) -> usize {
        self.memory.tables(|tables| tables.orders.len())
    }
}

/// A user by name.
#[must_use]
pub fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// What is on sale, and one product that is not any more.
fn products() -> Vec<Product> {
    let (cny, usd) = (Currency::CNY, Currency::USD);
    let points = |amount| Grant::Points(PointsGrant::new(amount).unwrap());
    let tier = |name, rank| Tier { name: TierName::parse(name).unwrap(), rank };
    let member = |name, rank, days| Grant::Membership(MembershipGrant::new(tier(name, rank), days).unwrap());
    let queries = Grant::Quota(QuotaGrant::new(QuotaName::parse("queries").unwrap(), 100, 30).unwrap());
    let product = |kind, id, name, prices: &[(u64, Currency)], grants: Vec<Grant>| {
        let prices = prices.iter().map(|(minor, currency)| Money::new(*minor, *currency).unwrap()).collect();
        let (kind, name) = (ProductType::parse(kind).unwrap(), ProductName::parse(name).unwrap());
        Product::new(kind, ProductId::parse(id).unwrap(), name, prices, grants).unwrap()
    };
    let mut withdrawn = product("points", "withdrawn", "Old points", &[(990, cny)], vec![points(100)]);
    withdrawn.active = false;
    vec![
        product("membership", "1", "Pro, 30 days", &[(9900, cny), (1499, usd)], vec![member("pro", 1, 30)]),
        product("membership", "2", "Premium, 90 days", &[(24_900, cny)], vec![member("premium", 2, 90)]),
        product("package", "basic", "100 queries", &[(990, cny)], vec![queries, member("pro", 1, 30)]),
        product("points", "1", "100 points", &[(990, cny), (199, usd)], vec![points(100)]),
        product("points", "cheap", "One point", &[(49, usd)], vec![points(1)]),
        withdrawn,
    ]
}
