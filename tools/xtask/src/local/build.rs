//! The functions and the team's tool, built in one call of cargo, and found by what cargo says of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::shell;

/// The stage that runs on a laptop.
pub(crate) const STAGE: &str = "dev";
pub(crate) const TILL: &str = "till";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Built {
    pub(crate) functions: BTreeMap<String, PathBuf>,
    pub(crate) till: PathBuf,
}

/// The functions that run on a laptop, as the one table of them says.
pub(crate) fn functions(root: &Path) -> Result<Vec<String>, String> {
    let file = root.join("functions/functions.json");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let table: Table = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let here = table.functions.into_iter().filter(Row::runs_here);
    Ok(here.map(|row| row.name).collect())
}

pub(crate) fn all(root: &Path, functions: &[String], release: bool) -> Result<Built, String> {
    let mut names: Vec<&str> = functions.iter().map(String::as_str).collect();
    names.push(TILL);
    let artifacts = programs(root, &names, release)?;
    let functions = functions.iter().map(|name| Ok((name.clone(), found(&artifacts, name)?)));
    Ok(Built { functions: functions.collect::<Result<_, String>>()?, till: found(&artifacts, TILL)? })
}

/// Builds one program, as quickly as a stack's are built.
pub(crate) fn one(root: &Path, name: &str) -> Result<PathBuf, String> {
    found(&programs(root, &[name], false)?, name)
}

/// Builds programs, and passes on what cargo says of them. They are chosen by their own names, not by their packages: then
/// all of them are built of the same crates with the same features, and nothing is built twice.
fn programs(root: &Path, names: &[&str], release: bool) -> Result<String, String> {
    let profile = if release { "release" } else { "quick" };
    let words = ["build", "--locked", "--profile", profile, "--message-format", "json-render-diagnostics"];
    let mut build = shell::cargo(root, &words);
    build.args(names.iter().flat_map(|name| ["--bin", name]));
    let said = shell::output(&mut build)?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// Reads what cargo says, an object a line.
fn found(said: &str, name: &str) -> Result<PathBuf, String> {
    let artifacts = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ours = artifacts.filter(|artifact| artifact["target"]["name"] == name);
    let program = ours.find_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
    program.ok_or_else(|| format!("cargo built no program `{name}`: functions/functions.json and the crates disagree"))
}

#[derive(Deserialize)]
struct Table {
    functions: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    /// None: every one.
    stages: Option<Vec<String>>,
}

impl Row {
    fn runs_here(&self) -> bool {
        self.stages.as_ref().is_none_or(|stages| stages.iter().any(|stage| stage == STAGE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_what_cargo_says() {
        let said = r#"{"reason":"compiler-artifact","target":{"name":"till_sandbox"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"sandbox"},"executable":"/t/quick/sandbox"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(found(said, "sandbox"), Ok("/t/quick/sandbox".into()));
        assert!(found(said, "till-sandbox").is_err());
    }

    #[test]
    fn a_function_runs_here_unless_its_stages_say_otherwise() {
        let table = r#"{"functions": [{"name": "a"}, {"name": "b", "stages": ["dev"]}, {"name": "c", "stages": ["production"]}]}"#;
        let table: Table = serde_json::from_str(table).expect("it is well");
        assert_eq!(table.functions.iter().map(Row::runs_here).collect::<Vec<_>>(), [true, true, false]);
    }
}
