//! The whole life of an order, by the real functions, step by step: what each step asks of AWS, writes, reads and logs. Time
//! passes by moving the order into the past.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use till_journeys::emulator::aged;

use super::making::{Buyer, callback_event, page_event};
use super::{Scene, TABLE, gateway};
use crate::Failure;
use crate::host::Program;

/// A minute longer than the pause between two questions about an open order.
const LONGER_THAN_A_POLL: i64 = 360;
/// More than an order's half hour has room for.
const MOST_SWEEPS: u32 = 20;

/// One step, once.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: &'static str,
    pub function: String,
    pub memory_mb: u32,
    /// Whether it runs for this order alone: a sweep runs once a minute for all.
    pub is_invoked: bool,
    /// By kind, such as `DynamoDB GetItem`. Capacity is in it too, in half units.
    pub asked: BTreeMap<String, u64>,
    pub log_bytes: u64,
    pub log_lines: u64,
    pub answer_bytes: u64,
    pub cpu: Duration,
}

impl Scene {
    /// Ordered, watched by a page with a socket, asked about once, paid, granted, told to the page. The order's own page is opened
    /// too, with its ticket and its questions.
    pub fn life_of_a_paid_order(&mut self) -> Result<Vec<Step>, Failure> {
        let buyer = self.buyer();
        let (mut steps, no, push_url, page) = self.ordered(&buyer)?;
        steps.push(self.connected(&buyer, &push_url)?);
        for (name, method, part) in [("page", "GET", ""), ("ticket", "POST", "/ticket"), ("look", "GET", "/status")] {
            steps.push(self.step(name, "checkout-page", &page_event(&page, method, part)?)?.0);
        }
        steps.push(self.polled(&no)?);
        let callback = self.pay(&no)?;
        self.stub.take_messages();
        let event = callback_event("/wechat/callback", &callback);
        steps.push(self.step("callback", "wechat-callback", &event)?.0);
        let messages = self.stub.take_messages();
        steps.push(self.step("grant and push", "fulfil-order", &gateway::batch(&messages))?.0);
        let event = self.get(&buyer, "/order-status", &format!("order_no={no}"))?;
        let (status, answer) = self.step("status", "order-status", &event)?;
        if !answer.contains("granted") {
            return Err(format!("the order is not granted: {answer}").into());
        }
        steps.push(status);
        Ok(steps)
    }

    /// Ordered, asked about until its time is over, reminded, cancelled. Returns each sweep as a step.
    pub fn life_of_an_abandoned_order(&mut self) -> Result<Vec<Step>, Failure> {
        let buyer = self.buyer();
        let (mut steps, no, push_url, _) = self.ordered(&buyer)?;
        steps.push(self.connected(&buyer, &push_url)?);
        for _ in 0..MOST_SWEEPS {
            if self.stored(&no)?["due"].is_null() {
                return Ok(steps);
            }
            steps.push(self.polled(&no)?);
        }
        Err(format!("after {MOST_SWEEPS} sweeps something is still due of {no}").into())
    }

    /// The step, the order's number, and the addresses of a socket and of the order's page.
    fn ordered(&mut self, buyer: &Buyer) -> Result<(Vec<Step>, String, String, String), Failure> {
        let event = self.wish_of(buyer, "wechat_native")?;
        let (created, answer) = self.step("create", "create-order", &event)?;
        let body: Value = serde_json::from_str(serde_json::from_str::<Value>(&answer)?["body"].as_str().unwrap_or(""))?;
        let of = |name: &str| body[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name}: {answer}"));
        Ok((vec![created], of("order_no")?, of("push_url")?, of("checkout_url")?))
    }

    fn connected(&mut self, buyer: &Buyer, push_url: &str) -> Result<Step, Failure> {
        let ticket = push_url.split("ticket=").nth(1).ok_or("the address of the socket has no ticket")?;
        let event = gateway::connect(ticket, &buyer.user);
        Ok(self.step("socket", "push-connection", &event)?.0)
    }

    /// A sweep when the order is due, less what a sweep without work takes.
    fn polled(&mut self, no: &str) -> Result<Step, Failure> {
        let idle = self.sweep()?;
        self.stub.put(TABLE, &aged(self.stored(no)?, LONGER_THAN_A_POLL))?;
        let mut step = self.sweep()?;
        for (kind, count) in &mut step.asked {
            *count = count.saturating_sub(idle.asked.get(kind).copied().unwrap_or_default());
        }
        step.asked.retain(|_, count| *count > 0);
        step.log_bytes = step.log_bytes.saturating_sub(idle.log_bytes);
        step.log_lines = step.log_lines.saturating_sub(idle.log_lines);
        step.cpu = step.cpu.saturating_sub(idle.cpu);
        Ok(Step { is_invoked: false, ..step })
    }

    fn sweep(&mut self) -> Result<Step, Failure> {
        let mut program = self.program("sweep-orders")?;
        program.settings.retain(|(name, _)| name != "TABLE_NAME");
        program.settings.push(("TABLE_NAME".to_owned(), TABLE.to_owned()));
        "sweep-of-all".clone_into(&mut program.name);
        let (step, answer) = self.measured("sweep", program, &gateway::schedule())?;
        if serde_json::from_str::<Value>(&answer)?["failed"] != false {
            return Err(format!("the sweep failed: {answer}").into());
        }
        Ok(step)
    }

    fn stored(&self, no: &str) -> Result<Value, Failure> {
        let key = json!({"pk": {"S": format!("ORDER#{no}")}, "sk": {"S": "ORDER"}});
        self.stub.get(TABLE, &key)
    }

    fn step(&mut self, name: &'static str, function: &str, event: &str) -> Result<(Step, String), Failure> {
        let program = self.program(function)?;
        self.measured(name, program, event)
    }

    fn measured(&mut self, name: &'static str, program: Program, event: &str) -> Result<(Step, String), Failure> {
        let (function, memory_mb) = (program.name.clone(), program.memory_mb);
        let process = self.warm_process(program)?;
        let log_before = process.logged()?;
        let before = self.stub.counts.all();
        let process = self.warm.get_mut(&function).ok_or("it was just started")?;
        let done = process.invoke(event)?;
        let log = process.logged()?;
        let new = log.get(log_before.len()..).unwrap_or_default();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let step = Step {
            name,
            function,
            memory_mb,
            is_invoked: true,
            asked: self.stub.counts.since(&before),
            log_bytes: count(new.len()),
            log_lines: count(new.lines().count()),
            answer_bytes: count(done.answer.len()),
            cpu: done.cpu,
        };
        Ok((step, done.answer))
    }
}
