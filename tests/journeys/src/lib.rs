//! Journeys on a running stack, on this machine or on AWS, driven from outside over HTTP and sockets, as a buyer's page, a team's program and a tester of the
//! sandbox would. No code of the product is linked here: a journey relies on the documented interface alone.

pub mod connection;
pub mod emulator;
pub mod faults;
pub mod http;
pub mod program;
pub mod receiver;
pub mod sandbox;
pub mod shop;
pub mod socket;
pub mod stack;

use std::time::Duration;

/// The end of a journey: its error is a sentence that says what was not as promised.
pub type Outcome<T = ()> = Result<T, String>;

/// How long to wait for something: longer than a sweep takes to do again what failed once on a machine that stood still. Only a
/// journey that fails waits so long. `TILL_PATIENCE_SECONDS` is shorter where a failure is expected.
pub fn patience() -> Duration {
    let seconds = std::env::var("TILL_PATIENCE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(120))
}

/// How an error begins that ends a journey on a stage on AWS, because the journey needs what only this machine has.
pub const LEFT_OUT: &str = "left out: ";

pub fn ensure(holds: bool, sentence: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(sentence()) }
}

pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Outcome {
    ensure(is == should_be, || format!("{what} is {is:?}, and should be {should_be:?}"))
}
