//! `cargo xtask test`: everything that CI runs, part by part. A part that fails does not stop the next one, so that one
//! run shows every failure; the last line is the sum. Each part is one row of [`PARTS`] and a function that counts.

mod count;
mod histories;
mod infra;
mod lint;
mod local;
mod mutants;
mod peers;
mod unit;
mod worlds;

use std::panic;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
pub(crate) use count::Count;

use crate::shell;

struct Part {
    name: &'static str,
    about: &'static str,
    run: fn(&Path) -> Count,
}

/// The quick parts come first, so that a broken rule of style shows before the long runs.
const PARTS: &[Part] = &[
    Part {
        name: "lint",
        about: "format, clippy, documentation, the dependency policy, the house rules",
        run: lint::run,
    },
    Part { name: "unit", about: "every unit, integration and documentation test", run: unit::run },
    Part { name: "peers", about: "the wire: the providers' own SDKs agree with it", run: peers::run },
    Part { name: "infra", about: "the CDK app: what it makes of functions.json, stage by stage", run: infra::run },
    Part { name: "local", about: "the whole back end on this machine, by its real programs", run: local::run },
    Part { name: "simulate", about: "random histories: no invariant breaks, no row stays empty", run: histories::run },
    Part { name: "mutants", about: "rules broken on purpose: every one is caught", run: mutants::run },
    Part { name: "worlds", about: "small worlds: every state visited, no invariant breaks", run: worlds::run },
];

#[derive(Args)]
pub(crate) struct Arguments {
    /// The parts to run; all of them if none is named
    #[arg(value_name = "PART", value_parser = PossibleValuesParser::new(PARTS.iter().map(Part::as_value)))]
    parts: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let wanted = &arguments.parts;
    let chosen = PARTS.iter().filter(|part| wanted.is_empty() || wanted.iter().any(|name| name == part.name));
    let done: Vec<Done> = chosen.map(|part| part.perform(&shell::root())).collect();
    let sum: Count = done.iter().map(|done| done.count).sum();
    print!("{}", table(&done));
    println!("{sum}");
    if sum.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Done {
    name: &'static str,
    count: Count,
    took: Duration,
}

impl Part {
    fn as_value(&self) -> PossibleValue {
        PossibleValue::new(self.name).help(self.about)
    }

    fn perform(&self, root: &Path) -> Done {
        println!("\n=== {}: {}", self.name, self.about);
        let start = Instant::now();
        // A part that panics has printed why; the other parts still run.
        let count = panic::catch_unwind(|| (self.run)(root)).unwrap_or(Count::of(false));
        let took = start.elapsed();
        println!("{}: {count} ({})", self.name, seconds(took));
        Done { name: self.name, count, took }
    }
}

fn table(done: &[Done]) -> String {
    let row =
        |name: &str, passed: &str, failed: &str, time: &str| format!("{name:<10} {passed:>9} {failed:>9} {time:>10}\n");
    let rows = done.iter().map(|done| {
        row(done.name, &done.count.passed.to_string(), &done.count.failed.to_string(), &seconds(done.took))
    });
    std::iter::once(format!("\n{}", row("part", "passed", "failed", "time"))).chain(rows).collect()
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panicking_part_counts_as_one_failure() {
        let part = Part { name: "broken", about: "panics", run: |_| panic!("on purpose") };
        assert_eq!(part.perform(Path::new(".")).count, Count { passed: 0, failed: 1 });
    }

    #[test]
    fn the_table_lines_up() {
        let done = Done { name: "lint", count: Count { passed: 9, failed: 0 }, took: Duration::from_millis(41_240) };
        assert_eq!(
            table(&[done]),
            "\npart          passed    failed       time\nlint               9         0     41.2 s\n"
        );
    }

    #[test]
    fn an_unknown_part_is_rejected_before_anything_runs() {
        let command = Arguments::augment_args(clap::Command::new("test"));
        assert!(command.clone().try_get_matches_from(["test", "lint", "unit"]).is_ok());
        assert!(command.try_get_matches_from(["test", "lint", "lnit"]).is_err());
    }
}
