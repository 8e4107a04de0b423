//! The file of the recorded figures: a table for each kind, a line for each name.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Figures, Kind};

const HEAD: &str = "\
# What nothing may make worse unseen. `cargo xtask test figures` measures it again and compares; `cargo xtask bench record`
# writes this file.
";

pub(super) fn read(file: &Path) -> Result<Figures, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", file.display()))
}

pub(super) fn write(file: &Path, figures: &Figures) -> Result<(), String> {
    fs::write(file, format(figures)).map_err(|error| format!("{}: {error}", file.display()))
}

fn parse(text: &str) -> Result<Figures, String> {
    let tables: BTreeMap<String, BTreeMap<String, f64>> = toml::from_str(text).map_err(|error| error.to_string())?;
    let table = |(name, rows)| {
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == name);
        kind.map(|kind| (kind, rows)).ok_or_else(|| format!("there is no kind of figures `{name}`"))
    };
    tables.into_iter().map(table).collect()
}

fn format(figures: &Figures) -> String {
    let mut text = HEAD.to_owned();
    for (kind, rows) in figures {
        // Writing to a String does not fail.
        let _ = writeln!(text, "\n# {}\n[{}]", kind.about(), kind.as_str());
        for (name, value) in rows {
            let _ = writeln!(text, "\"{name}\" = {value}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_figures_are_read_back() {
        let rows = |rows: &[(&str, f64)]| rows.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let figures = BTreeMap::from([
            (Kind::ProgramKib, rows(&[("create-order", 11_432.0), ("fulfil-order", 9_000.0)])),
            (Kind::WriteUnits, rows(&[("a paid order's life", 26.5)])),
        ]);
        assert_eq!(parse(&format(&figures)), Ok(figures));
    }

    #[test]
    fn unknown_table_is_refused() {
        assert_eq!(parse("[speed]\nx = 1\n"), Err("there is no kind of figures `speed`".to_owned()));
        assert!(parse("[log_bytes]\nx = \"a\"\n").is_err());
    }
}
