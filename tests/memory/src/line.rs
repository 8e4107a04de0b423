//! The line that carries the calls of the ports.

use till_domain::time::Time;

use crate::call::{Answer, Call};

pub trait Line {
    async fn call(&self, call: Call) -> Answer;

    fn now(&self) -> Time;

    fn entropy(&self) -> u64;

    /// The pause before the n-th repetition of a write that met a conflict. It takes no time, since the line itself
    /// decides which flow goes first.
    async fn pause(&self, _nth: u32) {}
}

#[derive(Clone, Debug)]
pub struct Ports<L>(pub L);
