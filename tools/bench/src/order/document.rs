//! The tables of `docs/cost.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Lives;
use super::bill::{Bill, cost};
use super::prices::{self, ALL, AS_OF, REGION};
use crate::Failure;
use crate::stub::capacity;

const FILE: &str = "cost.md";
/// Alarms of a stage with all functions; the template's test counts them.
const ALARMS: f64 = 60.0;
/// Figures with orders at one provider, each answer to callbacks by itself; each further provider has ten more.
const METRICS: f64 = 14.0;
/// `bearer`, `tickets`, and an account at each of three providers.
const SECRETS: f64 = 5.0;
const MINUTES_A_MONTH: f64 = 43_200.0;
/// A sweep reads each shard of both kinds, half a unit each.
const READS_A_SWEEP: f64 = 16.0;
/// Lambda asks each queue five times in twenty seconds while nothing is in it.
const QUEUE_REQUESTS_A_MINUTE: f64 = 15.0;
const QUEUES: f64 = 2.0;

pub fn write(docs: &Path, lives: &Lives) -> Result<(), Failure> {
    let file = docs.join(FILE);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    fs::write(&file, crate::document::replace(&text, "order", &part(lives))?)?;
    println!("written: {}", file.display());
    Ok(())
}

pub fn part(lives: &Lives) -> String {
    let Lives { paid, paid_on_page: page, abandoned_with_socket: with, abandoned_without_socket: without } = lives;
    let mut text =
        format!("List prices of {AS_OF}, {REGION}, without free tiers; US dollars for a million orders.\n\n");
    // Writing to a String does not fail.
    let bills = [paid, page, with, without];
    let _ = writeln!(
        text,
        "| | paid | paid on the order's page | abandoned, page with a socket | abandoned, page without |\n|---|---|---|---|---|"
    );
    for (nth, (price, _)) in paid.items().enumerate() {
        let counts = bills.iter().filter_map(|bill| bill.items().nth(nth)).map(|(_, count)| count);
        let cells: Vec<String> =
            counts.map(|count| format!("{:.2} ({})", price.of(count * 1e6), amount(count))).collect();
        let _ = writeln!(text, "| {} | {} |", price.what, cells.join(" | "));
    }
    let sums: Vec<String> = bills.iter().map(|bill| format!("**{:.2}**", bill.total())).collect();
    let _ = writeln!(
        text,
        "| **together** | {} |\n\nIn brackets: how much one order uses. The order's page asks every 30 seconds beside its socket, and loads \
         itself anew once it has heard of the payment.\n",
        sums.join(" | ")
    );
    steps(&mut text, "The steps of a paid order", paid);
    steps(&mut text, "The steps of an order that is paid on its page", page);
    steps(&mut text, "The steps of an abandoned order whose page has a socket", with);
    fixed(&mut text);
    let _ = writeln!(text, "### Prices\n\n| what | US dollars | for a | source |\n|---|---|---|---|");
    for price in ALL {
        let _ = writeln!(text, "| {} | {} | {} | <{}> |", price.what, price.usd, price.unit, price.source);
    }
    text
}

fn steps(text: &mut String, title: &str, bill: &Bill) {
    let _ = writeln!(
        text,
        "### {title}\n\n| step | function | times | writes | reads | log bytes | calls | US dollars a million |\n|---|---|---|---|---|---|---|---|"
    );
    for (step, times, usage) in &bill.rows {
        let calls: Vec<String> = step
            .asked
            .iter()
            .filter(|(kind, _)| ![capacity::WRITES, capacity::READS].contains(&kind.as_str()))
            .map(|(kind, count)| if *count == 1 { kind.clone() } else { format!("{count} × {kind}") })
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.0} | {} | {:.2} |",
            step.name,
            step.function,
            amount(*times),
            amount(usage.write_units),
            amount(usage.read_units),
            usage.log_bytes,
            calls.join(", "),
            cost(*usage)
        );
    }
    text.push('\n');
}

/// What a stage costs in a month without any order.
fn fixed(text: &mut String) {
    let reads = READS_A_SWEEP * MINUTES_A_MONTH;
    let asked = QUEUE_REQUESTS_A_MINUTE * QUEUES * MINUTES_A_MONTH;
    let items = [
        (format!("{ALARMS:.0} alarms"), prices::ALARMS.of(ALARMS)),
        (
            format!("{METRICS:.0} metrics, if there are orders at one provider in each hour; 10 are free"),
            prices::METRICS.of(METRICS),
        ),
        ("the dashboard; 3 are free".to_owned(), prices::DASHBOARDS.of(1.0)),
        (format!("{SECRETS:.0} secrets"), prices::SECRETS.of(SECRETS)),
        ("sweeps, one a minute: reads".to_owned(), prices::READS.of(reads)),
        ("sweeps: invocations".to_owned(), prices::INVOCATIONS.of(MINUTES_A_MONTH)),
        (format!("{QUEUES:.0} queues that are asked in vain"), prices::QUEUE.of(asked)),
    ];
    let _ = writeln!(text, "### A month without orders\n\n| | US dollars |\n|---|---|");
    for (what, usd) in &items {
        let _ = writeln!(text, "| {what} | {usd:.2} |");
    }
    let sum: f64 = items.iter().map(|(_, usd)| usd).sum();
    let _ = writeln!(text, "| **together** | **{sum:.2}** |\n");
    let gb = prices::STORED.usd + prices::BACKED_UP.usd;
    let _ = writeln!(
        text,
        "Each GB that the table holds costs {gb:.2} a month besides; a million paid orders are some 5 GB.\n"
    );
}

fn amount(count: f64) -> String {
    let text = format!("{count:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
