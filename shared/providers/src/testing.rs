//! What the tests of all providers share: an outside that answers from a script, sample orders, and keys made at run time.

pub mod der;
pub mod keys;
pub mod prelude;
#[path = "../tests/replay/sample.rs"]
mod sample;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures_util::FutureExt as _;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::time::Time;

use crate::account::{Fault, Faults};
use crate::error::NoAnswer;
use crate::http::{Headers, Request, Response};
use crate::outside::Outside;

pub use sample::*;

pub type Answer = Result<Response, NoAnswer>;

/// Gives its answers in order, and remembers the requests. A request without an answer fails the test.
pub struct Script {
    pub now: Cell<Time>,
    pub sent: RefCell<Vec<Request>>,
    answers: RefCell<VecDeque<Answer>>,
    nonces: Cell<u32>,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            now: Cell::new(now()),
            sent: RefCell::default(),
            answers: RefCell::new(answers.into_iter().collect()),
            nonces: Cell::new(0),
        }
    }

    /// Checks that every answer was used, and returns what was sent.
    pub fn done(self) -> Vec<Request> {
        assert!(self.answers.borrow().is_empty(), "an answer was not asked for");
        self.sent.into_inner()
    }
}

impl Outside for Script {
    fn now(&self) -> Time {
        self.now.get()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        self.nonces.set(self.nonces.get() + 1);
        Ok(format!("{:032x}", self.nonces.get()))
    }

    async fn send(&self, request: &Request) -> Answer {
        self.sent.borrow_mut().push(request.clone());
        self.answers.borrow_mut().pop_front().expect("the script has an answer for every request")
    }
}

/// Runs a conversation, which never waits because a script answers at once.
pub fn run<T>(conversation: impl Future<Output = T>) -> T {
    conversation.now_or_never().expect("a scripted conversation does not wait")
}

/// Holds a conversation over these answers, all of which must be used: its result, and the requests that were sent.
pub fn talk<T>(
    answers: impl IntoIterator<Item = Answer>,
    conversation: impl AsyncFnOnce(&Script) -> T,
) -> (T, Vec<Request>) {
    let script = Script::new(answers);
    let result = run(conversation(&script));
    (result, script.done())
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    Response { status, headers: Headers::new(headers.iter().copied()), body: body.as_bytes().to_vec() }
}

pub fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// The names of the faulty settings, in order.
pub fn fields(faults: &Faults) -> String {
    faults.0.iter().map(|Fault { field, .. }| *field).collect::<Vec<_>>().join(" ")
}
