//! Tests of what all three sides share, and the fake ports of all tests: store, queue and receiver in memory, with
//! a clock that the tests move.

mod books;
mod deliver;
mod pages;
mod sandbox;
mod shop;
mod tester;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::Value;
use sha2::Sha256;

use crate::books::Trade;
use crate::config::{Config, StripeAccount};
use crate::http::{Outgoing, Request, Response};
use crate::keys::Sides;
use crate::lambda::Source;
use crate::memory::Memory;
use crate::ports::{BearerKey, Clock, Delivery, Post, Queue, Store, StoreError, Stored};
use crate::provider::Provider;
use crate::sandbox::Sandbox;

pub const START: i64 = 1_767_225_600;

type Answer = Option<(u16, Vec<u8>)>;

/// The ports of all tests. Copies share everything.
#[derive(Clone)]
pub struct FakePorts<S = Memory> {
    pub store: S,
    state: Rc<FakeState>,
}

#[derive(Default)]
pub struct FakeState {
    /// With the time when each is due.
    pub queue: RefCell<Vec<(i64, Delivery)>>,
    /// With the time when each was sent.
    pub posted: RefCell<Vec<(i64, Outgoing)>>,
    /// The merchant's next answers; after them always success.
    pub answers: RefCell<VecDeque<Answer>>,
    /// Seconds since [`START`].
    pub passed: Cell<i64>,
    pub slept: Cell<u32>,
    pub is_down: Cell<bool>,
    /// How many writes of existing trades meet a conflict.
    pub conflicts: Cell<u32>,
    /// Another caller opens every trade a moment earlier.
    pub is_raced: Cell<bool>,
    /// How many callbacks end in a panic.
    pub panics: Cell<u32>,
    pub config_reads: Cell<u32>,
    pub has_no_config: Cell<bool>,
    pub bearer_key: RefCell<Option<String>>,
    /// The stage in the configuration, if not the usual one.
    pub stage: RefCell<Option<String>>,
}

impl<S> FakePorts<S> {
    pub fn on(store: S) -> Self {
        Self { store, state: Rc::default() }
    }

    pub fn set_now(&self, now: i64) {
        self.passed.set(now - START);
    }
}

impl Default for FakePorts {
    fn default() -> Self {
        Self::on(Memory::new().0)
    }
}

impl<S> Deref for FakePorts<S> {
    type Target = FakeState;

    fn deref(&self) -> &FakeState {
        &self.state
    }
}

impl<S: Store> Store for FakePorts<S> {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        if self.is_down.get() { Err(StoreError::Unavailable) } else { self.store.load(key).await }
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        if self.is_down.get() {
            return Err(StoreError::Unavailable);
        }
        let is_trade = key.starts_with("trade/");
        if over.is_some() && is_trade && self.conflicts.get() > 0 {
            self.conflicts.set(self.conflicts.get() - 1);
            return Err(StoreError::Conflict);
        }
        if over.is_none() && is_trade && self.is_raced.get() {
            self.store.save(key, json, None).await?;
        }
        self.store.save(key, json, over).await
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        if self.is_down.get() { Err(StoreError::Unavailable) } else { self.store.list(folder, before, most).await }
    }
}

impl<S> Queue for FakePorts<S> {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        self.queue.borrow_mut().push((self.now() + i64::from(delay_seconds), delivery.clone()));
        Ok(())
    }
}

impl<S> Post for FakePorts<S> {
    async fn post(&self, outgoing: &Outgoing) -> Answer {
        if self.panics.get() > 0 {
            self.panics.set(self.panics.get() - 1);
            panic!("as the test wants it");
        }
        self.posted.borrow_mut().push((self.now(), outgoing.clone()));
        self.answers.borrow_mut().pop_front().unwrap_or(Some((200, b"success".to_vec())))
    }
}

impl<S> Clock for FakePorts<S> {
    fn now(&self) -> i64 {
        START + self.passed.get()
    }

    async fn sleep(&self, seconds: u32) {
        self.slept.set(self.slept.get() + seconds);
        self.passed.set(self.passed.get() + i64::from(seconds));
    }
}

impl<S> BearerKey for FakePorts<S> {
    async fn bearer_key(&self) -> Result<Option<String>, StoreError> {
        if self.is_down.get() { Err(StoreError::Unavailable) } else { Ok(self.bearer_key.borrow().clone()) }
    }
}

