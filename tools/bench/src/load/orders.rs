//! Orders a second: each is created, paid by a callback of WeChat Pay, and its goods are granted, by the functions' own code on
//! one thread. With one request at a time, and with more of them side by side, each of which gives way at every call. Callbacks
//! have genuine signatures, tokens are checked, and every answer is.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use till_app::ports::Provide;
use till_memory::Ports as Store;
use till_providers::merchants::Merchants;
use till_providers::provide::Providers;

use super::shop::{CannedWeChat, Shop, Steps};
use super::stub::Stub;
use crate::Failure;
use crate::measure::{Samples, Work, count, cpu_of_this_thread, in_turns};

const AT_ONCE: [usize; 4] = [1, 4, 16, 64];
/// Orders of one turn.
const ORDERS: usize = 1_000;
/// An odd number, so that the median is one of the turns.
const TURNS: usize = 5;

/// What is behind the provider's port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Provider {
    /// A provider in memory: what Till itself needs.
    Stub,
    /// The product's client of WeChat Pay up to the connection: each trade is a request that is signed with RSA, and an answer
    /// whose signature is verified.
    Signed,
}

pub struct Row {
    provider: Provider,
    at_once: usize,
    /// By turn.
    per_second: Samples,
    /// By order: from its event to its last answer.
    micros: Samples,
}

pub struct Orders {
    rows: Vec<Row>,
    /// Create, callback and grant, of one order at a time.
    steps: [Samples; 3],
    /// One signature with RSA-2048.
    signature_micros: f64,
}

#[derive(Default)]
struct Turns {
    per_second: Vec<f64>,
    steps: Vec<Steps>,
}

pub async fn measure() -> Result<Orders, Failure> {
    let shop = Shop::open()?;
    let alone_and_together = [1, 16].map(|at_once| (Provider::Signed, at_once));
    let kinds: Vec<(Provider, usize)> =
        AT_ONCE.map(|at_once| (Provider::Stub, at_once)).into_iter().chain(alone_and_together).collect();
    let mut turns: Vec<Turns> = kinds.iter().map(|_| Turns::default()).collect();
    // The first turn warms up and is not counted.
    for turn in 0..=TURNS {
        for ((provider, at_once), turns) in kinds.iter().zip(&mut turns) {
            let (per_second, steps) = one_turn(&shop, *provider, *at_once).await?;
            if turn > 0 {
                turns.per_second.push(per_second);
                turns.steps.extend(steps);
            }
        }
    }
    let alone = turns.first().map(|turns| turns.steps.as_slice()).unwrap_or_default();
    let step = |of: fn(&Steps) -> Duration| Samples::of(alone.iter().map(|one| micros(of(one))));
    let steps = [step(|one| one.create), step(|one| one.callback), step(|one| one.grant)];
    let mut signing = [Work::new("one signature", || shop.wechat.keys.sign(b"a request").is_ok())];
    let signature_micros = in_turns(&mut signing).first().map_or(f64::NAN, |took| took.micros());
    let rows = kinds.iter().zip(&turns).map(|((provider, at_once), turns)| Row {
        provider: *provider,
        at_once: *at_once,
        per_second: Samples::of(turns.per_second.iter().copied()),
        micros: Samples::of(turns.steps.iter().map(|one| micros(one.create + one.callback + one.grant))),
    });
    Ok(Orders { rows: rows.collect(), steps, signature_micros })
}

async fn one_turn(shop: &Shop, provider: Provider, at_once: usize) -> Result<(f64, Vec<Steps>), Failure> {
    let canned = &CannedWeChat::of(shop)?;
    let merchants = shop.merchants();
    match provider {
        Provider::Stub => turn(shop, canned, &merchants, at_once, || shop.store.clone()).await,
        Provider::Signed => {
            turn(shop, canned, &merchants, at_once, || Providers { merchants: &merchants, outside: canned }).await
        }
    }
}

/// Sells many orders; returns how many a second of CPU time, and how long each took.
async fn turn<P: Provide>(
    shop: &Shop,
    canned: &CannedWeChat,
    merchants: &Merchants<'_, Store<Stub>>,
    at_once: usize,
    providers: impl Fn() -> P,
) -> Result<(f64, Vec<Steps>), Failure> {
    let events = shop.events(ORDERS)?;
    let cpu = cpu_of_this_thread()?;
    let sales = events.creations.iter();
    let sales = sales.map(|create| shop.sell(merchants, providers(), &canned, (create, &events.callbacks)));
    let steps: Vec<Steps> = stream::iter(sales).buffer_unordered(at_once).try_collect().await?;
    let cpu = cpu_of_this_thread()?.saturating_sub(cpu);
    shop.check_and_clear(ORDERS)?;
    Ok((count(ORDERS) / cpu.as_secs_f64(), steps))
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

impl Orders {
    /// The least of what the rows with a provider in memory reach.
    fn per_second(&self) -> f64 {
        let rows = self.rows.iter().filter(|row| row.provider == Provider::Stub);
        rows.map(|row| row.per_second.median()).fold(f64::INFINITY, f64::min)
    }

    pub fn table(&self) -> String {
        let mut text = format!(
            "\nOrders created, paid and granted, on one core\n{:<34}{:>8}{:>10}{:>16}{:>10}{:>10}{:>10}\n",
            "", "at once", "a second", "least – most", "p50 µs", "p90 µs", "p99 µs"
        );
        for row in &self.rows {
            let spread = format!("{:.0} – {:.0}", row.per_second.at(0), row.per_second.at(100));
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{:<34}{:>8}{:>10.0}{spread:>16}{:>10.0}{:>10.0}{:>10.0}",
                row.provider.about(),
                row.at_once,
                row.per_second.median(),
                row.micros.at(50),
                row.micros.at(90),
                row.micros.at(99),
            );
        }
        let [create, callback, grant] = self.steps.each_ref().map(Samples::median);
        let _ = writeln!(text, "of one order: create {create:.0} µs, callback {callback:.0} µs, grant {grant:.0} µs");
        let _ = writeln!(text, "one signature with RSA-2048: {:.0} µs", self.signature_micros);
        text
    }

    pub fn json(&self) -> Vec<(&'static str, Value)> {
        let rows = self.rows.iter().map(|row| {
            json!({
                "provider": row.provider.about(), "at_once": row.at_once,
                "orders_per_second": row.per_second.median(),
                "least": row.per_second.at(0), "most": row.per_second.at(100),
                "p50_us": row.micros.at(50), "p90_us": row.micros.at(90), "p99_us": row.micros.at(99),
            })
        });
        let [create, callback, grant] = self.steps.each_ref().map(Samples::median);
        vec![
            ("orders_per_second", json!(self.per_second())),
            ("orders", rows.collect()),
            ("rsa_signature_us", json!(self.signature_micros)),
            ("steps_us", json!({"create": create, "callback": callback, "grant": grant})),
        ]
    }
}

impl Provider {
    const fn about(self) -> &'static str {
        match self {
            Self::Stub => "a provider in memory",
            Self::Signed => "requests to it signed with RSA",
        }
    }
}
