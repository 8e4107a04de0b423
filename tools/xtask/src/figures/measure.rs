//! Measures the figures: builds the programs in profile quick, lets `till-bench` count, and reads the write units that the tests
//! of the contract print.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::{Figures, Kind};
use crate::local::{build, place};
use crate::shell;

const BENCH: &str = "till-bench";
/// What `till-bench` writes.
const COUNTED: &str = "target/bench/figures.json";
/// How the tests of the budget tell a figure: `figure: write_units: create: 6`.
const FIGURE: &str = "figure: ";

#[derive(Deserialize)]
struct Counted {
    functions: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    log_bytes: f64,
    /// These two are absent where valgrind is not installed.
    instructions: Option<f64>,
    allocations: Option<f64>,
}

pub(crate) fn measure(root: &Path) -> Result<Figures, String> {
    let functions = build::functions(root)?;
    let names = functions.iter().map(String::as_str).chain([build::TILL, BENCH]);
    let programs = build::programs(root, build::QUICK, names)?;
    let program = |name: &str| programs.get(name).ok_or_else(|| format!("cargo did not build `{name}`"));

    let mut figures = Figures::new();
    for name in &functions {
        let length = fs::metadata(program(name)?).map_err(|error| format!("{name}: {error}"))?.len();
        figures.entry(Kind::ProgramKib).or_default().insert(name.clone(), kib(length));
    }
    let bench = program(BENCH)?;
    let folder = bench.parent().ok_or("a program has no folder")?;
    let mut count = Command::new(bench);
    count.current_dir(root).args(["--json", COUNTED, "figures", "--programs"]).arg(folder);
    if !shell::succeeds(&mut count) {
        return Err("`till-bench figures` failed".to_owned());
    }
    let counted: Counted = place::read_json(&root.join(COUNTED))?.ok_or("`till-bench figures` wrote nothing")?;
    for row in counted.functions {
        let kinds = [
            (Kind::LogBytes, Some(row.log_bytes)),
            (Kind::Instructions, row.instructions),
            (Kind::Allocations, row.allocations),
        ];
        for (kind, value) in kinds {
            let Some(value) = value else { continue };
            figures.entry(kind).or_default().insert(row.name.clone(), value.round());
        }
    }
    figures.insert(Kind::WriteUnits, write_units(root)?);
    Ok(figures)
}

/// The tests that hold each step to its budget print what they counted.
fn write_units(root: &Path) -> Result<BTreeMap<String, f64>, String> {
    let mut units = BTreeMap::new();
    let words = ["test", "--locked", "--quiet", "--workspace", "--test", "store", "--", "budget", "--nocapture"];
    let passed = shell::succeeds_seen(&mut shell::cargo(root, &words), |line| units.extend(figure(line)));
    if !passed || units.is_empty() {
        return Err("the tests of the unit budget failed, or told no figures".to_owned());
    }
    Ok(units)
}

fn figure(line: &str) -> Option<(String, f64)> {
    let (kind, rest) = line.trim_end().strip_prefix(FIGURE)?.split_once(": ")?;
    let (name, value) = rest.rsplit_once(": ")?;
    (kind == Kind::WriteUnits.as_str()).then_some(())?;
    Some((name.to_owned(), value.parse().ok()?))
}

#[expect(clippy::cast_precision_loss, reason = "programs are far smaller than 2^53 bytes")]
fn kib(bytes: u64) -> f64 {
    (bytes as f64 / 1024.0).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figure_of_the_budget_is_read() {
        assert_eq!(
            figure("figure: write_units: a paid order's life: 26.5\n"),
            Some(("a paid order's life".to_owned(), 26.5))
        );
        for other in ["create 6.0 ≤ 6", "figure: read_units: create: 4", "figure: write_units: create: many", ""] {
            assert_eq!(figure(other), None, "{other}");
        }
    }
}
