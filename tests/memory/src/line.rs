//! The line that carries the calls of the ports.

use till_domain::time::Time;

use crate::call::{Answer, Call};

pub trait Line {
    async fn call(&self, call: Call) -> Answer;

    fn now(&self) -> Time;

    fn entropy(&self) -> u64;
}

#[derive(Clone, Debug)]
pub struct Ports<L>(pub L);
