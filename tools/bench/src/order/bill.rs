//! The steps of an order's life, what they use, and what that costs.

use super::prices::{self, Price};
use super::usage::{self, Usage};
use crate::scene::Step;

const A_MILLION: f64 = 1e6;

#[derive(Default)]
pub struct Bill {
    /// How often each step happens, and what it uses then.
    pub rows: Vec<(Step, f64, Usage)>,
    pub usage: Usage,
}

impl Bill {
    pub fn add(&mut self, step: &Step, times: f64) {
        let used = usage::of(step, times);
        self.also(used);
        match self.rows.iter_mut().find(|(known, ..)| known.name == step.name) {
            Some((_, so_often, so_far)) => {
                *so_often += times;
                *so_far = so_far.plus(used);
            }
            None => self.rows.push((step.clone(), times, used)),
        }
    }

    /// What no step uses.
    pub fn also(&mut self, used: Usage) {
        self.usage = self.usage.plus(used);
    }

    /// What is charged, and how much of it an order uses.
    pub fn items(&self) -> impl Iterator<Item = (&'static Price, f64)> {
        items(self.usage)
    }

    /// US dollars for a million orders.
    pub fn total(&self) -> f64 {
        cost(self.usage)
    }
}

pub fn items(usage: Usage) -> impl Iterator<Item = (&'static Price, f64)> {
    [
        (&prices::WRITES, usage.write_units),
        (&prices::READS, usage.read_units),
        (&prices::REQUESTS, usage.http_requests),
        (&prices::MESSAGES, usage.messages),
        (&prices::MINUTES, usage.socket_minutes),
        (&prices::INVOCATIONS, usage.invocations),
        (&prices::GB_SECONDS, usage.gb_seconds),
        (&prices::QUEUE, usage.queue_requests),
        (&prices::LOG_BYTES, usage.log_bytes),
        (&prices::DATA_OUT, usage.bytes_out),
    ]
    .into_iter()
}

/// US dollars for a million times this.
pub fn cost(usage: Usage) -> f64 {
    items(usage).map(|(price, count)| price.of(count * A_MILLION)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn million_orders_cost_a_million_times_what_each_uses() {
        let usage = Usage { write_units: 20.0, http_requests: 5.0, gb_seconds: 0.1, ..Usage::default() };
        assert!((cost(usage) - (12.5 + 5.0 + 1.333_34)).abs() < 1e-9, "{}", cost(usage));
    }
}
