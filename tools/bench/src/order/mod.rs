//! `till-bench order`: what a million orders cost, item by item, from what the functions ask of AWS for one.

mod bill;
mod document;
mod prices;
mod usage;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use self::bill::Bill;
use self::usage::Usage;
use crate::Failure;
use crate::scene::{Scene, Step, Wire};

/// A page that waits for the payment reads the status so often, with its socket, before it hears of the payment.
const STATUS_READS: f64 = 3.0;
/// An order's page asks every 30 seconds while its socket is open, and once when it hears of the payment; then it loads itself anew.
const PAGE_LOOKS: f64 = 7.0;
const PAGE_LOADS: f64 = 2.0;
/// It is open for so long until the payment is there.
const PAID_AFTER_MINUTES: f64 = 3.0;
/// A page that nobody pays at.
const ABANDONED_MINUTES: f64 = 30.0;
/// A page without a socket reads the status so often.
const POLL_SECONDS: f64 = 5.0;
/// A page with a socket that is open for long sends `ping`, and hears `pong`, so often.
const PING_MINUTES: f64 = 9.0;

#[derive(Args)]
pub struct Arguments {
    /// The folder of the built programs: functions and `till`
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// Write the tables into this folder of documents
    #[arg(long, value_name = "FOLDER")]
    docs: Option<PathBuf>,
}

/// The lives of orders, with the steps of each.
pub struct Lives {
    pub paid: Bill,
    /// The buyer pays on the order's page, not on the shop's own.
    pub paid_on_page: Bill,
    pub abandoned_with_socket: Bill,
    pub abandoned_without_socket: Bill,
}

pub fn run(arguments: &Arguments) -> Result<Value, Failure> {
    let mut scene = Scene::open(&arguments.programs, Path::new("target/bench/order"), Wire::Plain)?;
    // The first of each fills the caches of the functions.
    scene.life_of_a_paid_order()?;
    let paid = scene.life_of_a_paid_order()?;
    scene.life_of_an_abandoned_order()?;
    let abandoned = scene.life_of_an_abandoned_order()?;
    let status = paid.iter().find(|step| step.name == "status").ok_or("a page reads the status")?;
    let lives = Lives {
        paid: paid_bill(&paid),
        paid_on_page: page_bill(&paid),
        abandoned_with_socket: with_socket(&abandoned),
        abandoned_without_socket: without_socket(&abandoned, status),
    };
    print!("{}", document::part(&lives));
    if let Some(docs) = &arguments.docs {
        document::write(docs, &lives)?;
    }
    Ok(json!({
        "usd_per_million_paid": lives.paid.total(),
        "usd_per_million_paid_on_page": lives.paid_on_page.total(),
        "usd_per_million_abandoned": lives.abandoned_with_socket.total(),
        "usd_per_million_abandoned_without_socket": lives.abandoned_without_socket.total(),
        "write_units_paid": lives.paid.usage.write_units,
        "read_units_paid": lives.paid.usage.read_units,
        "log_bytes_paid": lives.paid.usage.log_bytes,
        "items": lives.paid.items().map(|(price, count)| json!({"what": price.what, "count": count, "usd": price.of(count * 1e6)})).collect::<Vec<_>>(),
        "steps": lives.paid.rows.iter().map(|(step, times, _)| json!({"name": step.name, "times": times, "asked": step.asked})).collect::<Vec<_>>(),
    }))
}

fn paid_bill(steps: &[Step]) -> Bill {
    watched(steps, |name| match name {
        "page" | "ticket" | "look" => 0.0,
        "status" => STATUS_READS,
        _ => 1.0,
    })
}

fn page_bill(steps: &[Step]) -> Bill {
    watched(steps, |name| match name {
        "page" => PAGE_LOADS,
        "look" => PAGE_LOOKS,
        "status" => 0.0,
        _ => 1.0,
    })
}

/// Each step so many times, and a socket that is open until the payment is there.
fn watched(steps: &[Step], times: impl Fn(&str) -> f64) -> Bill {
    let mut bill = Bill::default();
    for (step, times) in steps.iter().map(|step| (step, times(step.name))).filter(|(_, times)| *times > 0.0) {
        bill.add(step, times);
    }
    bill.also(Usage { socket_minutes: PAID_AFTER_MINUTES, ..Usage::default() });
    bill
}

fn with_socket(steps: &[Step]) -> Bill {
    let mut bill = Bill::default();
    for step in steps {
        bill.add(step, 1.0);
    }
    let pings = (ABANDONED_MINUTES / PING_MINUTES).floor();
    // A ping and a pong are a message each, and the ping is an invocation.
    bill.also(Usage {
        messages: 2.0 * pings,
        invocations: pings,
        socket_minutes: ABANDONED_MINUTES,
        ..Usage::default()
    });
    bill
}

fn without_socket(steps: &[Step], status: &Step) -> Bill {
    let mut bill = Bill::default();
    for step in steps.iter().filter(|step| step.name != "socket") {
        bill.add(step, 1.0);
    }
    bill.add(status, ABANDONED_MINUTES * 60.0 / POLL_SECONDS);
    bill
}
