//! A deployment in memory that the sandbox calls: accounts with the sandbox's keys, and the three callback functions.

use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use till_app::ports::{AccountMode, AccountSettings, Clock as _, ReadSecret as _, Secret};
use till_domain::order::Order;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_lambda::http::Response;
use till_lambda::ports::{NoProviders, ports};
use till_lambda::settings::Environment;
use till_memory::{Memory, ProviderCall, Tables};
use till_providers::callbacks::Callbacks;
use till_providers::merchants::Merchants;
use till_shop::plain::{request, sample, within};
use till_wire::{Callback, Setup, Shop, SystemClock, Trade};

/// The address to which a callback is sent.
#[derive(Clone, Copy, Debug)]
pub enum Address {
    /// With this account's name; the body is text.
    WithAccount(&'static str),
    /// Without an account; the body is base64.
    Bare,
}

pub struct Deployment {
    pub memory: Memory,
    shop: Rc<Shop>,
    provider: Provider,
}

impl Deployment {
    /// A deployment with a trade's order, and with these accounts and secrets at the trade's provider.
    pub fn with(trade: &Trade, accounts: &[(&str, &Value)]) -> Self {
        let nobody = |_: &ProviderCall, _| -> till_memory::Answer { panic!("a callback creates no trade") };
        let mut tables = Tables::new(Vec::new(), Vec::new());
        let provider = trade.method.provider();
        let settings = accounts.iter().map(|(id, _)| AccountSettings {
            account: Account { provider, id: AccountId::parse(id).unwrap() },
            mode: AccountMode::Test,
            is_default: *id == "main",
            is_on: true,
            base_url: Some(trade.shop.stack.base.clone()),
            hints: Vec::new(),
        });
        tables.accounts = Arc::new(settings.collect());
        tables.orders.insert(trade.order.no, Arc::new(trade.order.clone()));
        let deployment =
            Self { memory: Memory::new(tables, nobody, SystemClock.now()), shop: Rc::clone(&trade.shop), provider };
        for (id, settings) in accounts {
            deployment.set(id, settings);
        }
        deployment
    }

    /// A deployment with one account, `main`, that has the sandbox's keys.
    pub fn of(trade: &Trade) -> Self {
        Self::with(trade, &[("main", &settings(trade))])
    }

    /// Changes an account's secret. The process may still have the old one in its cache.
    pub fn set(&self, id: &str, settings: &Value) {
        let secret = Secret { current: Arc::from(settings.to_string()), previous: None };
        self.memory.put_secret(&format!("account/{id}"), secret);
    }

    /// Puts an account's secret into the cache of the process, as an earlier callback does.
    pub fn has_read(&self, id: &str) {
        self.shop.stack.wait(self.memory.ports().read_secret(&format!("account/{id}"))).unwrap();
    }

    /// Passes a callback to its function in the form of the gateway's sample event.
    pub fn receive(&self, callback: &Callback, address: Address) -> Response {
        let function = match self.provider {
            Provider::WeChat => "wechat-callback",
            Provider::Alipay => "alipay-callback",
            Provider::Stripe => "stripe-webhook",
        };
        let mut event = match address {
            Address::WithAccount(_) => sample(&format!("{function}.payment")),
            Address::Bare => sample(&format!("{function}.bare")),
        };
        if let Address::WithAccount(id) = address {
            let path = event["rawPath"].as_str().unwrap().replace("/main", &format!("/{id}"));
            event["rawPath"] = path.into();
        }
        let text = std::str::from_utf8(&callback.body).unwrap();
        let is_encoded = matches!(address, Address::Bare);
        event["body"] = if is_encoded { STANDARD.encode(text).into() } else { text.into() };
        event["isBase64Encoded"] = is_encoded.into();
        for (name, value) in &callback.headers {
            event["headers"][name.to_ascii_lowercase()] = json!(value);
        }
        self.play(&event)
    }

    fn play(&self, event: &Value) -> Response {
        let (store, environment) = (self.memory.ports(), Environment::default());
        let merchants = Merchants::new(&store, "https://pay.example", false);
        let ports = ports(&store, NoProviders);
        let whole = till_lambda::callback::TIME_BUDGET;
        let (request, deadline) = (request(event), within(whole, SystemClock.now()));
        let outside = self.shop.stack.world_for(whole);
        self.shop.stack.wait(async {
            let endpoint = match self.provider {
                Provider::WeChat => till_wechat_callback::endpoint(&environment),
                Provider::Alipay => till_alipay_callback::endpoint(&environment),
                Provider::Stripe => till_stripe_webhook::endpoint(&environment),
            };
            let callbacks = Callbacks { provider: self.provider, merchants: &merchants, outside: &outside };
            endpoint.unwrap().receive(&ports, &callbacks, &request, deadline).await
        })
    }

    pub fn order(&self, trade: &Trade) -> Order {
        self.memory.tables(|tables| Order::clone(&tables.orders[&trade.order.no]))
    }

    /// The reasons of refused callbacks.
    pub fn strays(&self) -> Vec<&'static str> {
        self.memory.tables(|tables| tables.edge.strays.iter().map(|stray| stray.reason).collect())
    }
}

/// A merchant's settings with the sandbox's keys.
pub fn settings(trade: &Trade) -> Value {
    till_wire::settings(&trade.shop.stack.side, trade.method.provider(), Setup::default())
}
