//! The shop: its products, accounts and tokens, and steps that bring an order into a state.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;
use till_app::caller::Caller;
use till_app::create::CreateRequest;
use till_app::fulfil::fulfil;
use till_app::ports::{AccountSettings, Clock as _, Payer, RequestHash, Secret, Task};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::language::Language;
use till_domain::money::Money;
use till_domain::order::{Order, Report, Says};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{
    AccountId, Announcement, ProductId, ProductName, ProductType, QuotaName, TierName, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};
use till_lambda::checkout_link::checkout_url;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::settings::Environment;
use till_memory::flows::{create, settle};
use till_memory::{CallKind, Fault, Memory, Ports, ProviderCall, Tables};

use crate::answer::Answered;
use crate::document;
use crate::event::Event;
use crate::script::Script;

/// The functions' settings.
const SETTINGS: &[(&str, &str)] = &[
    ("STAGE", "test"),
    ("AWS_REGION", "eu-west-1"),
    ("HTTP_API_ID", "abc"),
    ("WEBSOCKET_API_ID", "abcdef1234"),
    ("RETURN_ORIGINS", "https://shop.example"),
];
/// The names of tokens in the sample events, with user and role.
pub const TOKENS: &[(&str, &str, Option<&str>)] = &[
    ("TOKEN_OF_A_USER", "u1", None),
    ("TOKEN_OF_ANOTHER_USER", "u2", None),
    ("TOKEN_OF_AN_ADMIN", "ann", Some("admin")),
    ("TOKEN_OF_A_SERVICE", "exporter", Some("service")),
];

/// The number of a new shop's first order.
pub const FIRST: &str = "ORD20250101120000P78EZM44";

/// A shop with products, one account at each provider, and no orders.
pub struct Shop {
    /// All tables, and the clock.
    pub memory: Memory,
    pub script: Script,
    secret: String,
    settings: BTreeMap<String, String>,
    paid: Cell<u32>,
}

impl Default for Shop {
    fn default() -> Self {
        Self::new()
    }
}

impl Shop {
    /// Its clock stands at noon on 2025-01-01, in China.
    pub fn new() -> Self {
        let script = Script::default();
        let played = script.clone();
        let accounts = Provider::ALL.map(|provider| Account { provider, id: AccountId::parse("main").unwrap() });
        let noon = Time::from_unix(1_735_704_000).unwrap();
        let tables = Tables::new(products(), accounts.to_vec());
        let memory = Memory::new(tables, move |call: &ProviderCall, _: Time| played.perform(call), noon);
        let secret = format!("{:032x}", RandomState::new().hash_one("bearer"));
        let tickets = format!("{:032x}", RandomState::new().hash_one("tickets"));
        for (name, key) in [("bearer", &secret), ("tickets", &tickets)] {
            let current = Arc::from(json!({ name: key }).to_string());
            memory.put_secret(name, Secret { current, previous: None });
        }
        let settings = SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { memory, script, secret, settings, paid: Cell::new(0) }
    }

    /// A shop with an unpaid order of user u1, [`FIRST`]: a membership for 99.00 CNY.
    pub fn with_order(method: Method) -> Self {
        let shop = Self::new();
        assert_eq!(shop.order("u1", "membership", "1", method), first());
        shop
    }

    /// Sets a variable of the functions' environment.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }
    pub fn environment(&self) -> Environment {
        self.settings.clone().into_iter().collect()
    }
    pub fn ports(&self) -> Ports<Memory> {
        self.memory.ports()
    }
    pub fn now(&self) -> Time {
        self.ports().now()
    }

    pub fn pass(&self, seconds: u32) {
        self.memory.pass(Seconds(seconds));
    }

    pub fn run<T>(&self, something: impl AsyncFnOnce(&Ports<Memory>) -> T) -> T {
        let ports = self.ports();
        something(&ports).now_or_never().expect("the process does not die")
    }

    #[track_caller]
    pub fn play(
        &self,
        event: &Event,
        function: impl AsyncFnOnce(&Ports<Memory>, &Request, Deadline) -> Response,
    ) -> Answered {
        self.play_until_death(event, function).expect("the process does not die")
    }

