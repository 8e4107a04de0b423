//! Sweeps: what one costs, by how many orders are pending and how many of them are due; how many looks a second one worker and
//! sixteen make while providers take 300 ms; and when a return of money is sent that stands behind 5,000 pending orders.

use std::cell::Cell;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use till_app::ports::{DUE_SHARDS, Ports};
use till_app::sweep::Patience;
use till_lambda::deadline::Deadline;
use till_lambda::settings::Environment;
use till_memory::{CallKind, Line as _, Ports as Store};
use till_sweep_orders::{Answer, Event, Reply, SweepOrders, TIME_BUDGET};

use super::pending::pending_orders;
use super::returned::{self, Returned};
use super::stub::Stub;
use crate::Failure;
use crate::measure::{Samples, count};

/// Pending orders, and how many of them are due.
const SIZES: [(usize, usize); 5] = [(10, 10), (1_000, 10), (100_000, 10), (100_000, 100), (100_000, 1_000)];
/// An odd number, so that the median is one of the turns.
const TURNS: usize = 11;

pub const LATENCY: Duration = Duration::from_millis(300);
const WORKERS: [Workers; 2] = [Workers::One, Workers::OneOfEachShard];
/// How often it is looked whether the schedule's sweep asked for others.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Due orders for each worker: about eight seconds of work, because a worker handles sixteen at once.
const DUE_PER_WORKER: usize = 400;

pub struct Sweeps {
    ticks: Vec<Tick>,
    looks: [f64; WORKERS.len()],
    returned: Returned,
}

/// One sweep over so many orders.
struct Tick {
    pending: usize,
    due: usize,
    ms: Samples,
    calls: Calls,
}

/// What a sweep asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Calls {
    index_reads: u64,
    order_reads: u64,
    order_writes: u64,
    questions: u64,
}

pub async fn measure() -> Result<Sweeps, Failure> {
    let mut worlds = Vec::new();
    for (pending, due) in SIZES {
        worlds.push((pending, due, pending_orders(pending, due).await?));
    }
    let mut took = vec![Vec::with_capacity(TURNS); worlds.len()];
    let mut calls = Vec::new();
    for _ in 0..TURNS {
        calls.clear();
        for ((_, due, world), took) in worlds.iter().zip(&mut took) {
            let copy = world.copy();
            let begun = Instant::now();
            let answer = sweep(&copy).await?;
            took.push(begun.elapsed().as_secs_f64() * 1e3);
            expect(answer, *due)?;
            calls.push(Calls::of(&copy));
        }
    }
    let ticks = worlds.iter().zip(took).zip(calls).map(|(((pending, due, _), took), calls)| Tick {
        pending: *pending,
        due: *due,
        ms: Samples::of(took),
        calls,
    });
    let ticks = ticks.collect();
    let mut looks = [0.0; WORKERS.len()];
    for (workers, looks) in WORKERS.into_iter().zip(&mut looks) {
        *looks = looks_per_second(workers).await?;
    }
    Ok(Sweeps { ticks, looks, returned: returned::measure().await? })
}

