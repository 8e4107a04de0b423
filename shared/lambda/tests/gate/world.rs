//! Secrets, documents and the clock, in memory.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde_json::json;
use till_app::ports::Secret;
use till_domain::time::{Seconds, Time};
use till_lambda::problem::Problem;
use till_lambda::settings::Environment;
use till_lambda::token::{Caller, Tokens};
use till_memory::{Answer, CallKind, Memory, Ports, ProviderCall, Tables};

pub struct World {
    pub memory: Memory,
}

impl World {
    /// 2025-01-01, midnight in China.
    pub fn new() -> Self {
        let none = |call: &ProviderCall, _: Time| -> Answer { panic!("no provider is called: {call:?}") };
        let now = Time::from_unix(1_735_660_800).unwrap();
        Self { memory: Memory::new(Tables::new(Vec::new(), Vec::new()), none, now) }
    }

    /// Sets a secret with a key, and the key before it; the current one is made now.
    pub fn secret(&self, name: &str, current: &str, previous: Option<&str>) {
        self.value(name, &json!({ name: current }).to_string(), previous);
    }

    /// Sets the current value of a secret to any text.
    pub fn value(&self, name: &str, current: &str, previous: Option<&str>) {
        let previous = previous.map(|key| Arc::from(json!({ name: key }).to_string()));
        self.memory.put_secret(name, Secret { current: Arc::from(current), previous });
    }

    pub fn document(&self, url: &str, text: &str) {
        self.memory.tables(|tables| tables.edge.documents.insert(url.to_owned(), text.as_bytes().to_vec()));
    }

    pub fn pass(&self, seconds: u32) {
        self.memory.pass(Seconds(seconds));
    }

    pub fn now(&self) -> i64 {
        self.run(async |ports| till_app::ports::Clock::now(ports).unix())
    }

    pub fn seen(&self, kind: CallKind) -> u32 {
        self.memory.faults(|faults| faults.seen(kind))
    }

    pub fn run<T>(&self, something: impl AsyncFnOnce(&Ports<Memory>) -> T) -> T {
        let ports = self.memory.ports();
        something(&ports).now_or_never().unwrap()
    }

    pub fn caller(&self, tokens: &Tokens, token: &str) -> Result<Caller, Problem> {
        let header = format!("Bearer {token}");
        self.run(async |ports| tokens.caller(ports, Some(&header)).await)
    }

    /// The status with which a token is refused; 200 if it is accepted.
    pub fn status(&self, tokens: &Tokens, token: &str) -> u16 {
        self.caller(tokens, token).map_or_else(|problem| problem.status, |_| 200)
    }
}

/// The settings of a stage `test`, unless another is set.
pub fn environment(set: &[(&str, &str)]) -> Environment {
    [("STAGE", "test")].iter().chain(set).copied().collect()
}

pub fn tokens(set: &[(&str, &str)]) -> Tokens {
    Tokens::read(&environment(set)).unwrap()
}