impl Source for FakePorts {
    async fn config(&self) -> Result<Config, StoreError> {
        self.config_reads.set(self.config_reads.get() + 1);
        if self.has_no_config.get() {
            return Err(StoreError::Unavailable);
        }
        let config = sandbox().config;
        let stage = self.stage.borrow().clone().unwrap_or_else(|| config.stage.clone());
        Ok(Config { public_url: "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4".to_owned(), stage, ..config })
    }
}

/// Waits for a future in a test.
pub trait Wait: Future {
    fn wait(self) -> Self::Output;
}

impl<F: Future> Wait for F {
    fn wait(self) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(self)
    }
}

/// Keys take long to make: once for all tests.
pub fn sides() -> &'static Sides {
    static SIDES: OnceLock<Sides> = OnceLock::new();
    SIDES.get_or_init(|| Sides::make("test", "http://sandbox.example", "http://127.0.0.1:9/stripe").unwrap())
}

/// The signature of a merchant, in base64.
pub fn rsa_signature(private_key: &str, message: &[u8]) -> String {
    let key = RsaPrivateKey::from_pkcs8_pem(private_key).unwrap();
    STANDARD.encode(SigningKey::<Sha256>::new(key).sign(message).to_bytes())
}

pub fn rsa_verifies(key: RsaPublicKey, message: &[u8], signature: &str) -> bool {
    let signature = STANDARD.decode(signature).ok();
    let signature = signature.and_then(|signature| Signature::try_from(signature.as_slice()).ok());
    signature.is_some_and(|signature| VerifyingKey::<Sha256>::new(key).verify(message, &signature).is_ok())
}

/// Two accounts at Stripe; neither may see the other's trades.
pub fn sandbox() -> Sandbox<FakePorts> {
    let account = |name: &str| StripeAccount {
        name: name.to_owned(),
        secret_key: format!("sk_test_{name}"),
        publishable_key: format!("pk_test_{name}"),
        webhook_url: "https://shop.example/stripe".to_owned(),
        webhook_secrets: vec![format!("whsec_{name}_new"), format!("whsec_{name}_old")],
    };
    let config = Config {
        stage: "local".to_owned(),
        public_url: "https://sandbox.example".to_owned(),
        api_url: "https://api.example".to_owned(),
        wechat: vec![],
        alipay: vec![],
        stripe: vec![account("main"), account("other")],
    };
    Sandbox::open(config, FakePorts::default()).unwrap()
}

/// Moves the clock until nothing is left to deliver.
pub fn settle(sandbox: &Sandbox<FakePorts>) {
    loop {
        let next = {
            let mut queue = sandbox.ports.queue.borrow_mut();
            queue.sort_by_key(|(at, _)| *at);
            if queue.is_empty() { None } else { Some(queue.remove(0)) }
        };
        let Some((at, delivery)) = next else { return };
        sandbox.ports.passed.set(sandbox.ports.passed.get().max(at - START));
        sandbox.deliver(&delivery).wait().unwrap();
    }
}

/// A request that wants JSON.
pub fn tester(method: &str, path: &str) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), ..Request::default() }
}

/// A request that wants a page.
pub fn browser(method: &str, path: &str) -> Request {
    Request { headers: vec![("Accept".to_owned(), "text/html,*/*".to_owned())], ..tester(method, path) }
}

/// A tester's action, or a fault: `pay`, `faults/time_out` …
pub fn act(sandbox: &Sandbox<FakePorts>, payment_no: &str, action: &str) {
    let answer = sandbox.handle(&tester("POST", &format!("/trades/{payment_no}/{action}"))).wait();
    assert_eq!(answer.status, 200, "{action}: {}", String::from_utf8_lossy(&answer.body));
}

pub fn stored(sandbox: &Sandbox<FakePorts>, payment_no: &str) -> Trade {
    sandbox.named(&format!("tester/{payment_no}")).wait().unwrap().unwrap()
}

pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

pub fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// An unpaid trade of 10.00 at Stripe.
pub fn trade(payment_no: &str) -> Trade {
    Trade {
        method: "checkout".to_owned(),
        subject: "Points".to_owned(),
        amount: 1000,
        currency: "USD".to_owned(),
        payable_until: Some(START + 3600),
        ..Trade::new(Provider::Stripe, "main", payment_no, START)
    }
}
