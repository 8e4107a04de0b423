//! Whole journeys on the local stack, driven from outside: over HTTP and sockets, as a buyer's page, a team's program and the
//! sandbox's tester would. Nothing of the product is linked here; a journey knows what the interface promises, and no more.

pub mod emulator;
pub mod faults;
pub mod http;
pub mod sandbox;
pub mod shop;
pub mod socket;
pub mod stack;

use std::time::Duration;

/// What a journey ends with: nothing, or a sentence that says what was not as promised.
pub type Outcome<T = ()> = Result<T, String>;

/// What takes longer on a working stack will not happen: 20 seconds, or as many as `TILL_PATIENCE_SECONDS` says, for who
/// expects a failure.
pub fn patience() -> Duration {
    let seconds = std::env::var("TILL_PATIENCE_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(20))
}

/// A sentence, unless a condition holds.
pub fn ensure(holds: bool, sentence: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(sentence()) }
}

/// A sentence, unless two values are the same.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Outcome {
    ensure(is == should_be, || format!("{what} is {is:?}, and should be {should_be:?}"))
}
