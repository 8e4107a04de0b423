//! `cargo xtask test`: everything that CI runs, part by part. A failed part does not stop the next one, so that one run shows
//! all failures; the last line is the sum. Each part is a row of [`PARTS`] and a function that returns its count.

mod beside;
mod browser;
mod count;
mod figures;
mod full;
mod histories;
mod infra;
mod lint;
mod local;
mod mutants;
mod peers;
mod unit;
mod worlds;

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
pub(crate) use count::Count;
pub(crate) use histories::SEEDS;

use self::beside::Beside;
use crate::shell;

struct Part {
    name: &'static str,
    about: &'static str,
    run: fn(&Path) -> Count,
}

/// In the order in which they run: the quick ones first.
const PARTS: &[Part] = &[
    Part {
        name: "lint",
        about: "format, clippy, documentation, the dependency policy, the house rules",
        run: lint::run,
    },
    Part { name: "unit", about: "every unit, integration and documentation test", run: unit::run },
    Part { name: "peers", about: "the providers' own SDKs agree with both sides of the wire", run: peers::run },
    Part { name: "infra", about: "the CDK app: types, and the templates of each stage", run: infra::run },
    Part {
        name: "local",
        about: "all of Till on this machine: journeys, crashes, permissions, contract",
        run: local::run,
    },
    Part { name: "browser", about: "the pages in a real browser, and the client for pages", run: browser::run },
    Part {
        name: "figures",
        about: "sizes, instructions, allocations, logged bytes and write units: none is worse than recorded",
        run: figures::run,
    },
    Part {
        name: "simulate",
        about: "random histories: no invariant breaks, and every situation occurs",
        run: histories::run,
    },
    Part { name: "mutants", about: "rules broken on purpose: each is caught", run: mutants::run },
    Part { name: "worlds", about: "small worlds: every state is visited, and no invariant breaks", run: worlds::run },
];

/// This part needs nothing but the processor: it runs beside the others.
const BESIDE: &str = "worlds";

/// They take longer than anybody waits for after a change, and run only when they are named.
const FOR_NIGHTS: &[Part] = &[Part {
    name: "full",
    about: "every automatic mutant of the rules and flows: each is caught, or listed with its reason",
    run: full::run,
}];

fn all_parts() -> impl Iterator<Item = &'static Part> {
    PARTS.iter().chain(FOR_NIGHTS)
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// The parts to run; if none is named, all but `full`
    #[arg(value_name = "PART", value_parser = PossibleValuesParser::new(all_parts().map(Part::as_value)))]
    parts: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let wanted = &arguments.parts;
    let chosen: Vec<&Part> = if wanted.is_empty() {
        PARTS.iter().collect()
    } else {
        all_parts().filter(|part| wanted.iter().any(|name| name == part.name)).collect()
    };
    let root = shell::root();
    // If it cannot be started, the part runs when its turn comes.
    let is_chosen = chosen.len() > 1 && chosen.iter().any(|part| part.name == BESIDE);
    let mut beside = is_chosen.then(|| Beside::start(&root, BESIDE).ok()).flatten();
    let perform = |part: &Part| match beside.take_if(|_| part.name == BESIDE) {
        Some(beside) => part.perform(|| beside.finish()),
        None => part.perform(|| (part.run)(&root)),
    };
    let results: Vec<PartResult> = chosen.into_iter().map(perform).collect();
    print!("{}{}", table(&results), failures(&results));
    let sum: Count = results.into_iter().map(|result| result.count).sum();
    println!("{sum}");
    if sum.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct PartResult {
    name: &'static str,
    count: Count,
    took: Duration,
}

impl Part {
    fn as_value(&self) -> PossibleValue {
        PossibleValue::new(self.name).help(self.about)
    }

    fn perform(&self, run: impl FnOnce() -> Count) -> PartResult {
        println!("\n=== {}: {}", self.name, self.about);
        let start = Instant::now();
        // A panic has been printed; the other parts still run.
        let count = panic::catch_unwind(AssertUnwindSafe(run));
        let count = count.unwrap_or_else(|_| Count::of(false, "it panicked: see above"));
        let took = start.elapsed();
        println!("{}: {count} ({})", self.name, seconds(took));
        PartResult { name: self.name, count, took }
    }
}

fn table(results: &[PartResult]) -> String {
    let row =
        |name: &str, passed: &str, failed: &str, time: &str| format!("{name:<10} {passed:>9} {failed:>9} {time:>10}\n");
    let rows = results.iter().map(|part| {
        row(part.name, &part.count.passed.to_string(), &part.count.failed.to_string(), &seconds(part.took))
    });
    std::iter::once(format!("\n{}", row("part", "passed", "failed", "time"))).chain(rows).collect()
}

/// All that failed, by part, so that nobody has to look for it in what was printed before.
fn failures(results: &[PartResult]) -> String {
    let shown = |part: &str, what: &str| format!("\nFAILED in {part}: {what}\n");
    results.iter().flat_map(|part| part.count.failures.iter().map(move |what| shown(part.name, what))).collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panicking_part_counts_as_one_failure() {
        let part = Part { name: "broken", about: "panics", run: |_| panic!("on purpose") };
        let result = part.perform(|| (part.run)(Path::new(".")));
        assert_eq!((result.count.passed, result.count.failed), (0, 1));
        assert_eq!(failures(&[result]), "\nFAILED in broken: it panicked: see above\n");
    }

    #[test]
    fn columns_of_the_table_line_up() {
        let part = PartResult {
            name: "lint",
            count: Count { passed: 9, ..Count::default() },
            took: Duration::from_millis(41_240),
        };
        assert_eq!(
            table(&[part]),
            "\npart          passed    failed       time\nlint               9         0     41.2 s\n"
        );
    }

    #[test]
    fn unknown_part_is_rejected_before_anything_runs() {
        let command = Arguments::augment_args(clap::Command::new("test"));
        assert!(command.clone().try_get_matches_from(["test", "lint", "full"]).is_ok());
        assert!(command.try_get_matches_from(["test", "lint", "lnit"]).is_err());
    }
}