    /// Returns `None` if the process dies before it answers.
    pub fn play_until_death(
        &self,
        event: &Event,
        function: impl AsyncFnOnce(&Ports<Memory>, &Request, Deadline) -> Response,
    ) -> Option<Answered> {
        let request = event.request(|name| self.token(name));
        let deadline = Deadline::after(Duration::from_secs(20), Duration::MAX, self.now(), Instant::now());
        let ports = self.ports();
        let response = function(&ports, &request, deadline).now_or_never()?;
        document::check(&request, &response);
        Some(Answered(response))
    }

    /// The token for a name in the sample events.
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

    /// Makes an order that is open and not paid.
    pub fn order(&self, buyer: &str, kind: &str, product: &str, method: Method) -> OrderNo {
        let request = CreateRequest {
            by: Caller::buyer(user(buyer)),
            kind: ProductType::parse(kind).unwrap(),
            product: ProductId::parse(product).unwrap(),
            method,
            currency: None,
            is_upgrade: false,
            language: Language::Chinese,
            key: None,
            hash: RequestHash([0; 32]),
            payer: Payer::default(),
        };
        let deadline = self.now().plus(Seconds(20));
        let settings = till_app::Settings::default();
        let made = create(&self.ports(), &settings, &request, deadline).now_or_never().unwrap();
        made.unwrap().order.no
    }

    /// Settles what a callback about an order's first attempt says.
    pub fn hears(&self, no: OrderNo, says: Says) {
        let account = self.stored(no).attempts[0].account.clone();
        let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
        let payment_no = no.payment(AttemptNo::FIRST);
        settle(&self.ports(), payment_no, &[report]).now_or_never().unwrap().unwrap();
    }

    /// Pays an order in full, and returns the provider's number of the payment.
    pub fn pay(&self, no: OrderNo) -> TradeNo {
        let price = self.stored(no).sold.price;
        self.pay_amount(no, price)
    }

    pub fn pay_amount(&self, no: OrderNo, amount: Money) -> TradeNo {
        self.paid.set(self.paid.get() + 1);
        let trade_no = TradeNo::parse(&format!("T{}", self.paid.get())).unwrap();
        self.hears(no, self.paid(trade_no.as_str(), amount));
        trade_no
    }

    /// What a provider says of a payment that was made now.
    pub fn paid(&self, trade_no: &str, amount: Money) -> Says {
        Says::Paid { trade_no: TradeNo::parse(trade_no).unwrap(), amount, paid_at: self.now(), buyer: None }
    }

    /// Lets this call fail once.
    pub fn fail(&self, kind: CallKind, fault: Fault) {
        self.memory.faults(|faults| faults.plan(kind, 1, fault));
    }

    /// How often this call was made.
    pub fn seen(&self, kind: CallKind) -> u32 {
        self.memory.faults(|faults| faults.seen(kind))
    }

    /// Turns an account off: new attempts cannot go through it.
    /// The team suspends new orders, with these texts for buyers.
    pub fn suspend(&self, texts: &[(Language, &str)]) {
        let text = |(language, text): &(Language, &str)| (*language, Announcement::parse(text).unwrap());
        let (now, texts) = (self.now(), texts.iter().map(text).collect());
        self.memory.tables(|tables| tables.sales = tables.sales.suspended(now, texts));
    }

    pub fn turn_off(&self, provider: Provider) {
        self.memory.tables(|tables| {
            let of = |one: &&AccountSettings| one.account.provider == provider;
            let settings = tables.accounts.iter().find(of).expect("an account").clone();
            tables.put_account(AccountSettings { is_on: false, ..settings });
        });
    }

    pub fn grant(&self, no: OrderNo) {
        fulfil(&self.ports(), Task::Grant(no), None).now_or_never().unwrap().unwrap();
    }

    /// The query of the link to an order's page.
    pub fn link(&self, no: OrderNo, return_url: Option<&str>) -> String {
        let order = self.stored(no);
        let url = self.run(async |ports| checkout_url(ports, "https://pay.example", &order, return_url).await.unwrap());
        url.split_once('?').expect("a query").1.to_owned()
    }

    pub fn stored(&self, no: OrderNo) -> Order {
        self.memory.tables(|tables| Order::clone(&tables.orders[&no]))
    }

    /// The number of orders.
    pub fn orders(&self) -> usize {
        self.memory.tables(|tables| tables.orders.len())
    }
}
pub fn first() -> OrderNo {
    OrderNo::parse(FIRST).unwrap()
}
pub fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// All but `withdrawn` are on sale.
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
