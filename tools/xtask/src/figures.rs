//! The figures that nothing may make worse unseen: sizes of programs, instructions, allocations and logged bytes of a warm
//! request, and write units of each step of an order. They do not depend on how busy the machine is, so that CI compares them
//! with the recorded ones in a file for each architecture. `cargo xtask bench record` records them.

mod measure;
mod recorded;

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::path::{Path, PathBuf};

use measure::measure;
use recorded::{read, write};

/// Where the figures of programs for this machine's architecture are recorded.
fn file(root: &Path) -> PathBuf {
    root.join(format!("tools/bench/figures-{ARCH}.toml"))
}

/// What is measured, by name: a function, or a step of an order.
pub(crate) type Figures = BTreeMap<Kind, BTreeMap<String, f64>>;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    ProgramKib,
    Instructions,
    Allocations,
    LogBytes,
    WriteUnits,
}

impl Kind {
    const ALL: [Self; 5] = [Self::ProgramKib, Self::Instructions, Self::Allocations, Self::LogBytes, Self::WriteUnits];

    /// Its table in the file.
    const fn as_str(self) -> &'static str {
        match self {
            Self::ProgramKib => "program_kib",
            Self::Instructions => "instructions",
            Self::Allocations => "allocations",
            Self::LogBytes => "log_bytes",
            Self::WriteUnits => "write_units",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::ProgramKib => "the program in profile quick, in KiB",
            Self::Instructions => "instructions of a warm request, program in profile quick",
            Self::Allocations => "allocations of a warm request, program in profile quick",
            Self::LogBytes => "bytes that a warm request logs",
            Self::WriteUnits => "write units of DynamoDB",
        }
    }

    /// How far a measured figure may be from the recorded one, in percent of it. Sizes and instructions move a little with the
    /// linker, the C library and the features of the CPU; numbers and times in log lines have more or fewer digits.
    const fn tolerance_percent(self) -> f64 {
        match self {
            Self::Instructions => 5.0,
            Self::Allocations => 3.0,
            Self::ProgramKib | Self::LogBytes => 2.0,
            Self::WriteUnits => 0.0,
        }
    }
}

/// Compares what is measured with what is recorded. One sentence for each figure that is too far off.
pub(crate) struct Compared {
    pub(crate) passed: u64,
    pub(crate) faults: Vec<String>,
}

/// Measures and compares, unless no figures are recorded for this architecture: programs for another one have other sizes.
pub(crate) fn compare_with_recorded(root: &Path) -> Result<Option<Compared>, String> {
    let file = file(root);
    if !file.is_file() {
        println!("no figures are recorded for {ARCH}; `cargo xtask bench record` records them");
        return Ok(None);
    }
    let recorded = read(&file)?;
    Ok(Some(compare(&recorded, &measure(root)?)))
}

pub(crate) fn record(root: &Path) -> Result<(), String> {
    let measured = measure(root)?;
    // A machine without valgrind must not drop what another one recorded.
    if let Some(missing) = Kind::ALL.into_iter().find(|kind| !measured.contains_key(kind)) {
        return Err(format!("{} were not measured, so nothing is recorded", missing.about()));
    }
    let file = file(root);
    write(&file, &measured)?;
    println!("recorded in {}", file.display());
    Ok(())
}

fn compare(recorded: &Figures, measured: &Figures) -> Compared {
    let mut compared = Compared { passed: 0, faults: Vec::new() };
    for (kind, figures) in measured {
        let known = recorded.get(kind);
        for (name, now) in figures {
            match known.and_then(|known| known.get(name)).map(|before| verdict(*kind, name, *before, *now)) {
                Some(None) => compared.passed += 1,
                Some(Some(fault)) => compared.faults.push(fault),
                None => compared.faults.push(format!("{name}: {} are not recorded{RECORD}", kind.about())),
            }
        }
        let gone = known.into_iter().flatten().filter(|(name, _)| !figures.contains_key(*name));
        compared.faults.extend(
            gone.map(|(name, _)| format!("{name}: {} are recorded and were not measured{RECORD}", kind.about())),
        );
    }
    compared
}

const RECORD: &str = "; `cargo xtask bench record` records it";

/// `None` if the figure is near enough to the recorded one.
fn verdict(kind: Kind, name: &str, before: f64, now: f64) -> Option<String> {
    let percent = kind.tolerance_percent();
    if (now - before).abs() <= before * percent / 100.0 {
        return None;
    }
    let about = kind.about();
    let change = (now / before - 1.0) * 100.0;
    Some(if now > before {
        format!(
            "{name}: {about} grew from {before} to {now} ({change:+.1} %, permitted are {percent} %). If that is worth it, \
             record it anew with `cargo xtask bench record`"
        )
    } else {
        format!(
            "{name}: {about} shrank from {before} to {now} ({change:+.1} %). Record it with `cargo xtask bench record`, so \
             that it cannot be lost unseen"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(kind: Kind, rows: &[(&str, f64)]) -> Figures {
        BTreeMap::from([(kind, rows.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())])
    }

    #[test]
    fn figure_within_its_tolerance_passes_and_one_beyond_it_is_told() {
        let recorded = figures(Kind::Instructions, &[("create-order", 1_000.0)]);
        for (now, expected) in [
            (1_000.0, ""),
            (1_049.0, ""),
            (951.0, ""),
            (
                1_060.0,
                "create-order: instructions of a warm request, program in profile quick grew from 1000 to 1060 (+6.0 %",
            ),
            (
                900.0,
                "create-order: instructions of a warm request, program in profile quick shrank from 1000 to 900 (-10.0 %",
            ),
        ] {
            let compared = compare(&recorded, &figures(Kind::Instructions, &[("create-order", now)]));
            assert_eq!((compared.passed, compared.faults.len()), if expected.is_empty() { (1, 0) } else { (0, 1) });
            let fault = compared.faults.first().map_or("", String::as_str);
            assert!(fault.starts_with(expected), "{fault}");
            assert!(expected.is_empty() || fault.contains("cargo xtask bench record"), "{fault}");
        }
    }

    #[test]
    fn write_units_may_not_change_at_all() {
        let recorded = figures(Kind::WriteUnits, &[("create", 6.0)]);
        for (now, passed) in [(6.0, 1), (6.5, 0), (5.5, 0)] {
            assert_eq!(compare(&recorded, &figures(Kind::WriteUnits, &[("create", now)])).passed, passed);
        }
    }

    #[test]
    fn figure_that_is_not_recorded_or_no_longer_measured_is_told() {
        let recorded = figures(Kind::Allocations, &[("old", 1.0)]);
        let compared = compare(&recorded, &figures(Kind::Allocations, &[("new", 1.0)]));
        assert_eq!((compared.passed, compared.faults.len()), (0, 2));
        assert!(
            compared.faults.iter().all(|fault| fault.contains("cargo xtask bench record")),
            "{:?}",
            compared.faults
        );
    }

    #[test]
    fn kind_that_this_machine_cannot_measure_is_not_compared() {
        let recorded = figures(Kind::Instructions, &[("create-order", 1_000.0)]);
        let compared = compare(&recorded, &figures(Kind::LogBytes, &[]));
        assert_eq!((compared.passed, compared.faults.len()), (0, 0));
    }
}
