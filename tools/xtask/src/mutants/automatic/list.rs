//! The list of automatic mutants, as `cargo-mutants` makes it from the sources. It lists them only: they are built and judged here,
//! because it would build the crates anew for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::shell;
use crate::tools::made::{finished, must};

/// The crates whose sources are mutated.
const PACKAGES: [&str; 2] = ["till-domain", "till-app"];
/// A newer version may list other mutants: then the list of survivors changes with it.
const VERSION: &str = "27.1.0";

/// One change of one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Automatic {
    pub(super) file: String,
    /// The line, for people who read the result.
    pub(super) line: usize,
    /// What is changed, and in which function. The second of two equal ones in one file ends in `(2)`: lines would move.
    pub(super) what: String,
    /// The function around it, if there is one.
    pub(super) function: Option<Span>,
    /// The text that is replaced.
    pub(super) span: Span,
    pub(super) to: String,
}

/// Lines and columns are counted from 1, columns in characters. The end is the first place behind the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub(super) struct Span {
    pub(super) start: Point,
    pub(super) end: Point,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Automatic {
    pub(super) fn name(&self) -> String {
        format!("{}:{}: {}", self.file, self.line, self.what)
    }
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    file: String,
    function: Option<Function>,
    span: Span,
    replacement: String,
}

#[derive(Deserialize)]
struct Function {
    span: Span,
}

/// All mutants of the sources as they stand.
pub(super) fn read(root: &Path) -> Result<Vec<Automatic>, String> {
    let mut list = Command::new(program(root)?);
    list.current_dir(root).args(["mutants", "--list", "--json", "--colors", "never"]);
    list.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    parse(&shell::output(&mut list)?)
}

fn parse(json: &[u8]) -> Result<Vec<Automatic>, String> {
    let listed: Vec<Listed> =
        serde_json::from_slice(json).map_err(|error| format!("the list of cargo-mutants cannot be read: {error}"))?;
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let named = listed.into_iter().map(|Listed { name, file, function, span, replacement }| {
        // Its name begins with the file, the line and the column.
        let what = name.splitn(4, ':').nth(3).map_or(name.as_str(), str::trim).to_owned();
        let times = seen.entry((file.clone(), what.clone())).or_default();
        *times += 1;
        let what = if *times == 1 { what } else { format!("{what} ({times})") };
        Automatic { file, line: span.start.line, what, function: function.map(|it| it.span), span, to: replacement }
    });
    Ok(named.collect())
}

/// `cargo-mutants`, installed below `target/tools` when it is not there yet.
fn program(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join(format!("target/tools/cargo-mutants-{VERSION}"));
    let build = folder.join("build");
    finished(&folder, || {
        let mut install =
            shell::cargo(root, &["install", "--locked", "--quiet", "cargo-mutants", "--version", VERSION]);
        must(install.arg("--root").arg(&folder).env("CARGO_TARGET_DIR", &build))?;
        fs::remove_dir_all(&build).map_err(|error| format!("{}: {error}", build.display()))
    })?;
    Ok(folder.join("bin/cargo-mutants"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_mutants_of_one_file_are_numbered() {
        let row = |file: &str, line: u32| {
            let span = format!(r#"{{"start":{{"line":{line},"column":5}},"end":{{"line":{line},"column":6}}}}"#);
            let name = format!("{file}:{line}:5: replace + with - in a::b");
            format!(
                r#"{{"name":"{name}","file":"{file}","package":"p","genre":"BinaryOperator",
                    "function":{{"function_name":"a::b","return_type":"","span":{span}}},"span":{span},"replacement":"-"}}"#
            )
        };
        let json = format!("[{},{},{}]", row("a.rs", 1), row("a.rs", 2), row("b.rs", 3));
        let mutants = parse(json.as_bytes()).unwrap();
        let names: Vec<String> = mutants.iter().map(Automatic::name).collect();
        let what = "replace + with - in a::b";
        assert_eq!(names, [format!("a.rs:1: {what}"), format!("a.rs:2: {what} (2)"), format!("b.rs:3: {what}")]);
        assert!(parse(b"{}").is_err());
    }
}
