//! The product's side of the wire against the sandbox's, over real HTTP on this machine: a sandbox and a merchant's address
//! for notifications, started anew for each test. The two sides share no code.

mod catcher;
mod merchants;
mod trade;

use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use till_app::ports::Clock;
use till_domain::time::Time;
use till_providers::http::Verb;
use till_providers::outside::Network;
use till_providers::transport::Transport;
use till_providers::{Headers, Outside as _, Request, Response};
use till_sandbox::keys::Sides;
use till_sandbox::memory::Memory;
use till_sandbox::{Config, Sandbox, server};

pub use catcher::{Catcher, Caught};
pub use merchants::{Known, Ways, merchants, merchants_of};
pub use trade::{LIFE, LONGEST_SILENCE, PRICE, Shop, Trade, payer};

/// How long a call may take, unless a test sets less.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Keys take seconds to make: all stacks of a process are the same merchant's, but for those that are to be another's.
static KEYS: LazyLock<Keys> = LazyLock::new(Keys::new);

#[derive(Clone)]
struct Keys {
    sandbox: Config,
    merchant: Value,
}

/// A sandbox, a merchant's address, and the way between them.
pub struct Stack {
    /// The merchant's side of the keys, as the sandbox gives it out.
    pub side: Value,
    /// The sandbox's address.
    pub base: String,
    /// Where callbacks come.
    pub catcher: Catcher,
    transport: Transport,
    runtime: tokio::runtime::Runtime,
}

impl Keys {
    fn new() -> Self {
        let sides = Sides::make("local", "", "").expect("keys");
        Self { merchant: serde_json::to_value(&sides.merchant).expect("JSON"), sandbox: sides.sandbox }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).ok().and_then(|now| Time::from_unix(now).ok()).unwrap_or(Time::FIRST)
    }

    async fn pause(&self, _: u32) {}
}

impl Stack {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    /// Starts both, with other settings of the sandbox.
    pub fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut keys = KEYS.clone();
        change(&mut keys.sandbox);
        Self::start_by(keys)
    }

    /// Starts both, as another merchant: with keys that nobody else has.
    pub fn start_as_another() -> Self {
        Self::start_by(Keys::new())
    }

    fn start_by(keys: Keys) -> Self {
        let Keys { mut sandbox, merchant: mut side } = keys;
        let catcher = Catcher::start();
        let webhook_url = format!("{}/stripe", catcher.base);
        let (sender, started) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            tokio::task::LocalSet::new().block_on(&runtime, async {
                let (listener, address) = server::bind(0).await.expect("a free port");
                // What it was set to is the path behind which it is to stand.
                sandbox.public_url = format!("http://{address}{}", sandbox.public_url);
                sandbox.stripe.iter_mut().for_each(|account| account.webhook_url.clone_from(&webhook_url));
                let (memory, due) = Memory::new().expect("a client");
                sender.send(sandbox.public_url.clone()).expect("somebody waits");
                let sandbox = Sandbox::open(sandbox, memory).expect("not production");
                server::serve(listener, Rc::new(sandbox), due).await;
            });
        });
        let base: String = started.recv().expect("a sandbox");
        side["base_url"] = base.clone().into();
        let transport = Transport::new().expect("a connector");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { side, base, catcher, transport, runtime }
    }

    /// The world outside, with half a minute left.
    pub fn world(&self) -> Network<'_, SystemClock> {
        self.world_for(PATIENCE)
    }

    /// The world outside, with so much time left.
    pub fn world_for(&self, left: Duration) -> Network<'_, SystemClock> {
        Network { clock: &SystemClock, transport: &self.transport, until: Instant::now() + left }
    }

    pub fn wait<T>(&self, talk: impl Future<Output = T>) -> T {
        self.runtime.block_on(talk)
    }

    /// What a tester does: `POST`s to an address of the sandbox, and reads the books that it answers.
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub fn test(&self, path: &str) -> Value {
        let response = self.call(Verb::Post, path);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        assert_eq!(response.status, 200, "POST {path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// A trade's books.
    ///
    /// # Panics
    /// When there are none.
    pub fn books(&self, payment_no: &str) -> Value {
        let response = self.call(Verb::Get, &format!("/books/{payment_no}"));
        serde_json::from_slice(&response.body).expect("JSON")
    }

    /// A plain call to the sandbox.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    pub fn call(&self, verb: Verb, path: &str) -> Response {
        let request =
            Request { verb, base: self.base.clone(), target: path.to_owned(), headers: Vec::new(), body: Vec::new() };
        self.wait(self.world().send(&request)).expect("an answer of the sandbox")
    }
}

/// A callback's headers, as the product reads them.
pub fn headers(caught: &Caught) -> Headers {
    Headers::new(caught.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
