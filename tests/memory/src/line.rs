//! What carries the ports' calls.

use till_domain::time::Time;

use crate::call::{Answer, Call};

/// Carries calls.
pub trait Line {
    /// Carries one call and brings its answer.
    async fn call(&self, call: Call) -> Answer;

    /// What time it is at this end.
    fn now(&self) -> Time;

    /// The next random number at this end.
    fn entropy(&self) -> u64;
}

/// Every port, over one line.
#[derive(Clone, Debug)]
pub struct Ports<L>(pub L);