/// What the schedule starts: a sweep, and one of each shard side by side with it if it asks for them.
pub async fn tick(stub: &Stub) -> Result<(), Failure> {
    let asked_before = stub.calls(CallKind::ShareSweep);
    let is_over = Cell::new(false);
    let scheduled = async {
        let answer = sweep(stub).await;
        is_over.set(true);
        answer
    };
    let shared = async {
        while stub.calls(CallKind::ShareSweep) == asked_before {
            if is_over.get() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        sweep_shards(stub).await
    };
    let (answer, shared) = tokio::join!(scheduled, shared);
    shared?;
    if answer?.failed { Err("a sweep failed".into()) } else { Ok(()) }
}

/// An invocation of sweep-orders by its schedule.
async fn sweep(stub: &Stub) -> Result<Answer, Failure> {
    match invoke(stub, &json!({"source": "aws.events", "detail": {}})).await? {
        Reply::Schedule(answer) => Ok(answer),
        Reply::Hints(_) => Err("the schedule's event was taken for a batch".into()),
    }
}

/// An invocation for each shard, side by side.
async fn sweep_shards(stub: &Stub) -> Result<(), Failure> {
    let hints = (0..DUE_SHARDS).map(|shard| async move {
        let hint = json!({"v": 1, "shard": shard}).to_string();
        invoke(stub, &json!({"Records": [{"messageId": shard.to_string(), "body": hint}]})).await
    });
    for reply in join_all(hints).await {
        match reply? {
            Reply::Hints(answer) if answer.batch_item_failures.is_empty() => {}
            other => return Err(format!("the sweep of a shard ended with {other:?}").into()),
        }
    }
    Ok(())
}

/// One invocation of sweep-orders, in a process of its own.
async fn invoke(stub: &Stub, event: &Value) -> Result<Reply, Failure> {
    let event: Event = serde_json::from_value(event.clone())?;
    let store = Store(stub.clone());
    let ports = Ports { store: &store, messages: &store, providers: store.clone(), clock: store.clone() };
    let deadline = Deadline::after(TIME_BUDGET, Duration::MAX, stub.now(), Instant::now());
    let function = SweepOrders::read(&Environment::default())?;
    Ok(function.handle(&ports, &Patience::default(), event, deadline).await)
}

fn expect(answer: Answer, claimed: usize) -> Result<(), Failure> {
    if answer.claimed == claimed && !answer.failed {
        return Ok(());
    }
    Err(format!("a sweep of {claimed} due orders ended with {answer:?}").into())
}

/// One worker, or one for each shard side by side; many due orders, and providers that take their time.
async fn looks_per_second(workers: Workers) -> Result<f64, Failure> {
    let due = workers.count() * DUE_PER_WORKER;
    let stub = pending_orders(due, due).await?;
    stub.set_latency(LATENCY);
    stub.run_from(stub.now());
    let begun = Instant::now();
    let before = stub.calls(CallKind::Query);
    match workers {
        Workers::One => expect(sweep(&stub).await?, due)?,
        Workers::OneOfEachShard => sweep_shards(&stub).await?,
    }
    let took = begun.elapsed();
    let looks = usize::try_from(stub.calls(CallKind::Query) - before)?;
    if looks != due {
        return Err(format!("of {due} due orders {looks} were looked at").into());
    }
    Ok(count(looks) / took.as_secs_f64())
}

#[derive(Clone, Copy)]
enum Workers {
    One,
    OneOfEachShard,
}

impl Workers {
    fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::OneOfEachShard => DUE_SHARDS.into(),
        }
    }
}

impl Calls {
    fn of(stub: &Stub) -> Self {
        Self {
            index_reads: stub.calls(CallKind::FindDue),
            order_reads: stub.calls(CallKind::LoadOrder),
            order_writes: stub.calls(CallKind::SaveOrder),
            questions: stub.calls(CallKind::Query),
        }
    }
}

impl Sweeps {
    pub fn table(&self) -> String {
        let mut text = format!(
            "\nOne sweep, with a provider that answers at once\n{:>10}{:>8}{:>12}{:>18}{:>14}{:>14}{:>14}{:>14}\n",
            "pending", "due", "median ms", "least – most", "index reads", "order reads", "order writes", "questions"
        );
        for Tick { pending, due, ms, calls } in &self.ticks {
            let Calls { index_reads, order_reads, order_writes, questions } = calls;
            let spread = format!("{:.2} – {:.2}", ms.at(0), ms.at(100));
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{pending:>10}{due:>8}{:>12.2}{spread:>18}{index_reads:>14}{order_reads:>14}{order_writes:>14}{questions:>14}",
                ms.median()
            );
        }
        for (workers, looks) in WORKERS.iter().zip(self.looks) {
            let workers = workers.count();
            let _ = writeln!(text, "workers: {workers}, a provider that takes 300 ms: {looks:.0} looks a second");
        }
        let Returned { tick, after } = self.returned;
        let pending = returned::PENDING;
        let ms = after.as_millis();
        let _ = writeln!(text, "a return behind {pending} pending orders: sent in tick {tick}, {ms} ms after it began");
        text
    }

    pub fn json(&self) -> Vec<(&'static str, Value)> {
        let ticks = self.ticks.iter().map(|Tick { pending, due, ms, calls }| {
            let Calls { index_reads, order_reads, order_writes, questions } = calls;
            json!({
                "pending": pending, "due": due, "ms": ms.median(), "least_ms": ms.at(0), "most_ms": ms.at(100),
                "index_reads": index_reads, "order_reads": order_reads, "order_writes": order_writes,
                "questions": questions,
            })
        });
        let [one, sixteen] = self.looks;
        let Returned { tick, after } = self.returned;
        vec![
            ("looks_per_second", json!({"one": one, "sixteen": sixteen})),
            ("sweep", ticks.collect()),
            ("return", json!({"pending": returned::PENDING, "tick": tick, "ms": after.as_secs_f64() * 1e3})),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_a_sweep_depends_on_what_is_due_and_not_on_what_is_pending() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let calls = |pending, due| {
            runtime.block_on(async {
                let stub = pending_orders(pending, due).await.unwrap().copy();
                expect(sweep(&stub).await.unwrap(), due).unwrap();
                Calls::of(&stub)
            })
        };
        let few = calls(3, 3);
        assert_eq!(few.questions, 3);
        assert_eq!(calls(300, 3), few);
        let many = calls(300, 30);
        assert_eq!((many.order_reads, many.questions), (10 * few.order_reads, 10 * few.questions));
    }
}
