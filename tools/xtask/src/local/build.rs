//! Builds programs of the workspace and finds out from cargo where they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::place;
use crate::shell;

/// The stage that runs on this machine.
pub(crate) const STAGE: &str = "dev";
pub(crate) const TILL: &str = "till";
/// The profile for what runs on this machine.
pub(crate) const QUICK: &str = "quick";

/// Programs by their names.
pub(crate) type Programs = BTreeMap<String, PathBuf>;

/// The functions of the stage that runs on this machine.
pub(crate) fn functions(root: &Path) -> Result<Vec<String>, String> {
    let file = root.join("functions/functions.json");
    let table: Table = place::read_json(&file)?.ok_or_else(|| format!("{} is missing", file.display()))?;
    Ok(table.functions.into_iter().filter(Row::runs_here).map(|row| row.name).collect())
}

/// Builds programs in one run of cargo. `--bin` and not `--package` chooses them, so that all are built from the same
/// crates with the same features.
pub(crate) fn programs<'a>(
    root: &Path,
    profile: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Programs, String> {
    let names: Vec<&str> = names.into_iter().collect();
    let words = ["build", "--locked", "--profile", profile, "--message-format", "json-render-diagnostics"];
    let printed = shell::output(shell::cargo(root, &words).args(names.iter().flat_map(|name| ["--bin", name])))?;
    let printed = String::from_utf8_lossy(&printed);
    names.iter().map(|name| Ok(((*name).to_owned(), executable(&printed, name)?))).collect()
}

pub(crate) fn program(root: &Path, name: &str) -> Result<PathBuf, String> {
    let mut programs = programs(root, QUICK, [name])?;
    programs.remove(name).ok_or_else(|| format!("cargo did not build `{name}`"))
}

/// Reads one JSON object a line.
fn executable(printed: &str, name: &str) -> Result<PathBuf, String> {
    let artifacts = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut ours = artifacts.filter(|artifact| artifact["target"]["name"] == name);
    let program = ours.find_map(|artifact| artifact["executable"].as_str().map(PathBuf::from));
    program.ok_or_else(|| format!("cargo built no program `{name}`: does a crate have this name?"))
}

#[derive(Deserialize)]
struct Table {
    functions: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    /// None means every stage.
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
    fn executable_is_found_in_the_messages_of_cargo() {
        let printed = r#"{"reason":"compiler-artifact","target":{"name":"till_sandbox"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"sandbox"},"executable":"/t/quick/sandbox"}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(executable(printed, "sandbox"), Ok("/t/quick/sandbox".into()));
        assert!(executable(printed, "till-sandbox").is_err());
    }

    #[test]
    fn function_runs_here_unless_its_stages_exclude_dev() {
        let table = r#"{"functions": [{"name": "a"}, {"name": "b", "stages": ["dev"]}, {"name": "c", "stages": ["production"]}]}"#;
        let table: Table = serde_json::from_str(table).expect("the sample is a table");
        assert_eq!(table.functions.iter().map(Row::runs_here).collect::<Vec<_>>(), [true, true, false]);
    }
}
