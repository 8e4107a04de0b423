//! The product's side of the wire against the sandbox's, over real HTTP on this machine. Each test starts its own sandbox and
//! its own server for callbacks. The two sides share no code.

#![expect(clippy::missing_panics_doc, reason = "a panic here fails the test that called it, as it should")]

mod merchants;
mod receiver;
mod trade;

use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use till_app::ports::Clock;
use till_domain::provider::Method;
use till_domain::time::Time;
use till_providers::http::Verb;
use till_providers::outside::Network;
use till_providers::transport::Transport;
use till_providers::{Headers, Outside as _, Request, Response};
use till_sandbox::keys::Sides;
use till_sandbox::memory::Memory;
use till_sandbox::{Config, Sandbox, server};

pub use merchants::{Merchants, Setup, merchants, merchants_of, settings};
pub use receiver::{Callback, CallbackReceiver};
pub use trade::{CALLBACK_TIMEOUT, LIFE, PRICE, Shop, Trade, payer, refund_word};

/// How long a call may take, unless a test sets less.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Keys take seconds to make: all stacks of a process have the same merchant, except those of [`Stack::start_as_another`].
static KEYS: LazyLock<Sides> = LazyLock::new(new_keys);

fn new_keys() -> Sides {
    Sides::make("local", "", "").expect("keys")
}

/// Runs a test for each method. A failure prints the method.
pub fn for_each(methods: impl IntoIterator<Item = Method>, test: impl Fn(Method)) {
    struct Running(Method);
    impl Drop for Running {
        fn drop(&mut self) {
            if thread::panicking() {
                eprintln!("the method was {}", self.0);
            }
        }
    }
    for method in methods {
        let _running = Running(method);
        test(method);
    }
}

/// A sandbox, a merchant's server for callbacks, and the HTTP client between them.
pub struct Stack {
    /// The merchant's side of the keys, as the sandbox gives it out.
    pub side: Value,
    /// The sandbox's address.
    pub base: String,
    /// The merchant's server for callbacks.
    pub receiver: CallbackReceiver,
    transport: Transport,
    runtime: tokio::runtime::Runtime,
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

    /// Starts both for another merchant, with new keys.
    pub fn start_as_another() -> Self {
        Self::start_by(new_keys())
    }

    fn start_by(keys: Sides) -> Self {
        let Sides { mut sandbox, merchant: mut side } = keys;
        let receiver = CallbackReceiver::start();
        let webhook_url = format!("{}/stripe", receiver.base);
        let (sender, started) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            tokio::task::LocalSet::new().block_on(&runtime, async {
                let (listener, address) = server::bind(0).await.expect("a free port");
                // The configured public address is only the path of the real one.
                sandbox.public_url = format!("http://{address}{}", sandbox.public_url);
                sandbox.stripe.iter_mut().for_each(|account| account.webhook_url.clone_from(&webhook_url));
                let (memory, due) = Memory::new();
                sender.send(sandbox.public_url.clone()).expect("the test waits for the address");
                let sandbox = Sandbox::open(sandbox, memory).expect("not production");
                server::serve(listener, Rc::new(sandbox), due).await;
            });
        });
        let base: String = started.recv().expect("a sandbox");
        side["base_url"] = base.clone().into();
        let transport = Transport::new(None).expect("the web has roots");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { side, base, receiver, transport, runtime }
    }

    pub fn world(&self) -> Network<'_, SystemClock> {
        self.world_for(PATIENCE)
    }

    pub fn world_for(&self, left: Duration) -> Network<'_, SystemClock> {
        Network { clock: &SystemClock, transport: &self.transport, until: Instant::now() + left }
    }

    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Posts to one of the testers' addresses, and returns the trade's books.
    pub fn test(&self, path: &str) -> Value {
        let response = self.call(Verb::Post, path);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        assert_eq!(response.status, 200, "POST {path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    pub fn books(&self, payment_no: &str) -> Value {
        let response = self.call(Verb::Get, &format!("/books/{payment_no}"));
        serde_json::from_slice(&response.body).expect("JSON")
    }

    pub fn call(&self, verb: Verb, path: &str) -> Response {
        let request =
            Request { verb, base: self.base.clone(), target: path.to_owned(), headers: Vec::new(), body: Vec::new() };
        self.wait(self.world().send(&request)).expect("an answer of the sandbox")
    }
}

pub fn headers(callback: &Callback) -> Headers {
    Headers::new(callback.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
