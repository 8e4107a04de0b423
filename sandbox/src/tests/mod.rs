//! Tests of what all three sides share, and the fake ports of all tests: store, queue and receiver in memory, with
//! a clock that the tests move.

mod books;
mod deliver;
mod desk;
mod pages;
mod tester;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::books::Trade;
use crate::config::{Config, StripeAccount};
use crate::desk::Sandbox;
use crate::http::{Outgoing, Request, Response};
use crate::ports::{Clock, Delivery, Post, Queue, Store, StoreError, Stored, split};
use crate::provider::Provider;

pub const START: i64 = 1_767_225_600;

type Answer = Option<(u16, Vec<u8>)>;

#[derive(Default)]
pub struct Fake {
    pub documents: RefCell<BTreeMap<String, Stored>>,
    /// With the time when each is due.
    pub queue: RefCell<Vec<(i64, Delivery)>>,
    /// With the time when each was sent.
    pub posted: RefCell<Vec<(i64, Outgoing)>>,
    /// The merchant's next answers; after them always 200.
    pub answers: RefCell<VecDeque<Answer>>,
    /// Seconds since [`START`].
    pub passed: Cell<i64>,
    pub is_down: Cell<bool>,
    /// How many writes of existing trades meet a conflict.
    pub conflicts: Cell<u32>,
}

impl Store for Fake {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        if self.is_down.get() { Err(StoreError::Unavailable) } else { Ok(self.documents.borrow().get(key).cloned()) }
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        if self.is_down.get() {
            return Err(StoreError::Unavailable);
        }
        if over.is_some() && key.starts_with("trade/") && self.conflicts.get() > 0 {
            self.conflicts.set(self.conflicts.get() - 1);
            return Err(StoreError::Conflict);
        }
        let mut documents = self.documents.borrow_mut();
        let version = documents.get(key).map(|stored| stored.version);
        if version != over {
            return Err(StoreError::Conflict);
        }
        let version = version.unwrap_or(0) + 1;
        documents.insert(key.to_owned(), Stored { version, json: json.to_owned() });
        Ok(())
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        if self.is_down.get() {
            return Err(StoreError::Unavailable);
        }
        let documents = self.documents.borrow();
        let inside = documents.iter().rev().filter(|(name, _)| split(name).0 == folder);
        let found = inside.filter(|(name, _)| before.is_none_or(|before| split(name).1 < before)).take(most);
        Ok(found.map(|(name, stored)| (split(name).1.to_owned(), stored.clone())).collect())
    }
}

impl Queue for Fake {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        self.queue.borrow_mut().push((self.now() + i64::from(delay_seconds), delivery.clone()));
        Ok(())
    }
}

impl Post for Fake {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        self.posted.borrow_mut().push((self.now(), outgoing.clone()));
        self.answers.borrow_mut().pop_front().unwrap_or(Some((200, Vec::new())))
    }
}

impl Clock for Fake {
    fn now(&self) -> i64 {
        START + self.passed.get()
    }

    async fn sleep(&self, seconds: u32) {
        self.passed.set(self.passed.get() + i64::from(seconds));
    }
}

/// Two accounts at Stripe; neither may see the other's trades.
pub fn sandbox() -> Sandbox<Fake> {
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
        wechat: vec![],
        alipay: vec![],
        stripe: vec![account("main"), account("other")],
    };
    Sandbox::open(config, Fake::default()).unwrap()
}

pub fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Moves the clock until nothing is left to deliver.
pub async fn settle(sandbox: &Sandbox<Fake>) {
    loop {
        let next = {
            let mut queue = sandbox.ports.queue.borrow_mut();
            queue.sort_by_key(|(at, _)| *at);
            if queue.is_empty() { None } else { Some(queue.remove(0)) }
        };
        let Some((at, delivery)) = next else { return };
        sandbox.ports.passed.set(sandbox.ports.passed.get().max(at - START));
        sandbox.deliver(&delivery).await.unwrap();
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
